"""What somebody may appeal, by what was done to them and what was said of it before; and their words.

One who was refused twice about the same has had their answer. Accounts are cheap and admins' time is not: one appeal a week in a group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chatwarden.actions import ActionKind
from chatwarden.errors import SealBroken
from chatwarden.outcomes.undo import stands
from chatwarden.outcomes.verdicts import is_only_locked
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import UNDOABLE, Action, Appeal, Outcome
from chatwarden.storage.repositories.appeals import place_of
from chatwarden.storage.retention import TEXTS_ARE_KEPT

MOST_CHARACTERS = 1000
"""Of somebody's words."""
MOST_REFUSALS = 2
"""About one outcome."""
BETWEEN = timedelta(days=7)
"""Two appeals of one person in one group."""
APPEALABLE_FOR = TEXTS_ARE_KEPT
"""What is over at once, such as a deletion: as long as admins can still read what it was about."""

_HOLDING: tuple[ActionKind, ...] = ("ban", "mute", "challenge")
_AT_ONCE: tuple[ActionKind, ...] = ("kick", "delete_message", "delete_reactions")

Why = Literal["message", "locked", "reaction", "join"]


@dataclass(frozen=True, slots=True)
class Grievance:
    """The weightiest of what holds against somebody by an outcome."""

    kind: ActionKind
    until: datetime | None = None
    """None: without an end, or over at once."""

    @property
    def weight(self) -> int:
        """The lower the weightier."""
        return (*_HOLDING, *_AT_ONCE).index(self.kind)


def grievance(outcome: Outcome, taken: Sequence[Action], *, now: datetime) -> Grievance | None:
    """None where nothing holds any more, or it is too long ago."""
    if outcome.state not in UNDOABLE:
        return None
    standing = {one.kind: one.until_date for one in taken if stands(one, now)}
    for kind in _HOLDING:
        if kind in standing:
            return Grievance(kind, standing[kind])
    done = {one.kind for one in taken if one.state == "done"}
    is_recent = now - outcome.date < APPEALABLE_FOR
    return next((Grievance(kind) for kind in _AT_ONCE if is_recent and kind in done), None)


def is_over(appeal: Appeal, outcome: Outcome, taken: Sequence[Action], *, now: datetime) -> bool:
    """Whether what was appealed holds no more, so that nothing is left to decide."""
    holds = grievance(outcome, taken, now=now)
    return holds is None or (appeal.about in _HOLDING and holds.kind not in _HOLDING)


def why(outcome: Outcome) -> Why:
    """Why something was done, as far as it helps nobody to get by the next time."""
    if is_only_locked(outcome.verdict):
        return "locked"
    if outcome.event == "reaction":
        return "reaction"
    return "message" if outcome.event in ("message", "edit") else "join"


def refusals(before: Sequence[Appeal]) -> int:
    """How often it was refused."""
    return sum(one.state == "refused" for one in before)


async def open_words(appeal: Appeal, keyring: Keyring) -> str | None:
    """None where they wrote none, or it cannot be read any more."""
    if appeal.sealed is None:
        return None
    try:
        return (await keyring.open(appeal.sealed, place=place_of(appeal.id))).decode()
    except SealBroken:
        return None
