"""A bot's partitions in Redis: scripts are run there.

Fails with StorageUnavailable where Redis cannot be asked now; then it is not known whether a script ran. Every script may run twice.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cache
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from chatwarden._engine import PARTITIONS, partition, partition_tag, redis_script
from chatwarden.errors import ConfigurationError, StorageUnavailable
from chatwarden.streams.connection import Client, passing_trouble

Argument = str | bytes | int

_REPLICATION_MILLISECONDS = 1000
_QUIET_SECONDS = 5.0
"""After which a listener asks whether Redis is there; as long again, and it is not."""


class Partitions:
    """One bot's partitions."""

    def __init__(self, client: Client, *, bot_id: int) -> None:
        self.client = client
        self.bot_id = bot_id
        self._tags = [partition_tag(bot_id, number) for number in range(PARTITIONS)]

    def __len__(self) -> int:
        return len(self._tags)

    def of_chat(self, chat_id: int | None) -> int:
        """Number of the partition a chat belongs to."""
        return partition(chat_id)

    def key(self, number: int, name: str) -> str:
        """A key of a partition, its tag in front."""
        return f"{self._tags[number]}:{name}"

    async def run(self, number: int, script: str, *arguments: Argument) -> Any:
        """What a script answers in this partition."""
        text, digest = _script(script)
        key = self.key(number, "due")
        with passing_trouble():
            try:
                return await self.client.evalsha(digest, 1, key, *arguments)
            except NoScriptError:
                return await self.client.eval(text, 1, key, *arguments)

    async def run_in_all(self, script: str, *arguments: Argument) -> Sequence[Any]:
        """What a script answers in each partition."""
        return await self.run_in(range(len(self)), script, *arguments)

    async def run_in(
        self, numbers: Sequence[int], script: str, *arguments: Argument
    ) -> Sequence[Any]:
        """What a script answers in each of these partitions."""
        if not isinstance(self.client, Redis):
            return await asyncio.gather(
                *(self.run(number, script, *arguments) for number in numbers)
            )
        text, digest = _script(script)
        with passing_trouble():
            for _ in range(2):
                pipeline = self.client.pipeline(transaction=False)
                for number in numbers:
                    pipeline.evalsha(digest, 1, self.key(number, "due"), *arguments)
                try:
                    return await pipeline.execute()
                except NoScriptError:
                    await self.client.script_load(text)
        raise AssertionError("a script that was loaded is unknown")

    def require_replication(self) -> None:
        """Raises ConfigurationError where nobody can wait for replicas: a cluster knows no such wait."""
        if not isinstance(self.client, Redis):
            raise ConfigurationError(
                "CHATWARDEN_DURABILITY=replicated needs one master, alone or behind Sentinel; "
                "a cluster can only be told min-replicas-to-write."
            )

    async def ping(self) -> None:
        """Raises StorageUnavailable where Redis does not answer."""
        with passing_trouble():
            await self.client.ping()

    async def agree_on_key(self, key_id: str) -> None:
        """Raises ConfigurationError where another process of the bot has another data key: neither could open what the other seals."""
        with passing_trouble():
            await self.client.set(self.key(0, "key"), key_id, nx=True)
        await self.check_key(key_id)

    async def check_key(self, key_id: str) -> None:
        """Raises ConfigurationError where the bot's processes agreed on another data key."""
        key = self.key(0, "key")
        with passing_trouble():
            agreed: Any = await self.client.get(key)
        if agreed is not None and agreed.decode() != key_id:
            raise ConfigurationError(
                f"This deployment seals with the data key {key_id}; other services of this bot with {agreed.decode()}. "
                f"Give all of them the same database and the same master key. Where none of them runs any more, DEL {key} in Redis."
            )

    async def bring_data_key(self, key_id: str, wrapped: bytes) -> None:
        """Put the deployment's data key, wrapped, where those find it that have no database. Raises ConfigurationError as `agree_on_key`."""
        await self.check_key(key_id)
        key = self.key(0, "data-key")
        with passing_trouble():
            there: Any = await self.client.get(key)
            if there != wrapped:
                await self.client.set(key, wrapped)
        # Last: whoever finds the name finds the key.
        await self.agree_on_key(key_id)

    async def data_key(self) -> tuple[str | None, bytes | None]:
        """Id of the data key that the bot's processes agreed on, and the key, wrapped. Only the id where none but versions without data keys ran."""
        with passing_trouble():
            agreed: Any = await self.client.get(self.key(0, "key"))
            wrapped: Any = await self.client.get(self.key(0, "data-key"))
        return None if agreed is None else agreed.decode(), wrapped

    async def hold(
        self, number: int, owner: str, *what: Argument, milliseconds: int
    ) -> Sequence[bytes]:
        """Of a partition's chats, or names of work that one process does for all, those that this owner holds for that long."""
        held: Sequence[bytes] = await self.run(number, "hold", owner, milliseconds, *what)
        return held

    async def append(
        self, stream: str, entries: Sequence[tuple[int, Mapping[Any, Any]]], *, replicas: int = 0
    ) -> None:
        """Append to partitions' streams, in order; returns once `replicas` replicas have them too."""
        if not isinstance(self.client, Redis):
            with passing_trouble():
                await asyncio.gather(
                    *(
                        self.client.xadd(self.key(number, stream), dict(fields))
                        for number, fields in entries
                    )
                )
            return
        pipeline = self.client.pipeline(transaction=False)
        for number, fields in entries:
            pipeline.xadd(self.key(number, stream), dict(fields))
        if replicas:
            pipeline.execute_command("WAIT", replicas, _REPLICATION_MILLISECONDS)
        with passing_trouble():
            answers = await pipeline.execute()
        if replicas and int(answers[-1]) < replicas:
            raise StorageUnavailable("Redis: too few replicas took the updates", seconds=1)

    async def wakes(self) -> AsyncIterator[int]:
        """The partitions in which actions are added, once each time; some may be missed."""
        async for number, _ in self._told("wake"):
            yield number

    async def wanted(self) -> AsyncIterator[int]:
        """The partitions whose events wait for slow evidence, once each time that some are stored; some may be missed."""
        async for number, _ in self._told("wanted"):
            yield number

    async def tell_wanted(self, number: int) -> None:
        """Events of a partition wait for slow evidence."""
        with passing_trouble():
            await self.client.publish(self.key(number, "wanted"), "")

    async def changed_rights(self) -> AsyncIterator[int]:
        """Chats in which somebody's rights have changed; some may be missed."""
        async for _, told in self._told("rights"):
            yield int(told)

    async def _told(self, name: str) -> AsyncIterator[tuple[int, bytes]]:
        channels = {self.key(number, name).encode(): number for number in range(len(self))}
        with passing_trouble():
            async with self.client.pubsub() as listener:
                with passing_trouble():
                    await listener.subscribe(*channels)
                is_asked = False
                while True:
                    message = await listener.get_message(timeout=_QUIET_SECONDS)
                    if message is None and is_asked:
                        raise StorageUnavailable("Redis: a listener hears nothing", seconds=1)
                    if message is None:
                        # Nobody speaks, or nothing comes through any more: a listener sends nothing that would show it.
                        await listener.ping()
                    elif message["type"] == "message":
                        yield channels[message["channel"]], message["data"]
                    is_asked = message is None


@cache
def _script(name: str) -> tuple[str, str]:
    text = redis_script(name)
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
