"""Queries about actions: the embedded profile's queue of what is to be done in Telegram."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.errors import UndoImpossible
from chatwarden.storage.models import Action, Outcome
from chatwarden.storage.repositories.outcomes import OutcomeKey

UNDOABLE = ("pending", "enforced", "failed")
"""States of an outcome in which something was or may be done that an undo takes back."""

PUNISHMENTS = ("mute", "kick", "ban")
OPEN = ("pending", "started")


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
    await session.refresh(outcome)
    await session.execute(
        update(Action)
        .where(*_of(outcome), *_never_begun(), Action.kind != "undo")
        .values(state="cancelled", done_at=now)
    )
    if known is not None:
        known.state, known.due_at, known.done_at = "pending", now, None
        known.error_code, known.error_text, known.attempts = None, None, 0
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


async def chats_with_due_actions(
    session: AsyncSession, *, bot_id: int, now: datetime
) -> Sequence[int]:
    """Groups in which something is to be done now, or was begun by a process that died."""
    query = (
        select(Action.chat_id)
        .where(Action.bot_id == bot_id, Action.state.in_(OPEN), Action.due_at <= now)
        .distinct()
    )
    return (await session.scalars(query)).all()


async def next_due_at(session: AsyncSession, *, bot_id: int) -> datetime | None:
    """When the next open action is due; None where there is none."""
    query = select(func.min(Action.due_at)).where(Action.bot_id == bot_id, Action.state.in_(OPEN))
    return await session.scalar(query)


async def due_actions(
    session: AsyncSession, *, bot_id: int, chat_id: int, now: datetime, limit: int
) -> Sequence[tuple[Action, Outcome]]:
    """A group's actions that are due with their outcomes: deletions first, then undos, bans, mutes.

    One that a dead process left as started is given again: it may have been carried out.
    """
    priority = case(
        {"delete_message": 0, "undo": 1, "ban": 2, "kick": 3, "mute": 4},
        value=Action.kind,
        else_=5,
    )
    query = (
        select(Action, Outcome)
        .join(
            Outcome,
            (Outcome.bot_id == Action.bot_id)
            & (Outcome.update_id == Action.update_id)
            & (Outcome.round == Action.round),
        )
        .where(
            Action.bot_id == bot_id,
            Action.chat_id == chat_id,
            Action.state.in_(OPEN),
            Action.due_at <= now,
        )
        .order_by(priority, Action.due_at, Action.id)
        .limit(limit)
    )
    return [(action, outcome) for action, outcome in await session.execute(query)]


async def mark_started(
    session: AsyncSession,
    action_ids: Sequence[str],
    *,
    now: datetime,
    former: dict[str, Any] | None = None,
) -> set[str]:
    """Write that calls are about to be made; the ids that are still to be done: an undo may have been faster."""
    begun = await session.scalars(
        update(Action)
        .where(Action.id.in_(action_ids), Action.state.in_(OPEN))
        .values(
            state="started",
            started_at=now,
            **({} if former is None else {"former": former}),
        )
        .returning(Action.id)
    )
    return set(begun)


async def deleted_message_ids(
    session: AsyncSession, *, bot_id: int, chat_id: int, message_ids: Collection[int]
) -> set[int]:
    """Which of the messages were deleted already."""
    query = select(Action.message_id).where(
        Action.bot_id == bot_id,
        Action.chat_id == chat_id,
        Action.kind == "delete_message",
        Action.state == "done",
        Action.message_id.in_(message_ids),
    )
    return {found for found in await session.scalars(query) if found is not None}


async def punishments_in_force(
    session: AsyncSession, *, bot_id: int, chat_id: int, sender_id: int, now: datetime
) -> Sequence[Action]:
    """What was done to a sender in a group, has not ended and was not taken back; the oldest first.

    One that is *started* may have been done: only Telegram knows.
    """
    query = (
        select(Action)
        .where(
            Action.bot_id == bot_id,
            Action.chat_id == chat_id,
            Action.sender_id == sender_id,
            Action.kind.in_(PUNISHMENTS),
            Action.state.in_(("done", "started")),
            (Action.until_date.is_(None)) | (Action.until_date > now),
        )
        .order_by(Action.started_at, Action.id)
    )
    return (await session.scalars(query)).all()


async def cancel_for_undo(session: AsyncSession, undo: Action, *, now: datetime) -> set[OutcomeKey]:
    """Cancel what waits to be done to the sender of an undone outcome; the outcomes it was asked for.

    For the group's lane, between two calls: a deletion of this outcome that has begun waits for another try.
    """
    of_sender = (Action.sender_id == undo.sender_id) & Action.kind.in_(PUNISHMENTS)
    for condition in _never_begun():
        of_sender &= condition
    of_outcome = and_(*_of(undo), Action.kind == "delete_message", Action.state.in_(OPEN))
    cancelled = await session.execute(
        update(Action)
        .where(
            Action.bot_id == undo.bot_id,
            Action.chat_id == undo.chat_id,
            of_sender | of_outcome,
        )
        .values(state="cancelled", done_at=now)
        .returning(Action.bot_id, Action.update_id, Action.round)
    )
    return {OutcomeKey(*key) for key in cancelled}


async def postpone(session: AsyncSession, *, bot_id: int, chat_id: int, until: datetime) -> None:
    """Everything open in a group waits until then. That is no failed try."""
    await session.execute(
        update(Action)
        .where(
            Action.bot_id == bot_id,
            Action.chat_id == chat_id,
            Action.state.in_(OPEN),
            Action.due_at < until,
        )
        .values(due_at=until)
    )


async def settle_outcomes(
    session: AsyncSession, keys: Collection[OutcomeKey], *, now: datetime
) -> None:
    """Set the state of outcomes whose actions have all ended.

    Failed where one is dead; guarded or observed where a guard let nothing be done; else enforced. Only of those that are
    pending: an undo may have been asked for meanwhile.
    """
    if not keys:
        return
    named = [(key.bot_id, key.update_id, key.round) for key in keys]
    actions = select(Action.id).where(
        Action.bot_id == Outcome.bot_id,
        Action.update_id == Outcome.update_id,
        Action.round == Outcome.round,
    )
    still_open = actions.where(Action.state.in_(OPEN)).exists()
    any_dead = actions.where(Action.state == "dead").exists()
    any_done = actions.where(Action.state == "done").exists()
    state = case(
        (any_dead, "failed"),
        (Outcome.guard.is_(None) | any_done, "enforced"),
        (Outcome.guard == "observe_mode", "observed"),
        else_="guarded",
    )
    await session.execute(
        update(Outcome)
        .where(
            tuple_(Outcome.bot_id, Outcome.update_id, Outcome.round).in_(named),
            Outcome.state == "pending",
            ~still_open,
        )
        .values(state=state, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def _never_begun() -> tuple[ColumnElement[bool], ...]:
    """An action once begun keeps `former` or `started_at`, even after its process died."""
    return (Action.state == "pending", Action.started_at.is_(None))


def _of(outcome: Outcome | Action) -> tuple[ColumnElement[bool], ...]:
    return (
        Action.bot_id == outcome.bot_id,
        Action.update_id == outcome.update_id,
        Action.round == outcome.round,
    )
