"""Finds what is due and gives each group a lane of its own.

In: actions in the queue. Out: calls to Telegram, actions with their done markers. Several lanes run at the
same time, one group never has two: while a call is in flight, further actions for that group gather and go out together.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from chatwarden.errors import RetryLater, StorageUnavailable
from chatwarden.health import PartHealth
from chatwarden.pipeline.enforce.groups import GroupDirectory
from chatwarden.pipeline.enforce.lane import Lane
from chatwarden.pipeline.enforce.punish import Pace
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.rights import AdminDirectory

log = structlog.get_logger()

_LONGEST_SLEEP_SECONDS = 5.0
_LANES_AT_ONCE = 16


class Enforcer:
    """One bot's enforcement."""

    def __init__(
        self,
        *,
        queue: ActionQueue,
        groups: GroupDirectory,
        telegram: TelegramClient,
        admins: AdminDirectory,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._queue = queue
        self._groups = groups
        self._telegram = telegram
        self._admins = admins
        self._clock = clock
        self._woken = asyncio.Event()
        self._pace = Pace()
        self._lanes: set[int] = set()
        self.health = PartHealth("enforcer", "ok", "Actions are carried out.")

    def wake(self) -> None:
        """Something may be due: look now instead of at the next round."""
        self._woken.set()

    async def run(self) -> None:
        """Enforce until cancelled. Raises TokenRejected."""
        async with asyncio.TaskGroup() as lanes:
            while True:
                self._woken.clear()
                try:
                    sleep = await self._start_lanes(lanes)
                    if not self._lanes:
                        self.health = PartHealth("enforcer", "ok", "Actions are carried out.")
                except StorageUnavailable as error:
                    sleep = self._note_trouble(error)
                try:
                    async with asyncio.timeout(sleep):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    async def _start_lanes(self, lanes: asyncio.TaskGroup) -> float:
        """Start a lane wherever one is needed; how long to sleep at most, in seconds."""
        now = self._clock()
        free = _LANES_AT_ONCE - len(self._lanes)
        due = await self._queue.due(now=now, held=self._lanes, limit=free)
        for chat_id in due.chat_ids:
            self._lanes.add(chat_id)
            lanes.create_task(self._run_lane(chat_id), name=f"enforce {chat_id}")
        if due.next_due_at is None or due.next_due_at <= now:
            return _LONGEST_SLEEP_SECONDS
        return min(_LONGEST_SLEEP_SECONDS, (due.next_due_at - now).total_seconds())

    async def _run_lane(self, chat_id: int) -> None:
        lane = Lane(
            chat_id=chat_id,
            queue=self._queue,
            groups=self._groups,
            telegram=self._telegram,
            admins=self._admins,
            clock=self._clock,
            pace=self._pace,
        )
        try:
            while await lane.turn():
                pass
            self.health = PartHealth("enforcer", "ok", "Actions are carried out.")
        except StorageUnavailable as error:
            await asyncio.sleep(self._note_trouble(error))
        except RetryLater as error:
            log.warning("actions wait", chat_id=chat_id, reason=error.code, seconds=error.seconds)
            await self._wait_out(chat_id, error)
        finally:
            self._lanes.discard(chat_id)
            self.wake()

    async def _wait_out(self, chat_id: int, error: RetryLater) -> None:
        until = datetime.fromtimestamp(self._clock().timestamp() + error.seconds, UTC)
        try:
            await self._queue.postpone(chat_id, until=until)
        except StorageUnavailable as trouble:
            await asyncio.sleep(max(error.seconds, self._note_trouble(trouble)))

    def _note_trouble(self, error: StorageUnavailable) -> float:
        """Seconds to wait before the next try."""
        self.health = PartHealth("enforcer", "failing", f"The database: {error.detail}")
        log.error("actions wait for the database", detail=error.detail)
        return error.seconds
