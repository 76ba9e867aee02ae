"""The live feed of all processes: a capped stream in Redis.

In: outcomes' trace ids, from whoever recorded a change. Out: the same feed in every process that listens. Like all feeds it may lose
what a listener cannot fetch again; a gap shows as a reset.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Collection
from typing import Any

import structlog

from chatwarden.errors import StorageUnavailable
from chatwarden.feed import FeedEvent, MemoryFeed
from chatwarden.streams.connection import Client, passing_trouble, read_stream

log = structlog.get_logger()

_REMEMBERED = 4096
_BLOCK_MILLISECONDS = 2000

# Numbers grow from one event to the next, and beyond those of a Redis that has lost its memory: milliseconds since 1970 at least.
_ANNOUNCE = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local number = tonumber(ARGV[1])
if last[1] then number = math.max(number, tonumber(string.match(last[1][1], '^%d+')) + 1) end
for position = 3, #ARGV, 3 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], string.format('%d-0', number), 'b', ARGV[position], 'c', ARGV[position + 1],
    't', ARGV[position + 2])
  number = number + 1
end
"""


class RedisFeed:
    """The feed as one process sees it. `run` has to run for events to arrive."""

    def __init__(self, client: Client, *, bot_id: int) -> None:
        self._client = client
        self._key = f"{{cw:{bot_id}:feed}}:events"
        self._local = MemoryFeed(remember=_REMEMBERED, start=0)
        self._waiting: set[tuple[int, int, str]] = set()
        self._asked = asyncio.Event()

    @property
    def last(self) -> int:
        return self._local.last

    def publish(self, *, bot_id: int, chat_id: int, trace_id: str) -> None:
        """Announce soon: `run` does."""
        self._waiting.add((bot_id, chat_id, trace_id))
        self._asked.set()

    async def announce(self, events: Collection[tuple[int, int, str]]) -> None:
        """Announce now: bot, chat and trace id of each. Raises StorageUnavailable."""
        if not events:
            return
        arguments = [part for event in events for part in event]
        with passing_trouble():
            await self._client.eval(
                _ANNOUNCE, 1, self._key, time.time_ns() // 1_000_000, _REMEMBERED, *arguments
            )

    def subscribe(self, *, after: int | None = None) -> AsyncGenerator[FeedEvent]:
        return self._local.subscribe(after=after)

    async def run(self) -> None:
        """Listen and announce until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="feed: listen")
            tasks.create_task(self._announce_waiting(), name="feed: announce")

    async def _listen(self) -> None:
        last = None
        while True:
            try:
                with passing_trouble():
                    if last is None:
                        last = await self._newest()
                        self._local.reset(at=int(last.partition("-")[0]))
                    entries = await read_stream(
                        self._client, self._key, after=last, block=_BLOCK_MILLISECONDS
                    )
            except StorageUnavailable as error:
                log.error("the feed waits for Redis", detail=error.detail)
                last = None
                await asyncio.sleep(error.seconds)
                continue
            for entry_id, fields in entries:
                last = entry_id.decode()
                self._local.publish(
                    bot_id=int(fields[b"b"]),
                    chat_id=int(fields[b"c"]),
                    trace_id=fields[b"t"].decode(),
                    number=int(last.partition("-")[0]),
                )

    async def _newest(self) -> str:
        newest: Any = await self._client.xrevrange(self._key, count=1)
        return str(newest[0][0].decode()) if newest else "0-0"

    async def _announce_waiting(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            events, self._waiting = self._waiting, set()
            try:
                await self.announce(events)
            except StorageUnavailable as error:
                log.error("outcomes are not announced", detail=error.detail, outcomes=len(events))
                await asyncio.sleep(error.seconds)
