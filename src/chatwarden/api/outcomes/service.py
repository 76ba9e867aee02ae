"""Outcomes as the API shows them: rows, opened texts, words for signals, bounds and undo."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden import actions
from chatwarden.api.access import Caller
from chatwarden.api.finding import find_outcome
from chatwarden.api.outcomes.bars import bars_of
from chatwarden.api.outcomes.cursors import read_cursor, write_cursor
from chatwarden.api.outcomes.schemas import (
    Action,
    ActionError,
    Bound,
    Contribution,
    Edit,
    GroupName,
    Outcome,
    OutcomePage,
    Sender,
    Text,
    Undo,
)
from chatwarden.errors import MissingRight, error_of
from chatwarden.learning import feedback as learning
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.outcomes.feedback import actions_of_feedback, decide_appeal
from chatwarden.outcomes.rights import hint_for, title_of
from chatwarden.outcomes.texts import open_texts
from chatwarden.outcomes.undo import describe_undo, undo_of_outcome
from chatwarden.outcomes.verdicts import bias_of, bounds_of, contributions_of, edit_of
from chatwarden.storage import models
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import FeedbackLabel, OutcomeState
from chatwarden.storage.repositories import actions as action_repository
from chatwarden.storage.repositories import feedback as feedback_repository
from chatwarden.storage.repositories import groups as group_repository
from chatwarden.storage.repositories import outcomes as repository
from chatwarden.storage.repositories.scope import Scope


@dataclass(frozen=True, slots=True)
class Reader:
    """What is needed to show an outcome to a caller."""

    scope: Scope
    keyring: Keyring
    catalogue: Catalogue


async def list_outcomes(
    session: AsyncSession,
    reader: Reader,
    *,
    limit: int,
    cursor: str | None,
    chat_id: int | None,
    sender_id: int | None,
    states: Collection[OutcomeState],
) -> OutcomePage:
    """A page, the newest first. Raises RequestInvalid for a cursor that is none."""
    rows = await repository.list_outcomes(
        session,
        reader.scope,
        limit=limit + 1,
        before=None if cursor is None else read_cursor(cursor),
        chat_id=chat_id,
        sender_id=sender_id,
        states=states,
    )
    shown = rows[:limit]
    return OutcomePage(
        items=await describe(session, shown, reader),
        next_cursor=write_cursor(shown[-1]) if len(rows) > limit else None,
    )


async def get_outcome(session: AsyncSession, trace_id: str, reader: Reader) -> Outcome:
    """Raises NotFound, RoleTooLow."""
    row = await find_outcome(session, reader.scope, trace_id)
    return (await describe(session, [row], reader))[0]


async def undo_of(
    session: AsyncSession, trace_id: str, reader: Reader, caller: Caller
) -> actions.Action | None:
    """What to queue so that everything is taken back; None where that was asked for already. Raises NotFound, RoleTooLow, UndoImpossible."""
    row = await find_outcome(session, reader.scope, trace_id)
    undo = undo_of_outcome(row, requested_by=caller.subject, now=datetime.now(UTC))
    if undo is not None:
        await caller.note(session, "undone", group=_group_of(row), target=row.trace_id)
    return undo


async def give_feedback(
    session: AsyncSession, trace_id: str, label: FeedbackLabel, reader: Reader, caller: Caller
) -> list[actions.Action]:
    """Keep what is said of a message; what to queue for it. Nothing where the caller had said it before and nobody had appealed since. Raises NotFound, RoleTooLow."""
    row = await find_outcome(session, reader.scope, trace_id)
    return await give_feedback_on(session, row, label, reader, caller)


async def give_feedback_on(
    session: AsyncSession,
    row: models.Outcome,
    label: FeedbackLabel,
    reader: Reader,
    caller: Caller,
) -> list[actions.Action]:
    """As `give_feedback`, of an outcome that was found."""
    now = datetime.now(UTC)
    is_decided = await decide_appeal(session, row, label, now=now)
    given = await learning.give_feedback(
        session,
        row,
        label,
        given_by=caller.subject,
        source="admin",
        keyring=reader.keyring,
        now=now,
    )
    if given is None and not is_decided:
        return []
    await caller.note(
        session,
        "feedback_given",
        group=_group_of(row),
        target=row.trace_id,
        detail={"label": label},
    )
    taken = await action_repository.actions_of(session, [row.trace_id])
    return actions_of_feedback(
        row, taken[row.trace_id], label, given=given, by=caller.subject, now=now
    )


async def take_feedback_back(
    session: AsyncSession, trace_id: str, reader: Reader, caller: Caller
) -> None:
    """What the caller said of a message counts no more. Raises NotFound for the message, RoleTooLow."""
    row = await find_outcome(session, reader.scope, trace_id)
    taken = await feedback_repository.take_back(
        session,
        bot_id=row.bot_id,
        update_id=row.update_id,
        given_by=caller.subject,
        now=datetime.now(UTC),
    )
    if taken:
        await caller.note(session, "feedback_taken_back", group=_group_of(row), target=row.trace_id)


def _group_of(row: models.Outcome) -> tuple[int, int]:
    return row.bot_id, row.chat_id


async def describe(
    session: AsyncSession, rows: Sequence[models.Outcome], reader: Reader
) -> list[Outcome]:
    """Rows as they are shown, in their order."""
    groups = await group_repository.titles_and_policies(
        session, reader.scope, {row.chat_id for row in rows}
    )
    trace_ids = [row.trace_id for row in rows]
    done = await action_repository.actions_of(session, trace_ids)
    labels = await feedback_repository.labels_of(session, rows)
    return [
        await _outcome(
            row,
            done[row.trace_id],
            label=labels.get((row.bot_id, row.update_id)),
            group=groups.get((row.bot_id, row.chat_id), (str(row.chat_id), {})),
            reader=reader,
        )
        for row in rows
    ]


async def _outcome(
    row: models.Outcome,
    done: Sequence[models.Action],
    *,
    label: FeedbackLabel | None,
    group: tuple[str, dict[str, Any]],
    reader: Reader,
) -> Outcome:
    title, policy = group
    opened, texts_state = await open_texts(row, reader.keyring)
    edit = edit_of(row.verdict)
    return Outcome.model_validate(
        {
            "trace_id": row.trace_id,
            "cursor": write_cursor(row),
            "group": GroupName(bot_id=row.bot_id, chat_id=row.chat_id, title=title),
            "date": row.date,
            "event": row.event,
            "edit": None if edit is None else Edit.model_validate(edit),
            "message_id": row.message_id,
            "sender": Sender.model_validate(
                {"kind": row.sender_kind, "id": row.sender_id, "name": opened.sender_name}
            ),
            "score": row.score,
            "probability": row.verdict["probability"],
            "message": row.message_verdict,
            "sender_verdict": row.sender_verdict,
            "state": row.state,
            "guard": row.guard,
            "texts": [Text.model_validate(text) for text in opened.texts],
            "texts_state": texts_state,
            "bias": bias_of(row.verdict),
            "contributions": [
                Contribution.model_validate(one)
                for one in contributions_of(row.verdict, reader.catalogue)
            ],
            "bounds": [Bound.model_validate(one) for one in bounds_of(row.verdict)],
            "bars": bars_of(policy),
            "actions": [describe_action(action) for action in done],
            "undo": Undo.model_validate(describe_undo(row, done)),
            "feedback": label,
        }
    )


def describe_action(row: models.Action) -> Action:
    """An action, with what failed in the words of Telegram's rights."""
    error = None
    if row.error_code is not None:
        known = error_of(row.error_code)
        right = _RIGHTS.get(row.kind) if known is MissingRight else None
        error = ActionError(
            code=row.error_code,
            text=(row.error_text or known.text) if right is None else _lacks(right),
            hint=known.hint if right is None else hint_for(right),
        )
    return Action(
        id=row.id,
        kind=row.kind,
        state=row.state,
        requested_by=row.requested_by,
        due_at=row.due_at,
        started_at=row.started_at,
        done_at=row.done_at,
        until_date=row.until_date,
        error=error,
        result=row.result,
    )


_RIGHTS: dict[actions.ActionKind, str] = {
    "delete_message": "can_delete_messages",
    "delete_reactions": "can_delete_messages",
    "challenge": "can_restrict_members",
    "mute": "can_restrict_members",
    "kick": "can_restrict_members",
    "ban": "can_restrict_members",
    "undo": "can_restrict_members",
}
"""The admin right that an action needs: Bot API, `deleteMessages` and `banChatMember`."""


def _lacks(right: str) -> str:
    return f"The bot may not {title_of(right).lower()}."
