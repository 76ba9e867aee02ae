"""Queries about senders: those of whom a group knows anything, by what was judged, allowed or done. The newest row of each stands for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, text, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chatwarden.actions import NOT_OURS, PUNISHMENTS
from chatwarden.storage.models import Action, AllowedSender, Group, Outcome, Strike
from chatwarden.storage.models.action import HOLDING
from chatwarden.storage.repositories.allowed import GIVING, counts_in_it
from chatwarden.storage.repositories.outcomes import PageStart

NEWCOMERS_WRITE_LESS = 10
"""Messages. Source: `Context::is_newcomer` in `crates/engine/src/context.rs`; a test compares them."""


@dataclass(frozen=True, slots=True)
class SenderStart:
    """The last row of the page before, of a list by date and sender."""

    date: datetime
    sender_id: int


async def list_judged(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_id: int,
    limit: int,
    before: PageStart | None = None,
    only_untrusted: bool = False,
) -> Sequence[Outcome]:
    """The newest outcome of each sender, the newest first. `only_untrusted`: of those who were new here when they were last judged."""
    order = (Outcome.date, Outcome.update_id, Outcome.round)
    later = aliased(Outcome)
    newer = select(1).where(
        later.bot_id == Outcome.bot_id,
        later.sender_id == Outcome.sender_id,
        later.chat_id == Outcome.chat_id,
        tuple_(later.date, later.update_id, later.round) > tuple_(*order),
    )
    query = (
        select(Outcome)
        .where(Outcome.bot_id == bot_id, Outcome.chat_id == chat_id, ~newer.exists())
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(*order) < (before.date, before.update_id, before.round))
    if only_untrusted:
        messages = Outcome.verdict["context"]["messages_here"].as_integer()
        query = query.where(messages < NEWCOMERS_WRITE_LESS)
    return (await session.scalars(query)).all()


async def list_allowed(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_id: int,
    limit: int,
    before: SenderStart | None = None,
) -> Sequence[AllowedSender]:
    """Whom the group itself allows, the latest first."""
    order = (AllowedSender.allowed_at, AllowedSender.sender_id)
    query = (
        select(AllowedSender)
        .where(AllowedSender.bot_id == bot_id, AllowedSender.chat_id == chat_id)
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(*order) < (before.date, before.sender_id))
    return (await session.scalars(query)).all()


async def list_punished(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_id: int,
    now: datetime,
    limit: int,
    before: SenderStart | None = None,
) -> Sequence[tuple[int, datetime]]:
    """Senders to whom something was done that holds now, each with the date of the latest of it, the latest first."""
    # Asked one by one, an index answers each: what ends later, and what has no end.
    holding = union_all(
        *(
            select(Action.sender_id, Action.date).where(
                Action.bot_id == bot_id,
                Action.chat_id == chat_id,
                text(HOLDING),
                ends,
                _stands(),
            )
            for ends in (Action.until_date > now, Action.until_date.is_(None))
        )
    ).subquery()
    latest = func.max(holding.c.date)
    query = (
        select(holding.c.sender_id, latest)
        .group_by(holding.c.sender_id)
        .order_by(latest.desc(), holding.c.sender_id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.having(
            (latest < before.date)
            | ((latest == before.date) & (holding.c.sender_id < before.sender_id))
        )
    return [(row[0], row[1]) for row in await session.execute(query)]


def _stands() -> ColumnElement[bool]:
    """Of actions: what `outcomes.undo.stands` tells of one, whenever it ends. What an admin did in Telegram itself is theirs."""
    return and_(
        func.coalesce(Action.result["covered_by"].as_string(), "").not_in(NOT_OURS),
        Action.state.in_(("done", "started")),
    )


async def newest_outcomes(
    session: AsyncSession, *, bot_id: int, chat_id: int, sender_ids: Collection[int]
) -> dict[int, Outcome]:
    """The newest outcome here of each of these senders; those without one are left out."""
    if not sender_ids:
        return {}
    newest = (
        select(Outcome.sender_id, func.max(Outcome.date).label("date"))
        .where(
            Outcome.bot_id == bot_id,
            Outcome.chat_id == chat_id,
            Outcome.sender_id.in_(sender_ids),
        )
        .group_by(Outcome.sender_id)
        .subquery()
    )
    query = (
        select(Outcome)
        .join(newest, (newest.c.sender_id == Outcome.sender_id) & (newest.c.date == Outcome.date))
        .where(Outcome.bot_id == bot_id, Outcome.chat_id == chat_id)
        .order_by(Outcome.update_id, Outcome.round)
    )
    return {row.sender_id: row for row in await session.scalars(query)}


async def count_outcomes(
    session: AsyncSession, *, bot_id: int, chat_id: int, sender_ids: Collection[int]
) -> dict[int, int]:
    """How many outcomes there are of each of these senders here."""
    if not sender_ids:
        return {}
    query = (
        select(Outcome.sender_id, func.count())
        .where(
            Outcome.bot_id == bot_id,
            Outcome.chat_id == chat_id,
            Outcome.sender_id.in_(sender_ids),
        )
        .group_by(Outcome.sender_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def actions_on(
    session: AsyncSession, *, bot_id: int, chat_id: int, sender_ids: Collection[int]
) -> dict[int, list[Action]]:
    """What was done, undone or is to be done to each of these senders here; deletions of messages are left out."""
    found: dict[int, list[Action]] = {sender_id: [] for sender_id in sender_ids}
    query = select(Action).where(
        Action.bot_id == bot_id,
        Action.chat_id == chat_id,
        Action.sender_id.in_(found),
        Action.kind.in_((*PUNISHMENTS, "undo", "delete_reactions")),
    )
    for action in await session.scalars(query.order_by(Action.date, Action.id)):
        found[action.sender_id].append(action)
    return found


async def strikes_of(
    session: AsyncSession, *, bot_id: int, chat_id: int, sender_id: int, now: datetime
) -> Sequence[Strike]:
    """Warnings that count now, the newest first."""
    query = select(Strike).where(
        Strike.bot_id == bot_id,
        Strike.chat_id == chat_id,
        Strike.sender_id == sender_id,
        Strike.expires_at > now,
        Strike.taken_back_at.is_(None),
    )
    return (await session.scalars(query.order_by(Strike.given_at.desc(), Strike.id))).all()


async def allowances_of(
    session: AsyncSession, *, bot_id: int, chat_id: int, sender_ids: Collection[int]
) -> dict[int, list[AllowedSender]]:
    """By which groups of the workspace, this one first, each of these senders is allowed."""
    query = (
        select(AllowedSender)
        .join(
            GIVING,
            (GIVING.bot_id == AllowedSender.bot_id) & (GIVING.chat_id == AllowedSender.chat_id),
        )
        .join(Group, (Group.bot_id == GIVING.bot_id) & counts_in_it())
        .where(
            Group.bot_id == bot_id,
            Group.chat_id == chat_id,
            AllowedSender.sender_id.in_(sender_ids),
        )
        .order_by(AllowedSender.chat_id != chat_id, AllowedSender.allowed_at)
    )
    found: dict[int, list[AllowedSender]] = {sender_id: [] for sender_id in sender_ids}
    for row in await session.scalars(query):
        found[row.sender_id].append(row)
    return found
