"""Queries about actions. Whatever changes one settles its outcome in the same transaction, and tells which outcomes changed."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    case,
    false,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import OPEN, PUNISHMENTS, Action, ActionKind, Beginning, Ending, Retry
from chatwarden.storage import models
from chatwarden.storage.repositories.counts import count_done
from chatwarden.storage.repositories.daily import count_action
from chatwarden.storage.repositories.insert import insert_into, insert_new
from chatwarden.storage.repositories.settling import settle_outcomes

_T = TypeVar("_T")
_ROW = models.Action
IS_OPEN = _ROW.state.in_((literal_column("'pending'"), literal_column("'started'")))
"""As `models.action.WAITING` has it: so the index is used."""
_FIELDS = [field.name for field in fields(Action)]
_COLUMNS = [getattr(_ROW, name) for name in _FIELDS]
_PRIORITY: dict[ActionKind, int] = {
    "delete_message": 0,
    "undo": 1,
    "ban": 2,
    "kick": 3,
    "mute": 4,
    "challenge": 4,
    "delete_reactions": 5,
}
_TO_SENDER: tuple[ActionKind, ...] = (*PUNISHMENTS, "delete_reactions")


async def insert_actions(session: AsyncSession, actions: Sequence[Action]) -> None:
    """Those that are not there yet. For actions that come with their outcome: nothing is settled."""
    await insert_new(session, _ROW, [row_of(action) for action in actions])


def row_of(action: Action) -> dict[str, Any]:
    """By column. Nothing is copied, unlike `dataclasses.asdict`, which takes longer than the insert."""
    return {name: getattr(action, name) for name in _FIELDS}


async def ask_for(session: AsyncSession, actions: Sequence[Action], *, now: datetime) -> set[str]:
    """As `ActionSink.add`; the trace ids of the outcomes concerned."""
    if not actions:
        return set()
    failed = select(*_COLUMNS).where(
        _ROW.id.in_([action.id for action in actions]), _ROW.state == "dead"
    )
    for action in _read(await session.execute(failed.with_for_update())):
        count_action(session, replace(action, state="pending"), before="dead")
    statement = insert_into(session, _ROW)
    again = {"state": "pending", "attempts": 0, "started_at": None, "done_at": None}
    again |= {"error_code": None, "error_text": None, "result": None, "guard": None}
    taken = {name: statement.excluded[name] for name in ("due_at", "requested_by")}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_=again | taken, where=_ROW.state == "dead"
        ),
        [row_of(action) for action in actions],
    )
    concerned = {action.trace_id for action in actions if action.trace_id is not None}
    for action in actions:
        if action.kind == "undo":
            concerned |= await _cancel(session, _never_begun() & _undone_by(action), now=now)
    await settle_outcomes(session, concerned, now=now)
    return concerned


async def cancel_for_undo(session: AsyncSession, undo: Action, *, now: datetime) -> set[str]:
    """As `ActionQueue.cancel_for_undo`; the trace ids of the outcomes concerned."""
    is_left_alone = (_ROW.state == "started") & (_ROW.kind != "delete_message")
    waiting = IS_OPEN & _undone_by(undo) & ~is_left_alone
    concerned = await _cancel(session, waiting, now=now)
    await settle_outcomes(session, concerned, now=now)
    return concerned


async def chats_with_due_actions(
    session: AsyncSession, *, bot_id: int, now: datetime, besides: Collection[int], limit: int
) -> Sequence[int]:
    """Chats, besides some, in which something is to be done now, or was begun by a process that died; the longest due first."""
    query = (
        select(_ROW.chat_id)
        .where(_ROW.bot_id == bot_id, IS_OPEN, _ROW.due_at <= now)
        .where(_ROW.chat_id.not_in(besides))
        .group_by(_ROW.chat_id)
        .order_by(func.min(_ROW.due_at))
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def next_due_at(session: AsyncSession, *, bot_id: int) -> datetime | None:
    """When the next open action is due; None where there is none."""
    query = select(func.min(_ROW.due_at)).where(_ROW.bot_id == bot_id, IS_OPEN)
    return await session.scalar(query)


async def due_actions(
    session: AsyncSession, *, bot_id: int, chat_id: int, now: datetime, limit: int
) -> list[Action]:
    """A chat's open actions that are due: deletions first, then undos, bans, kicks, mutes, reactions."""
    query = (
        select(*_COLUMNS)
        .where(
            _ROW.bot_id == bot_id,
            _ROW.chat_id == chat_id,
            IS_OPEN,
            _ROW.due_at <= now,
        )
        .order_by(case(_PRIORITY, value=_ROW.kind), _ROW.due_at, _ROW.id)
        .limit(limit)
    )
    return _read(await session.execute(query))


async def mark_started(
    session: AsyncSession, beginnings: Sequence[Beginning], *, now: datetime
) -> set[str]:
    """As `ActionQueue.begin`."""
    begun: set[str] = set()
    for former, ids in _grouped((one.former, one.action_id) for one in beginnings):
        values: dict[str, Any] = {"state": "started", "started_at": now}
        if former is not None:
            values["former"] = former
        still_open = update(_ROW).where(_ROW.id.in_(ids), IS_OPEN)
        begun |= set(await session.scalars(still_open.values(values).returning(_ROW.id)))
    return begun


async def mark_ended(
    session: AsyncSession, endings: Sequence[Ending], *, now: datetime
) -> set[str]:
    """As `ActionQueue.end`, and count what was done; the trace ids of the outcomes concerned."""
    ended: list[Action] = []
    done: list[Action] = []
    for told, ids in _grouped((_values(one), one.action_id) for one in endings):
        reversing = told["state"] == "reversed"
        before = ("done",) if reversing else OPEN
        values = told if reversing else told | {"done_at": now}
        if told["state"] == "dead":
            values = values | {"attempts": _ROW.attempts + 1}
        changed = await session.execute(
            update(_ROW)
            .where(_ROW.id.in_(ids), _ROW.state.in_(before))
            .values(values)
            .returning(*_COLUMNS, _ROW.result)
            .execution_options(synchronize_session=False)
        )
        for row in changed:
            told_of = dict(row._mapping)
            result = told_of.pop("result") or {}
            action = Action(**told_of)
            ended.append(action)
            if "covered_by" in result:
                continue
            count_action(session, action, before="done" if reversing else None)
            if action.state == "done":
                done.append(action)
    await count_done(session, done)
    concerned = {action.trace_id for action in ended if action.trace_id is not None}
    await settle_outcomes(session, concerned, now=now)
    return concerned


async def put_back(session: AsyncSession, retries: Sequence[Retry]) -> None:
    """As `ActionQueue.retry`."""
    for retry in retries:
        values: dict[str, Any] = {"due_at": retry.due_at}
        if retry.failed:
            values["attempts"] = _ROW.attempts + 1
        if not retry.made:
            values |= {"state": "pending", "started_at": None}
        await session.execute(
            update(_ROW).where(_ROW.id == retry.action_id, IS_OPEN).values(values)
        )


async def postpone(session: AsyncSession, *, bot_id: int, chat_id: int, until: datetime) -> None:
    """As `ActionQueue.postpone`."""
    await session.execute(
        update(_ROW)
        .where(
            _ROW.bot_id == bot_id,
            _ROW.chat_id == chat_id,
            IS_OPEN,
            _ROW.due_at < until,
        )
        .values(due_at=until)
    )


async def deleted_message_ids(
    session: AsyncSession, *, bot_id: int, chat_id: int, message_ids: Collection[int]
) -> set[int]:
    """Which of the messages were deleted already."""
    query = select(_ROW.message_id).where(
        _ROW.bot_id == bot_id,
        _ROW.chat_id == chat_id,
        _ROW.message_id.in_(message_ids),
        _ROW.kind == "delete_message",
        _ROW.state == "done",
    )
    return {found for found in await session.scalars(query) if found is not None}


async def punishments_in_force(
    session: AsyncSession, *, bot_id: int, chat_id: int, sender_ids: Collection[int], now: datetime
) -> dict[int, list[Action]]:
    """As `ActionQueue.in_force`."""
    query = (
        select(*_COLUMNS)
        .where(
            _ROW.bot_id == bot_id,
            _ROW.chat_id == chat_id,
            _ROW.sender_id.in_(sender_ids),
            _ROW.kind.in_(PUNISHMENTS),
            _ROW.state.in_(("done", "started")),
            (_ROW.until_date.is_(None)) | (_ROW.until_date > now),
        )
        .order_by(_ROW.started_at, _ROW.id)
    )
    found: dict[int, list[Action]] = defaultdict(list)
    for action in _read(await session.execute(query)):
        found[action.sender_id].append(action)
    return found


async def actions_of(
    session: AsyncSession, trace_ids: Collection[str]
) -> dict[str, list[models.Action]]:
    """The actions of each outcome, in the order in which they were asked for."""
    found: dict[str, list[models.Action]] = {trace_id: [] for trace_id in trace_ids}
    if found:
        query = select(_ROW).where(_ROW.trace_id.in_(found)).order_by(_ROW.due_at, _ROW.id)
        for action in await session.scalars(query):
            assert action.trace_id is not None
            found[action.trace_id].append(action)
    return found


async def _cancel(session: AsyncSession, which: ColumnElement[bool], *, now: datetime) -> set[str]:
    cancelled = await session.scalars(
        update(_ROW)
        .where(which)
        .values(state="cancelled", done_at=now)
        .returning(_ROW.trace_id)
        .execution_options(synchronize_session=False)
    )
    return {trace_id for trace_id in cancelled if trace_id is not None}


def _undone_by(undo: Action) -> ColumnElement[bool]:
    """What is done to the sender, for whatever message, and the deletion of the undone message with its album."""
    to_sender = (_ROW.sender_id == undo.sender_id) & _ROW.kind.in_(_TO_SENDER)
    undone = false() if undo.message_id is None else _ROW.message_id == undo.message_id
    if undo.trace_id is not None:
        undone |= _ROW.trace_id == undo.trace_id
    deletion = (_ROW.kind == "delete_message") & undone
    return and_(_ROW.bot_id == undo.bot_id, _ROW.chat_id == undo.chat_id, to_sender | deletion)


def _never_begun() -> ColumnElement[bool]:
    return IS_OPEN & (_ROW.state == "pending")


def _values(ending: Ending) -> dict[str, Any]:
    """What an ending changes; what it says nothing of stays."""
    told = {"guard": ending.guard, "result": ending.result}
    told |= {"error_code": ending.error_code, "error_text": ending.error_text}
    return {
        "state": ending.state,
        **{name: value for name, value in told.items() if value is not None},
    }


def _grouped(pairs: Iterable[tuple[_T, str]]) -> list[tuple[_T, list[str]]]:
    """Ids by equal values: what changes alike is written by one statement."""
    groups: dict[str, tuple[_T, list[str]]] = {}
    for values, action_id in pairs:
        groups.setdefault(json.dumps(values, sort_keys=True), (values, []))[1].append(action_id)
    return list(groups.values())


def _read(rows: Iterable[Row[Any]]) -> list[Action]:
    return [Action(**row._mapping) for row in rows]
