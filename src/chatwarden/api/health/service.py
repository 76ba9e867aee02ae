"""Health, asked of the ports."""

from chatwarden.api.health.schemas import Health, Part
from chatwarden.api.ports import Ports


async def health_of(ports: Ports) -> Health:
    parts = [Part.model_validate(part) for part in await ports.health()]
    is_ok = all(part.state == "ok" for part in parts)
    return Health(status="ok" if is_ok else "degraded", demo=ports.demo, parts=parts)
