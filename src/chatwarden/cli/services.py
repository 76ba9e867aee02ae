"""`chatwarden ingest`, `enforce`, `record`, `bot`, `api`, `shadow`: the distributed profile's services (docs/guides/scaling.md)."""

from collections.abc import Awaitable, Callable

from chatwarden.cli.run import first_error
from chatwarden.cli.settings import read_settings
from chatwarden.errors import ChatwardenError
from chatwarden.pauses import keep_pauses_short


def ingest() -> None:
    """Take updates from Telegram into Redis. Any number."""
    _run("ingest")


def enforce() -> None:
    """Carry out actions in Telegram. Any number."""
    _run("enforce")


def record() -> None:
    """Write outcomes into the database, and settings into Redis. Any number."""
    _run("record")


def bot() -> None:
    """Answer commands and buttons in Telegram, and send cards to admins. Any number."""
    _run("bot")


def api() -> None:
    """Serve the API and the dashboard over PostgreSQL and Redis. Any number."""
    _run("api")


def shadow() -> None:
    """Copy a share of the updates, masked, to a staging deployment (docs/guides/staging.md). One."""
    _run("shadow")


def shadow_address() -> None:
    """Print where a `chatwarden shadow` may copy updates to. For staging only: whoever has it may deliver updates here."""
    import asyncio

    from chatwarden.services import staging_address

    print(asyncio.run(staging_address(read_settings())))


def _run(name: str) -> None:
    import uvloop

    from chatwarden import services
    from chatwarden.logs import set_up_logs
    from chatwarden.tracing import set_up_tracing

    settings = read_settings()
    set_up_logs(settings)
    set_up_tracing(name)
    service: Callable[..., Awaitable[None]] = getattr(services, f"run_{name}")

    async def serve() -> None:
        keep_pauses_short()
        await service(settings, on_started=lambda address: print(f"{name}: {address}", flush=True))

    refused: ChatwardenError | None = None
    try:
        uvloop.run(serve())
    except* ChatwardenError as group:
        refused = first_error(group)
    if refused is not None:
        raise refused
