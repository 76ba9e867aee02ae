"""What looks for work again and again, until it is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from chatwarden.errors import RetryLater

log = structlog.get_logger()


async def keep_looking(
    look: Callable[[], Awaitable[None]], *, every_seconds: float, what: str
) -> None:
    """After trouble it looks again: where waiting helps, as late as that says. `what`: for the log."""
    while True:
        pause = every_seconds
        try:
            await look()
        except RetryLater as error:
            log.info("waits", what=what, reason=error.code)
            pause = error.seconds
        except Exception:  # One of them must not stop all others.
            log.exception("failed", what=what)
        await asyncio.sleep(pause)
