"""What is done at once where somebody says what a message is: spam goes, and what befell ham is taken back."""

from collections.abc import Sequence
from datetime import datetime

from chatwarden import actions
from chatwarden.actions import OPEN
from chatwarden.outcomes.undo import describe_undo, undo_of_outcome
from chatwarden.storage.models import Action, Feedback, Outcome


def actions_of_feedback(
    outcome: Outcome, taken: Sequence[Action], given: Feedback
) -> list[actions.Action]:
    """What to queue; nothing where the message is gone, or nothing was done about it. `given` has its id."""
    now = given.given_at
    if given.label == "spam":
        deletion = _deletion(outcome, taken, given, now=now)
        return [] if deletion is None else [deletion]
    if not describe_undo(outcome, taken, now=now).possible:
        return []
    undo = undo_of_outcome(outcome, requested_by=given.given_by, now=now)
    return [] if undo is None else [undo]


def _deletion(
    outcome: Outcome, taken: Sequence[Action], given: Feedback, *, now: datetime
) -> actions.Action | None:
    gone = (*OPEN, "done")
    if outcome.message_id is None or any(
        action.kind == "delete_message" and action.state in gone for action in taken
    ):
        return None
    return actions.Action(
        id=f"{outcome.trace_id}-delete_message-{given.id}",
        bot_id=outcome.bot_id,
        chat_id=outcome.chat_id,
        kind="delete_message",
        sender_kind=outcome.sender_kind,
        sender_id=outcome.sender_id,
        date=outcome.date,
        message_id=outcome.message_id,
        # Of an edit the date is its own: how old the message is, only Telegram knows.
        message_date=None if outcome.event == "edit" else outcome.date,
        trace_id=outcome.trace_id,
        requested_by=given.given_by,
        due_at=now,
    )
