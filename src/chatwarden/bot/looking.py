"""What looks for work again and again, until it is cancelled."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from chatwarden.errors import RetryLater

log = structlog.get_logger()

_LITTLE = timedelta(minutes=5)
_FAR_EVERY_SECONDS = 60.0


class LookBack:
    """How far looks for what was done go back: far until one finds nothing, and then once a minute, for what was done long ago and
    stored late. The others go back five minutes, and cost the same however much was done before.
    """

    def __init__(self, far: timedelta, *, seconds: Callable[[], float] = time.monotonic) -> None:
        """`seconds`: what tells the time between looks."""
        self._far = far
        self._seconds = seconds
        self._far_again_at = 0.0
        self._is_far = True

    def since(self, now: datetime) -> datetime:
        """What was done before then is not looked for this time."""
        self._is_far = self._seconds() >= self._far_again_at
        return now - (self._far if self._is_far else _LITTLE)

    def found_nothing(self) -> None:
        """Say so of each look that did."""
        if self._is_far:
            self._far_again_at = self._seconds() + _FAR_EVERY_SECONDS


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
