"""What processors and enforcers have to know of chats, in Redis.

The database is the source of settings and of what was learned; `publish` copies them. What Telegram says of a chat (its admins, the
bot's rights) is asked for by the enforcers and kept here alone. Fails with StorageUnavailable.
"""

import re
import secrets
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chatwarden._engine import Shared, context_commands, context_prefixes
from chatwarden.errors import SealBroken
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.connection import passing_trouble
from chatwarden.streams.partitions import Partitions


class ChatSettings(msgspec.Struct, frozen=True):
    """By contracts/generated/chat-settings.schema.json, as far as Python reads it."""

    mode: str = "observe"
    policy: dict[str, Any] = {}
    policy_version: int = 1
    linked_chat_id: int | None = None
    protected: list[int] = []
    is_raided: bool = False
    admins: list[dict[str, Any]] = []


class Taught(msgspec.Struct, frozen=True):
    """What feedback taught a chat itself. Read by `crates/processor`."""

    learned: bytes | None = None
    """By `crates/engine`, `Delta`: over what is shared."""
    pictures: list[tuple[int, int, bool]] = []
    """Hash, seconds since 1970, and whether it was called spam."""


class _Refusal(msgspec.Struct, frozen=True):
    """Telegram tells nothing of a chat."""

    times: int
    until: float | None
    """Seconds since 1970 until which it is not asked again; None until somebody's rights change there."""


_SETTINGS = msgspec.json.Decoder(ChatSettings)
_REFUSAL = msgspec.json.Decoder(_Refusal)
_WANTS_SHARED = -1
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(days=1)
_COMMANDS_AT_ONCE = 1000
_KEYS_A_SCAN = 1000


class PublishedChats:
    """One bot's chats. What shows people's names is sealed."""

    def __init__(self, partitions: Partitions, *, sealer: Sealer) -> None:
        self._partitions = partitions
        self._client = partitions.client
        self._sealer = sealer

    async def publish(
        self,
        chat_id: int,
        settings: ChatSettings,
        *,
        taught: Taught | None = None,
        shared: Shared | None = None,
    ) -> bool:
        """Settings and what was learned count from the next batch on. True where they are other ones than before."""
        number = self._partitions.of_chat(chat_id)
        text = msgspec.json.encode(settings)
        sealed = self._sealer.seal_alike(text, place=self._place("group", chat_id))
        own = b"" if taught is None else msgspec.msgpack.encode(taught)
        name = "" if shared is None else str(shared.fingerprint)
        answer = await self._partitions.run(number, "set_chat", chat_id, sealed, own, name, "")
        if answer == _WANTS_SHARED and shared is not None:
            # It is large, and mostly there.
            whole = shared.to_bytes()
            answer = await self._partitions.run(
                number, "set_chat", chat_id, sealed, own, name, whole
            )
        return bool(answer)

    async def find(self, chat_id: int) -> ChatSettings | None:
        """None where nothing was published."""
        with passing_trouble():
            sealed = await self._client.hget(self._key(chat_id, "chats"), str(chat_id))
        if sealed is None:
            return None
        try:
            text = self._sealer.open(_bytes(sealed), place=self._place("group", chat_id))
        except SealBroken:
            # By another key or version: published anew within a minute, and nobody is punished meanwhile.
            return ChatSettings()
        return _SETTINGS.decode(text)

    async def memories(self) -> list[bytes]:
        """What each partition's memory is called: another name after Redis was started anew, failed over or emptied."""
        return [
            name
            for name, _ in await self._partitions.run_in_all("memory", secrets.token_hex(8), "")
        ]

    async def mark_loaded(self, memories: Sequence[bytes]) -> None:
        """All chats were published into these memories: processors may judge. Where another memory is by now, they go on waiting."""
        for number, name in enumerate(memories):
            await self._partitions.run(number, "memory", "", name)

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
            sealed = await self._client.hget(self._key(chat_id, "facts"), str(chat_id))
        if sealed is None:
            return None
        try:
            return self.open_facts(chat_id, _bytes(sealed))
        except SealBroken:
            return None

    def open_facts(self, chat_id: int, sealed: bytes) -> dict[str, Any]:
        """Raises SealBroken."""
        text = self._sealer.open(sealed, place=self._place("group facts", chat_id))
        facts: dict[str, Any] = msgspec.json.decode(text)
        return facts

    async def note_facts(self, chat_id: int, facts: dict[str, Any]) -> None:
        """Keep what Telegram says of a chat, and have it recorded."""
        text = msgspec.json.encode(facts)
        sealed = self._sealer.seal(text, place=self._place("group facts", chat_id))
        with passing_trouble():
            await self._client.hset(self._key(chat_id, "facts"), str(chat_id), sealed)
            await self._client.hdel(self._key(chat_id, "refused"), str(chat_id))
            await self._client.xadd(
                self._key(chat_id, "records"), {"k": "facts", "chat": chat_id, "v": sealed}
            )

    async def note_refusal(self, chat_id: int, *, is_gone: bool, now: datetime) -> None:
        """Telegram tells nothing of a chat: it is asked again later, each time twice as much; where the bot is not there any more, not
        before somebody's rights change there.
        """
        key, field = self._key(chat_id, "refused"), str(chat_id)
        with passing_trouble():
            before = await self._client.hget(key, field)
            times = 1 if before is None else _REFUSAL.decode(before).times + 1
            pause = min(_FIRST_PAUSE * 2 ** min(times - 1, 20), _LONGEST_PAUSE)
            refusal = _Refusal(times, None if is_gone else (now + pause).timestamp())
            await self._client.hset(key, field, msgspec.json.encode(refusal).decode())

    async def tell_rights_changed(self, chat_id: int) -> None:
        """Enforcers ask Telegram anew."""
        with passing_trouble():
            await self._client.hdel(self._key(chat_id, "refused"), str(chat_id))
            await self._client.publish(self._key(chat_id, "rights"), str(chat_id))

    async def without_facts_since(
        self, number: int, before: datetime, *, now: datetime
    ) -> list[int]:
        """A partition's chats that Telegram was not asked about since then, and may be."""
        with passing_trouble():
            # Typed as all that the library may answer, whatever the options.
            chats: Any = await self._client.hkeys(self._partitions.key(number, "chats"))
            facts: Any = await self._client.hgetall(self._partitions.key(number, "facts"))
            refused: Any = await self._client.hgetall(self._partitions.key(number, "refused"))
        fresh = {
            chat
            for chat, sealed in facts.items()
            if self._checked_at(int(chat), sealed) >= before.timestamp()
        }
        for chat, text in refused.items():
            until = _REFUSAL.decode(text).until
            if until is None or until > now.timestamp():
                fresh.add(chat)
        return [int(chat) for chat in chats if chat not in fresh]

    def _checked_at(self, chat_id: int, sealed: bytes) -> float:
        try:
            return float(self.open_facts(chat_id, sealed)["checked_at"])
        except SealBroken:
            return 0.0

    async def marked(self, chat_id: int) -> int:
        """Up to which version of what it learned a chat's marks of known spam are there; 0 where none are."""
        with passing_trouble():
            version = await self._client.hget(self._key(chat_id, "marked"), str(chat_id))
        return 0 if version is None else int(version)

    async def mark(
        self, chat_id: int, records: Sequence[tuple[bytes, bytes]], *, version: int
    ) -> None:
        """Merge marks of known spam, context records by their keys, into what processors know: all there are up to this version."""
        number, now = self._partitions.of_chat(chat_id), int(time.time())
        commands: list[list[bytes]] = [
            command
            for key, record in records
            for command in context_commands(self._partitions.bot_id, number, key, record, now)
        ]
        done = ["HSET", self._key(chat_id, "marked"), str(chat_id), str(version)]
        commands.append([part.encode() for part in done])
        with passing_trouble():
            for start in range(0, len(commands), _COMMANDS_AT_ONCE):
                pipeline = self._client.pipeline(transaction=False)
                for command in commands[start : start + _COMMANDS_AT_ONCE]:
                    pipeline.execute_command(*command)
                await pipeline.execute()

    async def forget(self, chat_id: int) -> None:
        """A chat was erased: nothing of it is known any more but what is still to be done there."""
        number = self._partitions.of_chat(chat_id)
        await self._partitions.run(number, "set_chat", chat_id, b"", b"", "", "")
        prefix, *_ = context_prefixes(self._partitions.bot_id, chat_id)
        # One of each kind: the first byte tells which.
        pattern = self._partitions.key(number, "c:").encode() + b"?" + _literal(prefix[1:]) + b"*"
        with passing_trouble():
            for name in ("facts", "refused", "marked"):
                await self._client.hdel(self._key(chat_id, name), str(chat_id))
            async for key in self._client.scan_iter(match=pattern, count=_KEYS_A_SCAN):
                await self._client.delete(key)

    async def tell_taught(self, chat_id: int) -> None:
        """A chat's feedback has changed: `record` learns it."""
        with passing_trouble():
            await self._client.xadd(self._key(chat_id, "records"), {"k": "taught", "chat": chat_id})

    def _place(self, what: str, chat_id: int) -> str:
        return f"{what}:{self._partitions.bot_id}:{chat_id}"

    def _key(self, chat_id: int, name: str) -> str:
        return self._partitions.key(self._partitions.of_chat(chat_id), name)


def _literal(text: bytes) -> bytes:
    """In a pattern of Redis."""
    return re.sub(rb"([*?\[\]\\])", rb"\\\1", text)


def _bytes(value: bytes | str) -> bytes:
    """As the library's types do not say it: nothing is decoded."""
    assert isinstance(value, bytes)
    return value
