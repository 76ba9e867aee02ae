"""Copies updates to another deployment's webhook.

In: the streams of updates, read beside the processors and without a trace in Redis: no group, no claim, nothing that grows while this
stands still. Out: masked updates at staging. What is judged and gone before it was read is not copied, nor what staging does not take in
time: production waits for nothing here.
"""

import asyncio
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import structlog

from chatwarden._engine import peek_update
from chatwarden.errors import ConfigurationError, SealBroken, StorageUnavailable
from chatwarden.health import PartHealth
from chatwarden.shadow.masking import Masking
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.connection import passing_trouble, read_stream
from chatwarden.streams.partitions import Partitions

log = structlog.get_logger()

_MOST_WAITING = 1000
_SENDERS = 8
_BATCH = 100
_WAIT_MILLISECONDS = 2000
_CALL = aiohttp.ClientTimeout(total=10)


class Staging(NamedTuple):
    """Where copies go."""

    url: str
    secret: str
    bot_id: int

    @classmethod
    def read(cls, address: str) -> "Staging":
        """From what `chatwarden shadow-address` prints. Raises ConfigurationError."""
        parts = urlsplit(address.strip())
        bot_id = parts.path.removeprefix("/telegram/")
        if parts.scheme not in ("http", "https") or not bot_id.isdigit() or not parts.fragment:
            raise ConfigurationError(
                "CHATWARDEN_SHADOW_TO is no address of a staging deployment. Run `chatwarden shadow-address` there."
            )
        return cls(parts._replace(fragment="").geturl(), parts.fragment, int(bot_id))

    def __str__(self) -> str:
        return f"{self.url}#{self.secret}"


class Shadow:
    """Copies the updates of a share of one bot's chats."""

    def __init__(
        self,
        partitions: Partitions,
        *,
        sealer: Sealer,
        masking: Masking,
        staging: Staging,
        share: float,
    ) -> None:
        """`share`: of the chats, between 0 and 1."""
        self._partitions = partitions
        self._sealer = sealer
        self._masking = masking
        self._staging = staging
        self._share = share
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._trouble: str | None = None
        self.following = 0
        """Of how many partitions it copies what comes."""
        self.copied = 0
        self.lost = 0

    @property
    def health(self) -> PartHealth:
        """How copying goes."""
        counts = f"{self.copied} updates copied, {self.lost} lost."
        if self._trouble is not None:
            return PartHealth("shadow", "failing", f"{self._trouble} {counts}")
        return PartHealth("shadow", "ok", counts)

    async def run(self) -> None:
        """Copy for ever."""
        async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession(timeout=_CALL) as client:
            for _ in range(_SENDERS):
                tasks.create_task(self._send(client), name="shadow sends")
            for number in range(len(self._partitions)):
                tasks.create_task(self._read(number), name="shadow reads")
            await asyncio.Event().wait()

    async def _read(self, number: int) -> None:
        key = self._partitions.key(number, "updates")
        after = ""
        while True:
            try:
                if not after:
                    after = await self._newest(key)
                    self.following += 1
                entries = await read_stream(
                    self._partitions.client,
                    key,
                    after=after,
                    count=_BATCH,
                    block=_WAIT_MILLISECONDS,
                )
            except StorageUnavailable as error:
                await asyncio.sleep(error.seconds)
                continue
            for entry_id, fields in entries:
                after = entry_id.decode()
                self._take(fields)

    async def _newest(self, key: str) -> str:
        """Where to begin: what waited before is production's own affair."""
        with passing_trouble():
            newest: Any = await self._partitions.client.xrevrange(key, count=1)
        return newest[0][0].decode() if newest else "0-0"

    def _take(self, fields: dict[bytes, bytes]) -> None:
        if b"f" in fields:
            return  # A second round: staging asks for its own facts.
        try:
            raw = self._sealer.open(fields[b"u"], place=f"update:{self._partitions.bot_id}")
            *_, chat_id = peek_update(raw)
            if self._masking.chosen(chat_id, share=self._share) and (
                masked := self._masking.update(raw)
            ):
                self._waiting.put_nowait(masked)
        except (SealBroken, asyncio.QueueFull):
            self.lost += 1

    async def _send(self, client: aiohttp.ClientSession) -> None:
        headers = {
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": self._staging.secret,
        }
        while True:
            masked = await self._waiting.get()
            try:
                async with client.post(self._staging.url, data=masked, headers=headers) as answer:
                    trouble = None if answer.status == 200 else f"Staging answers {answer.status}."
            except (aiohttp.ClientError, TimeoutError) as error:
                trouble = f"Staging cannot be reached: {type(error).__name__}."
            if trouble is None:
                self.copied += 1
            else:
                self.lost += 1
            if trouble != self._trouble:
                log.info("copying to staging has changed", trouble=trouble)
                self._trouble = trouble
