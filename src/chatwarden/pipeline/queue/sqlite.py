"""The embedded profile's queue of actions: rows in the database, where the batch that asked for them is stored too.

Fails with StorageUnavailable where the disk does; then nothing of what was to be written is stored.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime

from chatwarden.actions import Action, Beginning, Ending, Retry
from chatwarden.feed import Feed
from chatwarden.pipeline.queue.interface import Due
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.storage.database import Database
from chatwarden.storage.repositories import actions as queries


class SqliteQueue:
    """One bot's actions. Outcomes that change with them are announced on the feed after the commit."""

    def __init__(
        self,
        database: Database,
        *,
        bot_id: int,
        feed: Feed,
        pseudonyms: Pseudonyms,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._bot_id = self.bot_id = bot_id
        self._feed = feed
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def add(self, actions: Sequence[Action]) -> None:
        async with self._database.transaction() as session:
            concerned = await queries.ask_for(session, actions, now=self._clock())
        for chat_id in {action.chat_id for action in actions}:
            self._announce(chat_id, concerned)

    async def due(self, *, now: datetime, held: Collection[int] = (), limit: int) -> Due:
        async with self._database.transaction() as session:
            return Due(
                await queries.chats_with_due_actions(
                    session, bot_id=self._bot_id, now=now, besides=held, limit=limit
                ),
                await queries.next_due_at(session, bot_id=self._bot_id),
            )

    async def take(self, chat_id: int, *, now: datetime, limit: int) -> Sequence[Action]:
        async with self._database.transaction() as session:
            return await queries.due_actions(
                session, bot_id=self._bot_id, chat_id=chat_id, now=now, limit=limit
            )

    async def begin(
        self, chat_id: int, beginnings: Sequence[Beginning], *, now: datetime
    ) -> set[str]:
        if not beginnings:
            return set()
        async with self._database.transaction() as session:
            return await queries.mark_started(session, beginnings, now=now)

    async def end(self, chat_id: int, endings: Sequence[Ending], *, now: datetime) -> None:
        if not endings:
            return
        async with self._database.transaction() as session:
            concerned = await queries.mark_ended(session, endings, now=now)
        self._announce(chat_id, concerned)

    async def retry(self, chat_id: int, retries: Sequence[Retry]) -> None:
        if retries:
            async with self._database.transaction() as session:
                await queries.put_back(session, retries)

    async def postpone(self, chat_id: int, *, until: datetime) -> None:
        async with self._database.transaction() as session:
            await queries.postpone(session, bot_id=self._bot_id, chat_id=chat_id, until=until)

    async def deleted(self, chat_id: int, message_ids: Collection[int]) -> set[int]:
        async with self._database.transaction() as session:
            return await queries.deleted_message_ids(
                session, bot_id=self._bot_id, chat_id=chat_id, message_ids=message_ids
            )

    async def in_force(
        self, chat_id: int, sender_ids: Collection[int], *, now: datetime
    ) -> Mapping[int, Sequence[Action]]:
        # What was done to somebody who had themselves erased is known by their pseudonym alone.
        names = {self._pseudonyms.of(sender_id): sender_id for sender_id in sender_ids}
        async with self._database.transaction() as session:
            found = await queries.punishments_in_force(
                session,
                bot_id=self._bot_id,
                chat_id=chat_id,
                sender_ids=[*sender_ids, *names],
                now=now,
            )
        for pseudonym, sender_id in names.items():
            if erased := found.pop(pseudonym, None):
                found[sender_id] = [*erased, *found.get(sender_id, ())]
        return found

    async def cancel_for_undo(self, undo: Action, *, now: datetime) -> None:
        async with self._database.transaction() as session:
            concerned = await queries.cancel_for_undo(session, undo, now=now)
        self._announce(undo.chat_id, concerned)

    def _announce(self, chat_id: int, trace_ids: Collection[str]) -> None:
        for trace_id in trace_ids:
            self._feed.publish(bot_id=self._bot_id, chat_id=chat_id, trace_id=trace_id)
