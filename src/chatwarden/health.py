"""How the parts of a deployment are, and the pages on which a service without a site of its own tells it."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from chatwarden.waiting import Waiting

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part. `detail` is a sentence for an operator; never a token or a text."""

    name: str
    state: Literal["ok", "starting", "failing"]
    detail: str


METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_of(
    parts: Iterable[PartHealth], queues: Sequence[Waiting] = (), *, now: datetime | None = None
) -> str:
    """The parts in Prometheus' text format, 1 where one is well, else 0; and how much waits, where that is known."""
    lines = [
        "# HELP chatwarden_part_ok Whether a part of the service is well.",
        "# TYPE chatwarden_part_ok gauge",
        *(f'chatwarden_part_ok{{part="{part.name}"}} {int(part.state == "ok")}' for part in parts),
    ]
    if queues:
        now = now or datetime.now(UTC)
        lines += [
            "# HELP chatwarden_queue_waiting What waits in a queue.",
            "# TYPE chatwarden_queue_waiting gauge",
            *(f'chatwarden_queue_waiting{{queue="{one.queue}"}} {one.number}' for one in queues),
            "# HELP chatwarden_queue_late_seconds How long the first of what is due has waited.",
            "# TYPE chatwarden_queue_late_seconds gauge",
            *(
                f'chatwarden_queue_late_seconds{{queue="{one.queue}"}} {one.seconds(now):.3f}'
                for one in queues
            ),
        ]
    return "\n".join(lines) + "\n"


class HealthPages:
    """An ASGI application: /healthz is 200 where the process lives, /readyz where all its parts are well. Both list the parts, and so
    does /metrics, for Prometheus.
    """

    def __init__(self, parts: Callable[[], Awaitable[list[PartHealth]]]) -> None:
        self._parts = parts

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return None
        parts = await self._parts()
        if scope["path"] == "/metrics":
            return await _send(send, 200, METRICS_TYPE.encode(), metrics_of(parts).encode())
        is_well = scope["path"] == "/healthz" or all(part.state == "ok" for part in parts)
        known = scope["path"] in ("/healthz", "/readyz")
        status = 404 if not known else 200 if is_well else 503
        return await _send(send, status, b"application/json", msgspec.json.encode(parts))


async def _send(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
