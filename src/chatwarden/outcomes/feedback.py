"""What is done at once where somebody says what a message is: spam goes, what befell ham is taken back, and an appeal is decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden import actions
from chatwarden.actions import OPEN
from chatwarden.outcomes.undo import describe_undo, undo_of_outcome
from chatwarden.storage.models import Action, Feedback, FeedbackLabel, Outcome
from chatwarden.storage.repositories import appeals


def actions_of_feedback(
    outcome: Outcome,
    taken: Sequence[Action],
    label: FeedbackLabel,
    *,
    given: Feedback | None,
    by: str,
    now: datetime,
) -> list[actions.Action]:
    """What to queue; nothing where the message is gone, or nothing was done about it. `given` has its id; None where `by` had said just that before."""
    if label == "spam":
        deletion = None if given is None else _deletion(outcome, taken, given, now=now)
        return [] if deletion is None else [deletion]
    if not describe_undo(outcome, taken, now=now).possible:
        return []
    undo = undo_of_outcome(outcome, requested_by=by, now=now)
    return [] if undo is None else [undo]


async def decide_appeal(
    session: AsyncSession, outcome: Outcome, label: FeedbackLabel, *, now: datetime
) -> bool:
    """What an admin says a message is decides its sender's appeal. False where none waits, or somebody was faster."""
    key = (outcome.bot_id, outcome.update_id)
    state: Literal["accepted", "refused"] = "accepted" if label == "ham" else "refused"
    return await appeals.decide(session, [key], state, now=now)


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
