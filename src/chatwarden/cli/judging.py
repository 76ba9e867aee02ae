"""Judges rows of files: texts get an update made round them, updates are taken as they are.

Every text is judged for itself, as if it were the first message of its group: rows teach each other nothing. Updates are judged in
their order and build on each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

import msgspec

from chatwarden._engine import Engine, Item, PolicyError
from chatwarden.errors import ConfigurationError

_BOT_ID = 1
_SENDER_ID = 1_000_000
_DATE = 1_790_000_000
_DAY = 86_400
_MEMBER_MESSAGES = 30
_MEMBER_DAYS = 60


class Standing(StrEnum):
    """How well the sender of a text is known in its group."""

    NEWCOMER = "newcomer"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file, counted from 1."""

    line: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class FoundSignal:
    name: str
    contribution: int
    """Milli-logits."""
    detail: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a row; `fault` where it could not be read."""

    line: int
    id: str = ""
    label: str | None = None
    score: float = 0.0
    """Probability of spam."""
    message: str = "keep"
    sender: str = "none"
    signals: list[FoundSignal] = field(default_factory=list)
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "score": self.score,
            "message": self.message,
            "sender": self.sender,
            "signals": [
                {"name": s.name, "weight": s.contribution / 1000, "detail": s.detail}
                for s in self.signals
            ],
        }


class FileJudge:
    """Raises ConfigurationError where the policy is not accepted."""

    def __init__(self, *, policy: bytes, standing: Standing) -> None:
        self._standing = standing
        self._policy = policy
        try:
            self._settings = msgspec.json.encode(
                {"policy": msgspec.json.decode(policy), "policy_version": 1}
            )
            self._texts = Engine()
            self._texts.set_chat(_BOT_ID, _chat_of(0), self._settings)
        except (PolicyError, msgspec.DecodeError) as error:
            raise ConfigurationError(f"The policy: {error}") from None
        self._updates = Engine()
        self._known_chats: set[int] = set()
        if standing is Standing.MEMBER:
            self._make_member()

    def judge(self, rows: Iterable[Row], *, rows_a_batch: int) -> Iterator[Judged]:
        """Each row's judgement, in order."""
        remaining = iter(rows)
        while batch := list(islice(remaining, rows_a_batch)):
            yield from self._judge_batch(batch)
