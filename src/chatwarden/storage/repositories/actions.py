"""Queries about actions: the embedded profile's queue of what is to be done in Telegram."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.errors import UndoImpossible
from chatwarden.storage.models import Action, Outcome

UNDOABLE = ("pending", "enforced", "failed")
"""States of an outcome in which something was or may be done that an undo takes back."""


async def request_undo(session: AsyncSession, outcome: Outcome, *, requested_by: str) -> Action:
    """Ask for everything done about an outcome to be taken back. Asked twice, it is done once.

    Actions that have not begun are cancelled at once. Raises UndoImpossible where nothing was done.
    """
    undo_id = f"{outcome.trace_id}-undo"
    known = await session.get(Action, undo_id)
    if known is not None and outcome.state in ("undoing", "undone"):
        return known
    now = datetime.now(UTC)
    # Compare and swap on the state: of several people who tap at once, one asks.
    claimed = await session.scalar(
        update(Outcome)
        .where(
            Outcome.bot_id == outcome.bot_id,
            Outcome.update_id == outcome.update_id,
            Outcome.round == outcome.round,
            Outcome.state.in_(UNDOABLE),
        )
        .values(state="undoing", updated_at=now)
        .returning(Outcome.update_id)
    )
    if claimed is None:
        raise UndoImpossible
    await session.execute(
        update(Action)
        .where(*_of(outcome), Action.state == "pending", Action.kind != "undo")
        .values(state="cancelled", done_at=now)
    )
    if known is not None:
        known.state, known.due_at, known.error_code, known.error_text = "pending", now, None, None
        known.attempts = 0
        return known
    action = Action(
        id=undo_id,
        bot_id=outcome.bot_id,
        update_id=outcome.update_id,
        round=outcome.round,
        chat_id=outcome.chat_id,
        kind="undo",
        message_id=outcome.message_id,
        sender_kind=outcome.sender_kind,
        sender_id=outcome.sender_id,
        state="pending",
        requested_by=requested_by,
        attempts=0,
        due_at=now,
    )
    session.add(action)
    return action


async def done_for(session: AsyncSession, outcome: Outcome) -> list[Action]:
    """What was done or begun about an outcome, and may have to be taken back."""
    query = select(Action).where(
        *_of(outcome), Action.kind != "undo", Action.state.in_(("done", "started", "dead"))
    )
    return list(await session.scalars(query))


def _of(outcome: Outcome) -> tuple[ColumnElement[bool], ...]:
    return (
        Action.bot_id == outcome.bot_id,
        Action.update_id == outcome.update_id,
        Action.round == outcome.round,
    )
