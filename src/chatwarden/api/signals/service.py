"""The catalogue in memory: read once from the bytes that the engine gives."""

from collections.abc import Mapping

from pydantic import TypeAdapter

from chatwarden.api.signals.schemas import Signal

_LIST = TypeAdapter(list[Signal])


class Catalogue:
    """The signals by name, in the engine's order."""

    def __init__(self, signals: list[Signal]) -> None:
        self.by_name: Mapping[str, Signal] = {signal.name: signal for signal in signals}

    @classmethod
    def read(cls, catalogue: bytes) -> "Catalogue":
        """From JSON [{"name", "kind", "group", "weight", "title", "sentence"}]. Raises ValidationError."""
        return cls(_LIST.validate_json(catalogue))
