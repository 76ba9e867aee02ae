"""Answers what was said to the bot: one thing after another in a chat, chats beside each other.

In: interactions, stored with the batch they came in. Out: whatever the answer does; then the interaction is forgotten. A process that dies in
between answers again: what an answer changes is idempotent, what it says may be said twice. Fails never; the database away is waited out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from chatwarden.bot.ports import BotPorts
from chatwarden.errors import RetryLater, SealBroken, StorageUnavailable, TelegramRefused
from chatwarden.health import PartHealth
from chatwarden.storage.models import Interaction
from chatwarden.storage.repositories import dead_letters, interactions

log = structlog.get_logger()

LEASE = timedelta(seconds=120)
"""How long one that was taken is left to whoever took it."""
MOST_TRIES = 4
"""One that fails so often is set aside as a dead letter."""
_AFTER_FAILURE = timedelta(seconds=5)
_CHATS_AT_ONCE = 8


class Inbox:
    """One bot's."""

    def __init__(
        self,
        ports: BotPorts,
        answer: Callable[[bytes], Awaitable[None]],
        *,
        look_seconds: float = 5.0,
    ) -> None:
        """`look_seconds`: how long something may lie that nobody woke this for."""
        self._ports = ports
        self._look_seconds = look_seconds
        self._answer = answer
        self._woken = asyncio.Event()
        self._busy: set[int] = set()
        """Chats that somebody answers in."""
        self.health = PartHealth("bot", "ok", "Commands and buttons are answered.")

    def wake(self) -> None:
        """Something may have been said: look now instead of at the next round."""
        self._woken.set()

    async def run(self) -> None:
        """Answer until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._woken.clear()
                try:
                    sleep = await self._start(tasks)
                    self.health = PartHealth("bot", "ok", "Commands and buttons are answered.")
                except StorageUnavailable as error:
                    self.health = PartHealth("bot", "failing", f"The database: {error.detail}")
                    sleep = error.seconds
                try:
                    async with asyncio.timeout(sleep):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    async def _start(self, tasks: asyncio.TaskGroup) -> float:
        """Answer what is due; how long to sleep at most, in seconds."""
        free = _CHATS_AT_ONCE - len(self._busy)
        if free <= 0:
            return self._look_seconds
        now = self._ports.clock()
        async with self._ports.database.transaction() as session:
            taken = await interactions.take_due(
                session,
                bot_id=self._ports.bot_id,
                except_chats=self._busy,
                now=now,
                until=now + LEASE,
                limit=free,
            )
            next_due_at = await interactions.next_due_at(session, bot_id=self._ports.bot_id)
        for one in taken:
            self._busy.add(one.chat_id)
            tasks.create_task(self._take(one), name=f"answer {one.update_id}")
        if next_due_at is None or next_due_at <= now:
            return self._look_seconds
        return min(self._look_seconds, (next_due_at - now).total_seconds())

    async def _take(self, row: Interaction) -> None:
        try:
            await self._take_or_later(row)
        except StorageUnavailable as error:
            # Its lease runs out, and it is taken again.
            log.error("an answer waits for the database", detail=error.detail)
        finally:
            self._busy.discard(row.chat_id)
            self.wake()

    async def _take_or_later(self, row: Interaction) -> None:
        raw = b""
        try:
            place = interactions.place_of(row.bot_id, row.update_id)
            raw = self._ports.keyring.deployment.open(row.sealed, place=place)
            await self._answer(raw)
        except StorageUnavailable:
            raise
        except RetryLater as error:
            await self._postpone(row, timedelta(seconds=error.seconds), failed=False)
            return
        except TelegramRefused as refusal:
            # Nobody is there to be told: the person blocked the bot, or the group is gone.
            log.warning(
                "an answer was refused",
                chat_id=row.chat_id,
                reason=refusal.code,
                detail=str(refusal),
            )
        except SealBroken as error:
            log.warning("an interaction cannot be opened", hint=error.hint)
        except Exception as error:  # One update must not stop all others.
            log.exception("an answer failed", update_id=row.update_id, tries=row.tries)
            if row.tries < MOST_TRIES:
                await self._postpone(row, _AFTER_FAILURE * row.tries, failed=True)
            else:
                await self._set_aside(row, raw, reason=f"not answered: {type(error).__name__}")
            return
        async with self._ports.database.transaction() as session:
            await interactions.finish(session, bot_id=row.bot_id, update_id=row.update_id)

    async def _postpone(self, row: Interaction, wait: timedelta, *, failed: bool) -> None:
        async with self._ports.database.transaction() as session:
            await interactions.postpone(
                session,
                bot_id=row.bot_id,
                update_id=row.update_id,
                until=self._ports.clock() + wait,
                failed=failed,
            )

    async def _set_aside(self, row: Interaction, raw: bytes, *, reason: str) -> None:
        sealed = self._ports.keyring.deployment.seal(raw, place=dead_letters.place_of(row.bot_id))
        async with self._ports.database.transaction() as session:
            await interactions.set_aside(
                session, row, reason=reason, sealed=sealed, now=self._ports.clock()
            )
