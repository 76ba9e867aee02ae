"""What processors and enforcers have to know of chats, in Redis.

The database is the source of settings and of what was learned; `publish` copies them. What Telegram says of a chat (its admins, the
bot's rights) is asked for by the enforcers and kept here alone. Fails with StorageUnavailable.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from chatwarden._engine import context_commands
from chatwarden.streams.connection import passing_trouble
from chatwarden.streams.partitions import Partitions


class ChatSettings(msgspec.Struct, frozen=True):
    """By contracts/generated/chat-settings.schema.json, as far as Python reads it."""

    mode: str = "observe"
    policy: dict[str, Any] = {}
    policy_version: int = 1
    linked_chat_id: int | None = None
    protected: list[int] = []
    admins: list[dict[str, Any]] = []


_SETTINGS = msgspec.json.Decoder(ChatSettings)


class PublishedChats:
    """One bot's chats."""

    def __init__(self, partitions: Partitions) -> None:
        self._partitions = partitions
        self._client = partitions.client

    async def publish(self, chat_id: int, settings: ChatSettings, *, learned: bytes = b"") -> bool:
        """Settings and what was learned count from the next batch on. True where they are other ones than before."""
        number = self._partitions.of_chat(chat_id)
        text = msgspec.json.encode(settings)
        return bool(await self._partitions.run(number, "set_chat", chat_id, text, learned))

    async def find(self, chat_id: int) -> ChatSettings | None:
        """None where nothing was published."""
        with passing_trouble():
            text = await self._client.hget(self._key(chat_id, "chats"), str(chat_id))
        return None if text is None else _SETTINGS.decode(text)

    async def mark_loaded(self) -> None:
        """All chats were published: processors may judge."""
        with passing_trouble():
            for number in range(len(self._partitions)):
                await self._client.set(self._partitions.key(number, "loaded"), 1)

    async def is_loaded(self) -> bool:
        """False where Redis is new or has lost its memory."""
        with passing_trouble():
            for number in range(len(self._partitions)):
                if not await self._client.exists(self._partitions.key(number, "loaded")):
                    return False
        return True

    async def facts(self, chat_id: int) -> dict[str, Any] | None:
        """What Telegram said of a chat when it was last asked; None where it never was."""
        with passing_trouble():
            text = await self._client.hget(self._key(chat_id, "facts"), str(chat_id))
        return None if text is None else msgspec.json.decode(text)

    async def note_facts(self, chat_id: int, facts: dict[str, Any]) -> None:
        """Keep what Telegram says of a chat, and have it recorded."""
        text = msgspec.json.encode(facts)
        with passing_trouble():
            await self._client.hset(self._key(chat_id, "facts"), str(chat_id), text)
            await self._client.xadd(
                self._key(chat_id, "records"), {"k": "facts", "chat": chat_id, "v": text}
            )

    async def without_facts_since(self, number: int, before: datetime) -> list[int]:
        """A partition's chats that Telegram was not asked about since then."""
        with passing_trouble():
            # Typed as all that the library may answer, whatever the options.
            chats: Any = await self._client.hkeys(self._partitions.key(number, "chats"))
            facts: Any = await self._client.hgetall(self._partitions.key(number, "facts"))
        fresh = {
            chat
            for chat, text in facts.items()
            if msgspec.json.decode(text)["checked_at"] >= before.timestamp()
        }
        return [int(chat) for chat in chats if chat not in fresh]

    async def merge_context(self, chat_id: int, records: Sequence[tuple[bytes, bytes]]) -> None:
        """Merge context records of a chat, key and value, into what processors know."""
        number, now = self._partitions.of_chat(chat_id), int(time.time())
        with passing_trouble():
            for key, record in records:
                for command in context_commands(self._partitions.bot_id, number, key, record, now):
                    await self._client.execute_command(*command)

    async def tell_taught(self, chat_id: int) -> None:
        """A chat's feedback has changed: `record` learns it."""
        with passing_trouble():
            await self._client.xadd(self._key(chat_id, "records"), {"k": "taught", "chat": chat_id})

    def _key(self, chat_id: int, name: str) -> str:
        return self._partitions.key(self._partitions.of_chat(chat_id), name)
