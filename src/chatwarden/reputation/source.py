"""A source of slow evidence, within bounds.

In: a key (a user's id, a text). Out: what the source says, or None where it could not be had: then there is no evidence, and nobody
waits for it. Fails never, except by a defect.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

import structlog

from chatwarden.errors import RetryLater, TelegramRefused
from chatwarden.reputation.bounds import Breaker, Budget, Clock, Memory

log = structlog.get_logger()

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a source may be asked."""

    seconds: float = 6.0
    """For one answer."""
    calls: int = 60
    """In a period, by one bot."""
    calls_a_group: int = 20
    period_seconds: float = 60.0
    kept: int = 10_000
    """Answers remembered."""
    fresh_seconds: float = 3600.0
    """How long they serve."""


class Source(Generic[_K, _V]):
    """Asks, remembers, and leaves alone what fails. One bot has one of each kind."""

    def __init__(
        self,
        name: str,
        ask: Callable[[_K], Awaitable[_V | None]],
        *,
        bounds: Bounds,
        remembered_by: Callable[[_K], Hashable] = lambda key: key,
        clock: Clock = time.monotonic,
    ) -> None:
        """`remembered_by`: what is kept in memory in place of a key that must not be."""
        self.name = name
        self._ask = ask
        self._seconds = bounds.seconds
        self._remembered_by = remembered_by
        self._memory: Memory[Hashable, _V | None] = Memory(
            kept=bounds.kept, seconds=bounds.fresh_seconds, clock=clock
        )
        self._budget = Budget(
            calls=bounds.calls,
            calls_a_group=bounds.calls_a_group,
            seconds=bounds.period_seconds,
            clock=clock,
        )
        self.breaker = Breaker(clock=clock)
        self.counts: Counter[str] = Counter()
        """answered, failed, refused (by Telegram), spared (no budget, or left alone)."""
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    async def about(self, key: _K, *, chat_id: int) -> _V | None:
        """What the source says; None where it knows nothing, and where it could not be asked."""
        # An album asks ten times at once: one call answers all.
        name = self._remembered_by(key)
        turn = self._turns.setdefault(name, asyncio.Lock())
        async with turn:
            known = self._memory.find(name)
            if known is not None:
                return known[0]
            if not self.breaker.allows() or not self._budget.take(chat_id):
                self.counts["spared"] += 1
                return None
            return await self._call(key, name)

    async def _call(self, key: _K, name: Hashable) -> _V | None:
        found = None
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._ask(key)
        except (RetryLater, TimeoutError) as error:
            self.counts["failed"] += 1
            self.breaker.failed(pause=error.seconds if isinstance(error, RetryLater) else 0.0)
            log.info("a source did not answer", source=self.name, reason=str(error) or "too slow")
            return None
        except TelegramRefused:
            self.counts["refused"] += 1
        else:
            self.counts["answered"] += 1
        self.breaker.succeeded()
        self._memory.keep(name, found)
        return found
