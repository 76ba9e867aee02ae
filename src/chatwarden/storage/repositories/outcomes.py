"""Queries about outcomes."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, cast, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Outcome, OutcomeState
from chatwarden.storage.repositories.scope import Scope

_TRACE_ID = re.compile(r"([0-9]{1,16})-([0-9]{1,16})-([0-9]{1,4})")
"""Ids of Telegram have up to 52 bits."""
_COLUMNS = Outcome.__table__.c
"""Thousands of rows are read at once without the cost of an object each."""


@dataclass(frozen=True, slots=True)
class OutcomeKey:
    """What names an outcome: bot, update and round; written as its trace id."""

    bot_id: int
    update_id: int
    round: int

    @classmethod
    def parse(cls, trace_id: str) -> "OutcomeKey | None":
        """None where the text is no trace id."""
        found = _TRACE_ID.fullmatch(trace_id)
        return None if found is None else cls(*(int(part) for part in found.groups()))

    @property
    def trace_id(self) -> str:
        return f"{self.bot_id}-{self.update_id}-{self.round}"


@dataclass(frozen=True, slots=True)
class PageStart:
    """The last row of the page before: the next page holds older ones."""

    date: datetime
    bot_id: int
    update_id: int
    round: int


class Findings(NamedTuple):
    """What was found in a group's events, the newest first. There may be thousands."""

    trace_ids: list[str]
    verdicts: str
    """JSON, a line each."""
    oldest: datetime | None
    """None where there are none."""


async def findings(
    session: AsyncSession, *, bot_id: int, chat_id: int, since: datetime, limit: int
) -> Findings:
    """The newest of a group. They come as one row, put together by the database: Python, and all that waits for it, handles no single one."""
    newest = (
        select(_COLUMNS.bot_id, _COLUMNS.update_id, _COLUMNS.round, _COLUMNS.date)
        # As it is stored, and without line breaks: none is written outside a JSON's texts, nor within them.
        .add_columns(cast(_COLUMNS.verdict, Text).label("verdict"))
        .where(_COLUMNS.bot_id == bot_id, _COLUMNS.chat_id == chat_id, _COLUMNS.date >= since)
        .order_by(_COLUMNS.date.desc(), _COLUMNS.update_id.desc(), _COLUMNS.round.desc())
        .limit(limit)
        .subquery()
    )
    key = (newest.c.bot_id, newest.c.update_id, newest.c.round)
    query = select(
        func.aggregate_strings(_trace_id(*key), " "),
        func.aggregate_strings(newest.c.verdict, "\n"),
        func.min(newest.c.date),
    )
    trace_ids, verdicts, oldest = (await session.execute(query)).one()
    return Findings((trace_ids or "").split(), verdicts or "", oldest)


def _trace_id(*key: ColumnElement[int]) -> ColumnElement[str]:
    """Of bot, update and round."""
    bot_id, update_id, number = (cast(part, Text) for part in key)
    return bot_id + "-" + update_id + "-" + number


async def event_of(session: AsyncSession, trace_id: str) -> str | None:
    """What happened, of an outcome; None where there is none of that trace id."""
    key = OutcomeKey.parse(trace_id)
    if key is None:
        return None
    query = select(Outcome.event).where(
        Outcome.bot_id == key.bot_id,
        Outcome.update_id == key.update_id,
        Outcome.round == key.round,
    )
    return await session.scalar(query)


async def find_visible_outcome(
    session: AsyncSession, key: OutcomeKey, scope: Scope
) -> Outcome | None:
    """None where it does not exist or is out of scope: the difference is not told.

    A later round takes an earlier one's place: who asks for the earlier is shown the later.
    """
    query = select(Outcome).where(
        Outcome.bot_id == key.bot_id,
        Outcome.update_id == key.update_id,
        Outcome.round >= key.round,
        scope.covers(Outcome),
    )
    return await session.scalar(query.order_by(Outcome.round).limit(1))


async def find_outcome_of_message(
    session: AsyncSession, *, bot_id: int, chat_id: int, message_id: int
) -> Outcome | None:
    """The newest about a message; None where evidence never fired on it."""
    query = (
        select(Outcome)
        .where(
            Outcome.bot_id == bot_id,
            Outcome.chat_id == chat_id,
            Outcome.message_id == message_id,
        )
        .order_by(Outcome.update_id.desc(), Outcome.round.desc())
    )
    return await session.scalar(query.limit(1))


async def find_outcome_of_update(
    session: AsyncSession, *, bot_id: int, update_id: int
) -> Outcome | None:
    """That of the last round."""
    query = (
        select(Outcome)
        .where(Outcome.bot_id == bot_id, Outcome.update_id == update_id)
        .order_by(Outcome.round.desc())
    )
    return await session.scalar(query.limit(1))


async def list_outcomes(
    session: AsyncSession,
    scope: Scope,
    *,
    limit: int,
    before: PageStart | None = None,
    chat_id: int | None = None,
    sender_id: int | None = None,
    states: Collection[OutcomeState] = (),
) -> Sequence[Outcome]:
    """The newest outcomes in scope first, `limit` at most, older than `before`."""
    order = (Outcome.date, Outcome.bot_id, Outcome.update_id, Outcome.round)
    query = select(Outcome).where(scope.covers(Outcome))
    query = query.order_by(*(column.desc() for column in order)).limit(limit)
    if before is not None:
        start = (before.date, before.bot_id, before.update_id, before.round)
        query = query.where(tuple_(*order) < start)
    if chat_id is not None:
        query = query.where(Outcome.chat_id == chat_id)
    if sender_id is not None:
        query = query.where(Outcome.sender_id == sender_id)
    if states:
        query = query.where(Outcome.state.in_(states))
    return (await session.scalars(query)).all()


class Written(NamedTuple):
    """An event whose texts are kept. There may be thousands at once."""

    bot_id: int
    update_id: int
    round: int
    date: datetime
    sender_kind: str
    sender_id: int
    message_verdict: str
    sealed: bytes
    messages_here: int
    """Of its sender, before it."""

    @property
    def trace_id(self) -> str:
        return OutcomeKey(self.bot_id, self.update_id, self.round).trace_id


async def outcomes_with_texts(
    session: AsyncSession, *, bot_id: int, chat_id: int, since: datetime, limit: int
) -> list[Written]:
    """The newest of a group whose texts are still kept, none from before `since`."""
    messages_here = _COLUMNS.verdict["context"]["messages_here"].as_integer()
    query = (
        select(
            _COLUMNS.bot_id,
            _COLUMNS.update_id,
            _COLUMNS.round,
            _COLUMNS.date,
            _COLUMNS.sender_kind,
            _COLUMNS.sender_id,
            _COLUMNS.message_verdict,
            _COLUMNS.sealed,
            func.coalesce(messages_here, 0),
        )
        .where(
            _COLUMNS.bot_id == bot_id,
            _COLUMNS.chat_id == chat_id,
            _COLUMNS.date >= since,
            _COLUMNS.sealed.is_not(None),
        )
        .order_by(_COLUMNS.date.desc(), _COLUMNS.update_id.desc())
        .limit(limit)
    )
    return [Written._make(row) for row in await session.execute(query)]
