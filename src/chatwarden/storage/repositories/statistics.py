"""Statistics of a group, read from roll-ups alone: what a year costs does not depend on how much was judged in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import DailyCount, HourlyCount
from chatwarden.storage.repositories.counts import day_of_hour


@dataclass(frozen=True, slots=True)
class Days:
    """Days of a group, both ends included."""

    bot_id: int
    chat_id: int
    first: date
    last: date


async def sums(session: AsyncSession, days: Days) -> dict[str, dict[str, int]]:
    """What was counted, by kind and name (`daily.CountKind`)."""
    query = (
        select(DailyCount.kind, DailyCount.name, func.sum(DailyCount.count))
        .where(*_of(days))
        .group_by(DailyCount.kind, DailyCount.name)
    )
    found: dict[str, dict[str, int]] = {}
    for kind, name, number in await session.execute(query):
        if number > 0:
            found.setdefault(kind, {})[name] = int(number)
    return found


async def results_by_day(session: AsyncSession, days: Days) -> dict[date, dict[str, int]]:
    """What came of outcomes, by day and result."""
    query = select(DailyCount.day, DailyCount.name, DailyCount.count).where(
        *_of(days), DailyCount.kind == "result"
    )
    found: dict[date, dict[str, int]] = {}
    for day, name, number in await session.execute(query):
        found.setdefault(day, {})[name] = number
    return found


async def every_count(session: AsyncSession, days: Days) -> Sequence[Row[date, str, str, int]]:
    """Day, kind, name and count, in this order."""
    columns = (DailyCount.day, DailyCount.kind, DailyCount.name, DailyCount.count)
    query = select(*columns).where(*_of(days), DailyCount.count > 0).order_by(*columns[:3])
    return (await session.execute(query)).all()


async def judged_by_day(session: AsyncSession, days: Days) -> dict[date, int]:
    """Messages judged, by day; days without any are left out."""
    day = day_of_hour(session)
    query = (
        select(day, func.sum(HourlyCount.judged))
        .where(
            HourlyCount.bot_id == days.bot_id,
            HourlyCount.chat_id == days.chat_id,
            HourlyCount.hour >= _start_of(days.first),
            HourlyCount.hour < _start_of(days.last + timedelta(days=1)),
        )
        .group_by(day)
    )
    return {
        date.fromisoformat(str(when)): int(number) for when, number in await session.execute(query)
    }


def _of(days: Days) -> tuple[ColumnElement[bool], ...]:
    return (
        DailyCount.bot_id == days.bot_id,
        DailyCount.chat_id == days.chat_id,
        DailyCount.day.between(days.first, days.last),
    )


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
