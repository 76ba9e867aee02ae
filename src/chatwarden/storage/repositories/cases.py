"""Queries about cases: outcomes that a person has to decide, because the verdict says so or whoever it met appealed, and those that somebody decided."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from chatwarden.storage.models import Appeal, Feedback, Outcome
from chatwarden.storage.repositories.appeals import DECIDED, IS_OPEN
from chatwarden.storage.repositories.keys import is_one_of
from chatwarden.storage.repositories.outcomes import PageStart
from chatwarden.storage.repositories.scope import Scope

_T = TypeVar("_T")


def _is_in_review() -> ColumnElement[bool]:
    """Of outcomes: in review, and no admin has said yet what it is. What members report decides nothing."""
    said = select(1).where(
        Feedback.bot_id == Outcome.bot_id,
        Feedback.update_id == Outcome.update_id,
        Feedback.source == "admin",
        Feedback.taken_back_at.is_(None),
    )
    # Written out: an index over what is in review serves only those who ask for just that.
    return and_(Outcome.state == literal_column("'review'"), ~said.exists())


def _value(column: InstrumentedAttribute[_T]) -> ColumnElement[_T]:
    """To sort or group by: SQLite would rather read the whole table in a column's own order than sort the few that are in review."""
    return func.coalesce(column, column)


async def list_open(
    session: AsyncSession,
    scope: Scope,
    *,
    limit: int,
    before: PageStart | None = None,
    chat_id: int | None = None,
    only_appealed: bool = False,
) -> Sequence[Outcome]:
    """The newest first, older than `before`."""
    # Asked one by one, an index over few rows answers each.
    queries = [_appealed(scope)]
    if not only_appealed:
        queries.append(select(Outcome).where(_is_in_review(), scope.covers(Outcome)))
    rows: dict[str, Outcome] = {}
    for query in queries:
        page = query.order_by(_value(Outcome.date).desc(), *(one.desc() for one in _ORDER[1:]))
        if before is not None:
            start = (before.date, before.bot_id, before.update_id, before.round)
            page = page.where(tuple_(*_ORDER) < start)
        if chat_id is not None:
            page = page.where(Outcome.chat_id == chat_id)
        rows |= {row.trace_id: row for row in await session.scalars(page.limit(limit))}
    newest = sorted(
        rows.values(),
        key=lambda row: (row.date, row.bot_id, row.update_id, row.round),
        reverse=True,
    )
    return newest[:limit]


_ORDER = (Outcome.date, Outcome.bot_id, Outcome.update_id, Outcome.round)


def _appealed(scope: Scope) -> Select[Outcome]:
    """Outcomes whose appeal waits; one does at most."""
    waits = (Appeal.bot_id == Outcome.bot_id) & (Appeal.update_id == Outcome.update_id)
    return select(Outcome).join(Appeal, waits).where(IS_OPEN, scope.covers(Appeal))


async def count_open(session: AsyncSession, scope: Scope) -> dict[tuple[int, int], int]:
    """How many wait for somebody to decide, by bot and chat."""
    in_review = (
        select(_value(Outcome.bot_id), Outcome.chat_id, func.count())
        .where(_is_in_review(), scope.covers(Outcome))
        .group_by(_value(Outcome.bot_id), Outcome.chat_id)
    )
    # What is in review was not acted on, so nobody can have appealed it.
    appealed = (
        select(Appeal.bot_id, Appeal.chat_id, func.count())
        .where(IS_OPEN, scope.covers(Appeal))
        .group_by(Appeal.bot_id, Appeal.chat_id)
    )
    found: Counter[tuple[int, int]] = Counter()
    for query in (in_review, appealed):
        for bot_id, chat_id, number in await session.execute(query):
            found[bot_id, chat_id] += number
    return dict(found)


async def list_decisions(
    session: AsyncSession,
    scope: Scope,
    *,
    limit: int,
    before: int | None = None,
    chat_id: int | None = None,
    only_appealed: bool = False,
) -> Sequence[Feedback]:
    """What admins said last, the newest first, older than the one with the id `before`."""
    query = (
        select(Feedback)
        .where(
            Feedback.source == "admin",
            Feedback.taken_back_at.is_(None),
            scope.covers(Feedback),
        )
        .order_by(Feedback.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Feedback.id < before)
    if chat_id is not None:
        query = query.where(Feedback.chat_id == chat_id)
    if only_appealed:
        decided = select(1).where(
            Appeal.bot_id == Feedback.bot_id,
            Appeal.update_id == Feedback.update_id,
            Appeal.state.in_(DECIDED),
        )
        query = query.where(decided.exists())
    return (await session.scalars(query)).all()


async def outcomes_of(
    session: AsyncSession, scope: Scope, keys: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Outcome]:
    """The outcome that is shown of each update, by bot and update; that of the last round."""
    if not keys:
        return {}
    query = (
        select(Outcome)
        .where(is_one_of((Outcome.bot_id, Outcome.update_id), keys), scope.covers(Outcome))
        .order_by(Outcome.round)
    )
    return {(row.bot_id, row.update_id): row for row in await session.scalars(query)}


async def feedback_on(
    session: AsyncSession, outcomes: Collection[Outcome]
) -> dict[tuple[int, int], list[Feedback]]:
    """What counts of what was said of each, by bot and update; the newest first."""
    keys = [(row.bot_id, row.update_id) for row in outcomes]
    found: dict[tuple[int, int], list[Feedback]] = defaultdict(list)
    if keys:
        query = (
            select(Feedback)
            .where(
                is_one_of((Feedback.bot_id, Feedback.update_id), keys),
                Feedback.taken_back_at.is_(None),
            )
            .order_by(Feedback.id.desc())
        )
        for row in await session.scalars(query):
            found[row.bot_id, row.update_id].append(row)
    return found
