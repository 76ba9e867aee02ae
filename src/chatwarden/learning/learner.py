"""Makes of a group's feedback what its messages are judged with.

In: a group whose feedback changed. Out: a new version of what it learned and the marks of known spam, stored in one transaction;
then the engine of this process takes both. Fails with StorageUnavailable; then nothing changed.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from chatwarden._engine import MOST_TAPS, Batch, Engine
from chatwarden.errors import StorageUnavailable
from chatwarden.storage.database import Database
from chatwarden.storage.repositories import feedback as repository
from chatwarden.storage.repositories.context import store_context

log = structlog.get_logger()


class Learner:
    """One bot's learning."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        *,
        bot_id: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._engine = engine
        self._bot_id = bot_id
        self._clock = clock
        self._changed: asyncio.Queue[int] = asyncio.Queue()

    def feedback_changed(self, chat_id: int) -> None:
        """A group's feedback was given or taken back: what it learned counts within a second."""
        self._changed.put_nowait(chat_id)

    async def run(self) -> None:
        """Learn whenever feedback changes, until cancelled."""
        while True:
            await self.learn_next()

    async def learn_next(self) -> None:
        """Wait until a group's feedback has changed, and learn it."""
        chat_id = await self._changed.get()
        try:
            await self.learn(chat_id)
        except StorageUnavailable as error:
            log.error("feedback waits for the database", detail=error.detail)
            await asyncio.sleep(error.seconds)
            self.feedback_changed(chat_id)

    async def start(self) -> None:
        """Take what each group learned; what changed since is learned by `run`. Call once, before the first batch."""
        model = self._engine.model
        async with self._database.transaction() as session:
            learned = await repository.learned_of_bot(session, bot_id=self._bot_id, model=model)
            behind = await repository.groups_to_learn(session, bot_id=self._bot_id, model=model)
        for one in learned:
            try:
                self._engine.set_learned(self._bot_id, one.chat_id, one.delta)
            except ValueError as error:
                # Written by another version: learned anew from the feedback.
                log.warning("learned anew", chat_id=one.chat_id, reason=str(error))
                behind = [*behind, one.chat_id]
        for chat_id in behind:
            self.feedback_changed(chat_id)

    async def learn(self, chat_id: int) -> None:
        """Learn a group's feedback anew. Raises StorageUnavailable."""
        now = self._clock()
        async with self._database.transaction() as session:
            before = await repository.find_learned(session, bot_id=self._bot_id, chat_id=chat_id)
            taps = await repository.taps_of_group(
                session, bot_id=self._bot_id, chat_id=chat_id, limit=MOST_TAPS
            )
            changed = await repository.changed_since(
                session,
                bot_id=self._bot_id,
                chat_id=chat_id,
                since=None if before is None else before.learned_at,
            )
        delta = await asyncio.to_thread(
            self._engine.learn,
            [(tap.features, tap.is_spam, tap.weight, _seconds(tap.given_at)) for tap in taps],
        )
        marks = self._engine.take_feedback(
            self._bot_id,
            chat_id,
            [
                (
                    row.id,
                    _seconds(row.message_date),
                    row.sketch or b"",
                    row.label == "spam",
                    row.taken_back_at is not None,
                )
                for row in changed
            ],
        )
        version = await self._store(chat_id, delta, marks, taps=len(taps), now=now)
        self._engine.set_learned(self._bot_id, chat_id, delta)
        self._engine.commit(marks)
        log.info("learned", chat_id=chat_id, version=version, taps=len(taps), bytes=len(delta))

    async def _store(
        self, chat_id: int, delta: bytes, marks: Batch, *, taps: int, now: datetime
    ) -> int:
        async with self._database.transaction() as session:
            await store_context(session, marks.changes)
            return await repository.store_learned(
                session,
                bot_id=self._bot_id,
                chat_id=chat_id,
                delta=delta,
                model=self._engine.model,
                taps=taps,
                now=now,
            )


def _seconds(when: datetime) -> int:
    return int(when.timestamp())
