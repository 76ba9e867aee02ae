"""Long poll in the distributed profile: one of several processes asks Telegram, the others wait.

In: Telegram's raw updates. Out: they are stored in Redis, then the offset is. Whoever lost the lead stores no offset; what two of them
stored of the same updates is judged once. Raises TokenRejected; everything else is waited out.
"""

import asyncio
import secrets

import structlog

from chatwarden._engine import peek_update
from chatwarden.errors import RetryLater, StorageUnavailable, TelegramUnreachable
from chatwarden.pipeline.intake import Intake
from chatwarden.streams.partitions import Partitions
from chatwarden.telegram.poll import UpdatePoll

log = structlog.get_logger()

_LEAD = "poll"
_LEASE_MILLISECONDS = 10_000
_WAIT_FOR_LEAD_SECONDS = 2.0
_POLL_SECONDS = 5
"""Shorter than the lease, so that the lead is renewed in time."""
_PARTITION = 0


class LeadingPoll:
    """One bot's poll, by whoever leads."""

    def __init__(self, partitions: Partitions, intake: Intake, poll: UpdatePoll) -> None:
        self._partitions = partitions
        self._intake = intake
        self._poll = poll
        self._owner = secrets.token_hex(8)

    async def run(self) -> None:
        """Poll until cancelled. Raises TokenRejected."""
        while True:
            try:
                if await self.lead():
                    await self.poll_once()
                else:
                    await asyncio.sleep(_WAIT_FOR_LEAD_SECONDS)
            except RetryLater as error:
                log.warning("updates wait", reason=error.code, detail=str(error), hint=error.hint)
                await asyncio.sleep(error.seconds)

    async def poll_once(self) -> None:
        """Ask for updates and store them. Raises RetryLater."""
        offset = await self._partitions.run(_PARTITION, "offset", _LEAD, self._owner, "")
        if offset is None:
            return  # Another process leads by now.
        updates = await self._poll.updates(offset=int(offset), wait=_POLL_SECONDS)
        if not updates:
            return
        await self._intake.put_all(updates)
        numbers = [number for number, *_ in map(peek_update, updates) if number is not None]
        if not numbers:
            # They cannot be confirmed: Telegram gives them again.
            raise TelegramUnreachable("No update has a usable number.", seconds=30)
        next_offset = max(numbers) + 1
        if (
            await self._partitions.run(_PARTITION, "offset", _LEAD, self._owner, next_offset)
            is None
        ):
            raise StorageUnavailable("another process leads by now", seconds=0)

    async def lead(self) -> bool:
        """Take or keep the lead; False where another process has it."""
        held = await self._partitions.hold(
            _PARTITION, self._owner, _LEAD, milliseconds=_LEASE_MILLISECONDS
        )
        return bool(held)
