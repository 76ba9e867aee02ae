"""Puts raw updates into Redis, where processors take them.

In: raw bytes, whatever they are. Out: they are stored, sealed, each in the partition of its chat; only then a call returns. Fails with
StorageUnavailable: then nothing is known of them, and Telegram, whom nobody has answered, gives them again. Raises ConfigurationError
where processors could not open them: they have another master key.
"""

import asyncio
from collections.abc import Sequence
from typing import Literal

from chatwarden._engine import peek_update
from chatwarden.errors import ConfigurationError, StorageUnavailable
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.partitions import Partitions

Durability = Literal["fast", "replicated"]


class Intake:
    """One bot's updates on their way in. Those that come while others are being stored go together in the next call."""

    def __init__(
        self, partitions: Partitions, *, sealer: Sealer, durability: Durability = "fast"
    ) -> None:
        """`durability`: fast, once Redis has them; replicated, once a replica has them too. Raises ConfigurationError."""
        if durability == "replicated":
            partitions.require_replication()
        self._partitions = partitions
        self._sealer = sealer
        self._durability = durability
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._storing: asyncio.Task[None] | None = None
        self._has_agreed = False

    async def put(self, raw: bytes) -> None:
        """Store one update."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((raw, stored))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store_waiting(), name="intake")
        await stored

    async def scan_again(self, raw: bytes, facts: bytes) -> None:
        """Have a processor judge an event in the second round, with facts."""
        await self._add([(raw, facts)])

    async def put_all(self, raws: Sequence[bytes]) -> None:
        """Store updates in their order."""
        await self._add([(raw, None) for raw in raws])

    async def _store_waiting(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting, []
                try:
                    await self.put_all([raw for raw, _ in taken])
                except (StorageUnavailable, ConfigurationError) as error:
                    for _, stored in taken:
                        if not stored.done():
                            stored.set_exception(error)
                else:
                    for _, stored in taken:
                        if not stored.done():
                            stored.set_result(None)
                finally:
                    for _, stored in taken:
                        stored.cancel()  # Those that are done already stay so.
        finally:
            self._storing = None

    async def _add(self, updates: Sequence[tuple[bytes, bytes | None]]) -> None:
        if not self._has_agreed:
            await self._partitions.agree_on_key(self._sealer.key_id)
            self._has_agreed = True
        bot_id = self._partitions.bot_id
        entries: list[tuple[int, dict[str, bytes]]] = []
        for raw, facts in updates:
            *_, chat_id = peek_update(raw)
            fields = {"u": self._sealer.seal(raw, place=f"update:{bot_id}")}
            if facts is not None:
                fields["f"] = self._sealer.seal(facts, place=f"facts:{bot_id}")
            entries.append((self._partitions.of_chat(chat_id), fields))
        replicas = 1 if self._durability == "replicated" else 0
        await self._partitions.append("updates", entries, replicas=replicas)
