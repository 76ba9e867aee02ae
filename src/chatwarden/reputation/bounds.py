"""What keeps a slow or failing source from costing more than it is worth: a memory, a budget, a breaker. No clock but the one given."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Clock = Callable[[], float]
"""Seconds; only differences count."""

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Memory(Generic[_K, _V]):
    """The newest answers, each for a while; that there is nothing is an answer too."""

    def __init__(self, *, kept: int, seconds: float, clock: Clock) -> None:
        self._kept = kept
        self._seconds = seconds
        self._clock = clock
        self._known: OrderedDict[_K, tuple[float, _V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, key: _K) -> tuple[_V] | None:
        """The answer in a tuple, so that "nothing" is told from "not known"."""
        found = self._known.get(key)
        if found is None or self._clock() >= found[0]:
            return None
        return (found[1],)

    def keep(self, key: _K, value: _V) -> None:
        self._known.pop(key, None)
        self._known[key] = (self._clock() + self._seconds, value)
        if len(self._known) > self._kept:
            self._known.popitem(last=False)


class Budget:
    """Calls in a period, in all and for each group, so that one group cannot use up what all have."""

    def __init__(self, *, calls: int, calls_a_group: int, seconds: float, clock: Clock) -> None:
        self._calls = calls
        self._calls_a_group = calls_a_group
        self._seconds = seconds
        self._clock = clock
        self._period = -1
        self._taken: Counter[int] = Counter()

    def take(self, chat_id: int) -> bool:
        """Take one call, if there is one left."""
        period = int(self._clock() // self._seconds)
        if period != self._period:
            self._period = period
            self._taken.clear()
        if self._taken.total() >= self._calls or self._taken[chat_id] >= self._calls_a_group:
            return False
        self._taken[chat_id] += 1
        return True


class Breaker:
    """Leaves a source alone that fails again and again, or that asked for it; after a pause one call tries it."""

    FAILURES = 5
    PAUSE_SECONDS = 60.0

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._closed_from = 0.0

    @property
    def is_open(self) -> bool:
        """True while no call is made."""
        return self._clock() < self._closed_from

    def allows(self) -> bool:
        """Whether a call may be made now. After a pause the first one decides about those that follow."""
        if self.is_open:
            return False
        if self._failures >= self.FAILURES:
            self._closed_from = self._clock() + self.PAUSE_SECONDS
        return True

    def succeeded(self) -> None:
        self._failures = 0
        self._closed_from = 0.0

    def failed(self, *, pause: float = 0.0) -> None:
        """`pause`: seconds the source asked to be left alone."""
        self._failures += 1
        if self._failures >= self.FAILURES:
            pause = max(pause, self.PAUSE_SECONDS)
        if pause:
            self._closed_from = max(self._closed_from, self._clock() + pause)
