"""Telegram is told how a bot takes its updates: delivered to an address, or asked for.

In: the call that tells it. Out: it was told, however long Telegram could not be reached; what is delivered meanwhile is taken. Raises
TokenRejected.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from chatwarden.errors import RetryLater
from chatwarden.health import PartHealth

log = structlog.get_logger()

_NAME = "telegram"


class Introduction:
    """One process' word to Telegram."""

    def __init__(self, tell: Callable[[], Awaitable[None]]) -> None:
        self._tell = tell
        self.health = PartHealth(_NAME, "starting", "Telegram is being told how updates are taken.")

    async def make(self) -> None:
        """Tell it until it has heard."""
        while True:
            try:
                await self._tell()
            except RetryLater as error:
                detail = f"Telegram cannot be told how updates are taken: {error.detail}"
                self.health = PartHealth(_NAME, "failing", detail)
                log.warning("ingest waits for Telegram", reason=error.code, detail=error.detail)
                await asyncio.sleep(error.seconds)
            else:
                self.health = PartHealth(_NAME, "ok", "Telegram knows how updates are taken.")
                return
