"""What a sender wrote lately in a group, as far as it is remembered: message ids and dates, no word. The newest 32."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from chatwarden._engine import messages_in_record, sender_record
from chatwarden.storage.database import Database
from chatwarden.storage.repositories.context import find_record, store_context


class Written(NamedTuple):
    message_id: int
    date: datetime


class History(Protocol):
    async def messages_of(self, chat_id: int, sender_id: int) -> list[Written]:
        """The newest first. Raises StorageUnavailable."""
        ...

    async def forget(self, chat_id: int, sender_id: int) -> None:
        """Whatever is remembered of a sender in a group. Raises StorageUnavailable."""
        ...


class StoredHistory:
    """In the database: the embedded profile's."""

    def __init__(
        self, database: Database, *, bot_id: int, forget_record: Callable[[bytes], None]
    ) -> None:
        """`forget_record`: has the engine forget one, by its key."""
        self._database = database
        self._bot_id = bot_id
        self._forget_record = forget_record

    async def messages_of(self, chat_id: int, sender_id: int) -> list[Written]:
        key, _ = sender_record(self._bot_id, 0, chat_id, sender_id)
        async with self._database.transaction() as session:
            record = await find_record(session, key)
        return written([] if record is None else messages_in_record(record))

    async def forget(self, chat_id: int, sender_id: int) -> None:
        key, _ = sender_record(self._bot_id, 0, chat_id, sender_id)
        self._forget_record(key)
        async with self._database.transaction() as session:
            await store_context(session, [], forgotten=[key])


def written(messages: list[tuple[int, int]]) -> list[Written]:
    """Of ids and seconds since 1970."""
    return [Written(message_id, datetime.fromtimestamp(date, UTC)) for message_id, date in messages]
