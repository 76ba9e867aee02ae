"""Takes updates from Telegram by long poll and hands them on.

In: Telegram's raw updates. Out: batches given to the scanner, in order. Telegram keeps every update until the poll that follows
the transaction which stored its effects. Raises TokenRejected; everything else is waited out, and nothing is lost meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from chatwarden.errors import RetryLater, StorageUnavailable
from chatwarden.health import PartHealth
from chatwarden.pipeline.scan import Scanned, Scanner
from chatwarden.telegram.poll import UpdatePoll

log = structlog.get_logger()

_LONGEST_WAIT_SECONDS = 30.0


class Ingest:
    """The poll loop of one bot."""

    def __init__(
        self,
        *,
        poll: UpdatePoll,
        scanner: Scanner,
        on_scanned: Callable[[Scanned], Awaitable[None]],
    ) -> None:
        self._poll = poll
        self._scanner = scanner
        self._on_scanned = on_scanned
        self.telegram = PartHealth("telegram", "starting", "Not polled yet.")
        self.database = PartHealth("database", "ok", "Batches are stored.")

    async def run(self) -> None:
        """Poll until cancelled. Raises TokenRejected."""
        while True:
            updates = await self._next_updates()
            if not updates:
                continue
            offset = self._scanner.next_offset
            scanned = await self._stored(updates)
            if scanned.next_offset == offset:
                # Updates without a usable number cannot be confirmed: Telegram gives them again.
                log.error("no update of this batch has a usable number", updates=len(updates))
                await asyncio.sleep(_LONGEST_WAIT_SECONDS)
            await self._on_scanned(scanned)

    async def _next_updates(self) -> Sequence[bytes]:
        while True:
            try:
                updates = await self._poll.updates(offset=self._scanner.next_offset)
            except RetryLater as error:
                self.telegram = PartHealth("telegram", "failing", str(error))
                log.warning("updates wait", reason=error.code, detail=str(error), hint=error.hint)
                await asyncio.sleep(min(error.seconds, _LONGEST_WAIT_SECONDS))
            else:
                self.telegram = PartHealth("telegram", "ok", "Updates are being polled.")
                return updates

    async def _stored(self, updates: Sequence[bytes]) -> Scanned:
        wait = 1.0
        while True:
            try:
                scanned = await self._scanner.scan(updates)
            except StorageUnavailable as error:
                self.database = PartHealth(
                    "database", "failing", f"Cannot be written: {error.detail}"
                )
                log.error(
                    "a batch cannot be stored; it is tried again and nothing is lost",
                    detail=error.detail,
                    hint=error.hint,
                )
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
            else:
                self.database = PartHealth("database", "ok", "Batches are stored.")
                return scanned
