"""What a file holds, whoever wrote it."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from chatwarden.errors import FieldError, TransferInvalid

Source = Literal["chatwarden", "rules_csv", "rose", "tg_spam"]
"""Whose format a file has."""

LARGEST_FILE = 512 * 1024
"""Bytes. A thousand rules at their longest fit."""


class Allowed(NamedTuple):
    """Somebody on an allow list."""

    sender_kind: Literal["user", "channel"]
    sender_id: int


class LeftOut(NamedTuple):
    """Something of a file that has no counterpart here."""

    place: str
    """A line, or the field's path."""
    reason: str


@dataclass(frozen=True, slots=True)
class Incoming:
    source: Source
    policy: dict[str, Any] | None = None
    """Everything but the rules; None where the file says nothing of it."""
    fields: dict[str, Any] = field(default_factory=dict)
    """Of the policy, to be laid over what is there."""
    rules: list[dict[str, Any]] | None = None
    is_whole: bool = False
    """Whether its rules take the place of all there are; else only of those with the same id."""
    allowed: list[Allowed] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """Where a field stands, by its path."""

    def place(self, path: str) -> str:
        """A field as an error names it: with the line of it, or of what it would stand in."""
        known = path.partition(" ")[0].removesuffix(":")
        while known and known not in self.lines:
            cut = max(known.rfind("."), known.rfind("["))
            known = known[:cut] if cut > 0 else ""
        return f"line {self.lines[known]}, {path}" if known else path


def refused(place: str, words: str) -> TransferInvalid:
    """An error about one place of a file."""
    return TransferInvalid(errors=[FieldError(place, words)])
