"""The live feed: tells whoever listens which outcomes are new or have changed.

In: an outcome's trace id with its group. Out: numbered events, in order. A listener that resumes after a number which is no
longer remembered gets a reset and fetches afresh. Nothing is lost with the feed: it carries ids, the database has the facts.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """`number` grows by one an event; `trace_id` is None for a reset: what came before is unknown."""

    number: int
    bot_id: int | None = None
    chat_id: int | None = None
    trace_id: str | None = None

    @property
    def is_reset(self) -> bool:
        return self.trace_id is None


class Feed(Protocol):
    """Where outcomes are announced."""

    @property
    def last(self) -> int:
        """The number of the newest event: resume from here to miss nothing from now on."""
        ...

    def publish(self, *, bot_id: int, chat_id: int, trace_id: str) -> None: ...

    def subscribe(self, *, after: int | None = None) -> AsyncGenerator[FeedEvent]:
        """Events from now on, or those after the given number."""
        ...


class MemoryFeed:
    """The feed of one process. Remembers the newest events; a slow listener gets a reset, never a backlog.

    `start` must be larger than any number of an earlier process, so that whoever resumes after a restart gets a reset:
    milliseconds since 1970 are.
    """

    def __init__(self, *, remember: int = 2048, start: int = 0) -> None:
        self._events: deque[FeedEvent] = deque(maxlen=remember)
        self._last = start
        self._forgotten = start
        """Number of the newest event that is remembered no more."""
        self._changed = asyncio.Event()

    @property
    def last(self) -> int:
        return self._last

    def publish(
        self, *, bot_id: int, chat_id: int, trace_id: str, number: int | None = None
    ) -> None:
        """`number` where the event was numbered elsewhere: larger than any before it."""
        self._last = self._last + 1 if number is None else number
        if len(self._events) == self._events.maxlen:
            self._forgotten = self._events[0].number
        self._events.append(FeedEvent(self._last, bot_id, chat_id, trace_id))
        self._changed.set()
        self._changed = asyncio.Event()

    def reset(self, *, at: int) -> None:
        """What came before is unknown: whoever listens gets a reset."""
        self._events.clear()
        self._last = self._forgotten = at
        self._changed.set()
        self._changed = asyncio.Event()

    async def subscribe(self, *, after: int | None = None) -> AsyncGenerator[FeedEvent]:
        seen = self._last if after is None else after
        if after is not None and not self._remembers(after):
            seen = self._last
            yield FeedEvent(seen)
        while True:
            changed = self._changed
            if not self._remembers(seen):
                seen = self._last
                yield FeedEvent(seen)
            for event in self._after(seen):
                seen = event.number
                yield event
            if seen == self._last:
                await changed.wait()

    def _remembers(self, number: int) -> bool:
        return self._forgotten <= number <= self._last

    def _after(self, number: int) -> list[FeedEvent]:
        return [event for event in self._events if event.number > number]
