"""The simulator's time: the machine's own, plus what the control API has added to it."""

import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch, UTC. Moves forward by itself and by `advance`; `freeze` stops the
    former."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._added = 0.0
        self._frozen_at: float | None = None

    def now(self) -> float:
        """Seconds since the epoch."""
        base = self._source() if self._frozen_at is None else self._frozen_at
        return base + self._added

    def date(self) -> int:
        """Whole seconds since the epoch, as Telegram dates its messages."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Move the time forward. Raises ValueError for a step back: Telegram's time never goes
        back."""
        if seconds < 0:
            raise ValueError("the clock only moves forward: give seconds >= 0")
        self._added += seconds

    def freeze(self) -> None:
        """Let the time stand still until `thaw`; `advance` still moves it."""
        if self._frozen_at is None:
            self._frozen_at = self._source()

    def thaw(self) -> None:
        """Let the time run on from where it stands."""
        if self._frozen_at is not None:
            self._added += self._frozen_at - self._source()
            self._frozen_at = None
