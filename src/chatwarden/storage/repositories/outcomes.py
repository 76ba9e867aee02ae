"""Queries about outcomes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Action, Outcome, OutcomeState


@dataclass(frozen=True, slots=True)
class OutcomeKey:
    """What names an outcome: bot, update and round; written as its trace id."""

    bot_id: int
    update_id: int
    round: int

    @classmethod
    def parse(cls, trace_id: str) -> "OutcomeKey | None":
        """None where the text is no trace id."""
        parts = trace_id.split("-")
        if len(parts) != 3 or not all(p.isascii() and p.isdigit() and len(p) <= 16 for p in parts):
            return None
        return cls(*(int(part) for part in parts))

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


async def find_outcome(session: AsyncSession, key: OutcomeKey) -> Outcome | None:
    return await session.get(Outcome, (key.bot_id, key.update_id, key.round))


async def list_outcomes(
    session: AsyncSession,
    *,
    limit: int,
    before: PageStart | None = None,
    chat_id: int | None = None,
    states: Collection[OutcomeState] = (),
) -> Sequence[Outcome]:
    """The newest outcomes first, `limit` at most, older than `before`."""
    order = (Outcome.date, Outcome.bot_id, Outcome.update_id, Outcome.round)
    query = select(Outcome).order_by(*(column.desc() for column in order)).limit(limit)
    if before is not None:
        start = (before.date, before.bot_id, before.update_id, before.round)
        query = query.where(tuple_(*order) < start)
    if chat_id is not None:
        query = query.where(Outcome.chat_id == chat_id)
    if states:
        query = query.where(Outcome.state.in_(states))
    return (await session.scalars(query)).all()


async def actions_of(
    session: AsyncSession, keys: Collection[OutcomeKey]
) -> dict[OutcomeKey, list[Action]]:
    """The actions of each outcome, in the order in which they were asked for."""
    if not keys:
        return {}
    columns = (Action.bot_id, Action.update_id, Action.round)
    query = (
        select(Action)
        .where(tuple_(*columns).in_([(k.bot_id, k.update_id, k.round) for k in keys]))
        .order_by(Action.due_at, Action.id)
    )
    found: dict[OutcomeKey, list[Action]] = {key: [] for key in keys}
    for action in await session.scalars(query):
        found[OutcomeKey(action.bot_id, action.update_id, action.round)].append(action)
    return found
