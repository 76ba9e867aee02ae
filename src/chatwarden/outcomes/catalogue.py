"""The signal catalogue in memory: read once from the bytes that the engine gives."""

from collections.abc import Mapping
from typing import Literal

import msgspec

SignalKind = Literal["evidence", "context", "trust"]


class Signal(msgspec.Struct, frozen=True):
    """One thing that the engine looks for."""

    name: str
    kind: SignalKind
    group: str | None
    weight: int
    """Milli-logits at full strength, before the policy's factor."""
    title: str
    sentence: str
    """One sentence that an admin understands."""


class Catalogue:
    """The signals by name, in the engine's order."""

    def __init__(self, signals: list[Signal]) -> None:
        self.by_name: Mapping[str, Signal] = {signal.name: signal for signal in signals}

    @classmethod
    def read(cls, catalogue: bytes) -> "Catalogue":
        """From JSON [{"name", "kind", "group", "weight", "title", "sentence"}]. Raises msgspec.DecodeError."""
        return cls(msgspec.json.decode(catalogue, type=list[Signal]))
