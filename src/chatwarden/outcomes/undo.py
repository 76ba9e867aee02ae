"""What an undo brings back and what it cannot, by Telegram's rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from chatwarden import actions
from chatwarden.errors import UndoImpossible
from chatwarden.storage.models import UNDOABLE, Action, Outcome

UndoEffect = Literal["stop", "lift_mute", "lift_ban"]

_DONE = ("started", "done")
"""What is *started* may have been done: only Telegram knows. What is dead was not."""
_OUTSIDE = "The membership: the person is outside and has to come back by themselves."


@dataclass(frozen=True, slots=True)
class Undo:
    """What an undo would do, in honest words."""

    possible: bool
    """False where nothing would come of it."""
    effects: list[UndoEffect]
    """What it would do; `stop`: keep what waits from being done."""
    restores: list[str]
    cannot_restore: list[str]


def describe_undo(
    outcome: Outcome, taken: Sequence[Action], *, now: datetime | None = None
) -> Undo:
    """Sentences for what was done, or may have been, and still stands; what waits is simply not done.

    Impossible where nothing would come of it: a deleted message alone, or actions that all failed.
    """
    when = datetime.now(UTC) if now is None else now
    done = {action.kind for action in taken if action.state in _DONE and _is_ours(action)}
    standing = {action.kind for action in taken if stands(action, when)}
    waiting = {action.kind for action in taken if action.state == "pending"} - {"undo"} - done
    effects: list[UndoEffect] = []
    restores: list[str] = []
    cannot: list[str] = []
    if waiting:
        effects.append("stop")
    if "delete_message" in waiting:
        restores.append("The message stays: it has not been deleted yet.")
    if "delete_message" in done:
        cannot.append("The deleted message: Telegram lets nobody bring one back.")
    if "delete_reactions" in waiting:
        restores.append("The reactions stay: they have not been removed yet.")
    if "delete_reactions" in done:
        cannot.append("The removed reactions: only the sender can set them again.")
    if standing & {"mute", "challenge"}:
        effects.append("lift_mute")
        restores.append("The sender may write again, with exactly the permissions they had.")
    if "ban" in standing:
        effects.append("lift_ban")
        if outcome.sender_kind == "channel":
            restores.append("The ban is lifted: the channel may write here again.")
        else:
            restores.append("The ban is lifted: the person may come back.")
            cannot.append(_OUTSIDE)
    elif "kick" in done:
        cannot.append(_OUTSIDE)
    if waiting - {"delete_message", "delete_reactions"}:
        restores.append("The sender is left alone: nothing has been done to them yet.")
    possible = outcome.state in UNDOABLE and bool(effects)
    return Undo(
        possible=possible,
        effects=effects if possible else [],
        restores=restores if possible else [],
        cannot_restore=cannot,
    )


def undo_of_outcome(outcome: Outcome, *, requested_by: str, now: datetime) -> actions.Action | None:
    """What to queue so that everything is taken back; None where that was asked for already. Raises UndoImpossible.

    Its id is made from the trace id: of several people who tap at once, one asks.
    """
    if outcome.state in ("undoing", "undone"):
        return None
    if outcome.state not in UNDOABLE:
        raise UndoImpossible
    return actions.Action(
        id=f"{outcome.trace_id}-undo",
        bot_id=outcome.bot_id,
        chat_id=outcome.chat_id,
        kind="undo",
        sender_kind=outcome.sender_kind,
        sender_id=outcome.sender_id,
        date=outcome.date,
        message_id=outcome.message_id,
        trace_id=outcome.trace_id,
        requested_by=requested_by,
        due_at=now,
    )


def _is_ours(action: Action) -> bool:
    return (action.result or {}).get("covered_by") not in actions.NOT_OURS


def stands(action: Action, now: datetime) -> bool:
    """Whether it holds its sender now, and is ours: a punishment that was done, or may have been, and has not ended. A kick holds nobody out."""
    return (
        action.kind in ("challenge", "mute", "ban")
        and action.state in _DONE
        and _is_ours(action)
        and (action.until_date is None or action.until_date > now)
    )
