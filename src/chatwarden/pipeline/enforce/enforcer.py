"""Finds what is due and gives each group a lane of its own.

In: actions in the database. Out: calls to Telegram, actions with their done markers, announced on the feed. Two lanes run at the
same time, one group never has two: while a call is in flight, further actions for that group gather and go out together.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import OperationalError

from chatwarden.errors import RetryLater
from chatwarden.feed import Feed
from chatwarden.health import PartHealth
from chatwarden.pipeline.enforce.lane import Lane
from chatwarden.storage.database import Database, cannot_write
from chatwarden.storage.repositories import actions
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
        bot_id: int,
        database: Database,
        telegram: TelegramClient,
        admins: AdminDirectory,
        feed: Feed,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._bot_id = bot_id
        self._database = database
        self._telegram = telegram
        self._admins = admins
        self._feed = feed
        self._clock = clock
        self._woken = asyncio.Event()
        self._lanes: set[int] = set()
        self._free = asyncio.Semaphore(_LANES_AT_ONCE)
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
                except OperationalError as error:
                    sleep = self._note_trouble(error)
                try:
                    await asyncio.wait_for(self._woken.wait(), sleep)
                except TimeoutError:
                    continue

    async def _start_lanes(self, lanes: asyncio.TaskGroup) -> float:
        """Start a lane wherever one is needed; how long to sleep at most, in seconds."""
        now = self._clock()
        async with self._database.transaction() as session:
            chats = await actions.chats_with_due_actions(session, bot_id=self._bot_id, now=now)
            next_due = await actions.next_due_at(session, bot_id=self._bot_id)
        for chat_id in chats:
            if chat_id not in self._lanes:
                self._lanes.add(chat_id)
                lanes.create_task(self._run_lane(chat_id), name=f"enforce {chat_id}")
        if next_due is None or next_due <= now:
            return _LONGEST_SLEEP_SECONDS
        return min(_LONGEST_SLEEP_SECONDS, (next_due - now).total_seconds())

    async def _run_lane(self, chat_id: int) -> None:
        lane = Lane(
            bot_id=self._bot_id,
            chat_id=chat_id,
            database=self._database,
            telegram=self._telegram,
            admins=self._admins,
            feed=self._feed,
            clock=self._clock,
        )
        try:
            async with self._free:
                while await lane.turn():
                    pass
            self.health = PartHealth("enforcer", "ok", "Actions are carried out.")
        except RetryLater as error:
            log.warning("actions wait", chat_id=chat_id, reason=error.code, seconds=error.seconds)
            await self._wait_out(chat_id, error)
        except OperationalError as error:
            await asyncio.sleep(self._note_trouble(error))
        finally:
            self._lanes.discard(chat_id)
            self.wake()

    async def _wait_out(self, chat_id: int, error: RetryLater) -> None:
        until = datetime.fromtimestamp(self._clock().timestamp() + error.seconds, UTC)
        try:
            async with self._database.transaction() as session:
                await actions.postpone(session, bot_id=self._bot_id, chat_id=chat_id, until=until)
        except OperationalError as trouble:
            await asyncio.sleep(max(error.seconds, self._note_trouble(trouble)))

    def _note_trouble(self, error: OperationalError) -> float:
        """Seconds to wait before the next try. Raises what is no passing trouble."""
        if not cannot_write(error):
            raise error
        self.health = PartHealth("enforcer", "failing", f"The database: {error.orig}")
        log.error("actions wait for the database", detail=str(error.orig))
        return 2.0
