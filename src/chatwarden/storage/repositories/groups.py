"""Queries about groups."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Group, HourlyCount
from chatwarden.storage.repositories.counts import day_of_hour
from chatwarden.storage.repositories.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class Counts:
    """How many events of a group were judged, and what came of them."""

    judged: int = 0
    flagged: int = 0
    deleted: int = 0
    punished: int = 0


async def list_groups(session: AsyncSession, *, bot_id: int) -> Sequence[Group]:
    """Every group of a bot, by title."""
    query = select(Group).where(Group.bot_id == bot_id).order_by(Group.title, Group.chat_id)
    return (await session.scalars(query)).all()


async def list_visible_groups(session: AsyncSession, scope: Scope) -> Sequence[Group]:
    """The groups in scope, by title."""
    query = select(Group).where(scope.covers(Group)).order_by(Group.title, Group.chat_id)
    return (await session.scalars(query)).all()


async def find_visible_group(
    session: AsyncSession, scope: Scope, *, bot_id: int, chat_id: int
) -> Group | None:
    """None where there is none in scope."""
    query = select(Group).where(
        scope.covers(Group), Group.bot_id == bot_id, Group.chat_id == chat_id
    )
    return await session.scalar(query)


async def find_group(session: AsyncSession, *, bot_id: int, chat_id: int) -> Group | None:
    return await session.get(Group, (bot_id, chat_id))


async def find_groups(
    session: AsyncSession, *, bot_id: int, chat_ids: Collection[int]
) -> Sequence[Group]:
    """These groups of a bot, as far as there are any."""
    query = select(Group).where(Group.bot_id == bot_id, Group.chat_id.in_(chat_ids))
    return (await session.scalars(query)).all()


async def groups_named(session: AsyncSession, chat_ids: Collection[int]) -> Sequence[Group]:
    """Of whichever bot."""
    query = select(Group).where(Group.chat_id.in_(chat_ids)).order_by(Group.chat_id)
    return (await session.scalars(query)).all()


async def titles_and_policies(
    session: AsyncSession, scope: Scope, chat_ids: Collection[int]
) -> dict[tuple[int, int], tuple[str, dict[str, Any]]]:
    """Title and policy of those groups that are in scope, by bot and chat."""
    columns = (Group.bot_id, Group.chat_id, Group.title, Group.policy)
    query = select(*columns).where(scope.covers(Group), Group.chat_id.in_(chat_ids))
    return {
        (bot_id, chat_id): (title, policy)
        for bot_id, chat_id, title, policy in await session.execute(query)
    }


@dataclass(frozen=True, slots=True)
class Census:
    """How many groups a deployment has."""

    bots: int
    groups: int
    """That a bot is in."""
    guarded: int
    lacking_rights: int


async def census(session: AsyncSession) -> Census:
    """Of all bots."""
    query = select(Group.bot_id, Group.mode, Group.missing_rights).where(Group.left_at.is_(None))
    rows = (await session.execute(query)).all()
    return Census(
        bots=len({bot_id for bot_id, _, _ in rows}),
        groups=len(rows),
        guarded=sum(mode == "guard" for _, mode, _ in rows),
        lacking_rights=sum(bool(missing) for _, _, missing in rows),
    )


async def counts_since(
    session: AsyncSession, since: datetime, scope: Scope = EVERYTHING
) -> dict[tuple[int, int], Counts]:
    """What was counted since an hour began, by bot and chat."""
    columns = (HourlyCount.judged, HourlyCount.flagged, HourlyCount.deleted, HourlyCount.punished)
    query = (
        select(HourlyCount.bot_id, HourlyCount.chat_id, *(func.sum(column) for column in columns))
        .where(HourlyCount.hour >= since, scope.covers(HourlyCount))
        .group_by(HourlyCount.bot_id, HourlyCount.chat_id)
    )
    return {
        (bot_id, chat_id): Counts(*(int(number) for number in numbers))
        for bot_id, chat_id, *numbers in await session.execute(query)
    }


async def counts_of(
    session: AsyncSession, *, bot_id: int, chat_id: int, since: datetime | None
) -> Counts:
    """What was counted in a group since then; None: since it is guarded."""
    columns = (HourlyCount.judged, HourlyCount.flagged, HourlyCount.deleted, HourlyCount.punished)
    query = select(*(func.coalesce(func.sum(column), 0) for column in columns)).where(
        HourlyCount.bot_id == bot_id, HourlyCount.chat_id == chat_id
    )
    if since is not None:
        query = query.where(HourlyCount.hour >= since)
    return Counts(*(int(number) for number in (await session.execute(query)).one()))


async def neighbours(
    session: AsyncSession, group: Group, scope: Scope = EVERYTHING
) -> Sequence[Group]:
    """The other groups of its workspace that the bot is in, as far as they are in scope, by title."""
    if group.workspace_id is None:
        return []
    query = select(Group).where(
        Group.bot_id == group.bot_id,
        Group.workspace_id == group.workspace_id,
        Group.chat_id != group.chat_id,
        Group.left_at.is_(None),
        scope.covers(Group),
    )
    return (await session.scalars(query.order_by(Group.title, Group.chat_id))).all()


async def workspace_of(
    session: AsyncSession, group: Group, scope: Scope = EVERYTHING
) -> Sequence[Group]:
    """All groups of its workspace, itself and those that the bot has left too, as far as they are in scope, by title. Itself alone where it is in none."""
    mine = (Group.bot_id == group.bot_id) & (Group.chat_id == group.chat_id)
    if group.workspace_id is not None:
        mine = (Group.bot_id == group.bot_id) & (Group.workspace_id == group.workspace_id)
    query = select(Group).where(mine, scope.covers(Group))
    return (await session.scalars(query.order_by(Group.title, Group.chat_id))).all()


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What was judged and deleted on a day."""

    day: datetime
    judged: int = 0
    deleted: int = 0


async def counts_by_day(
    session: AsyncSession, scope: Scope, *, first: datetime, days: int
) -> dict[tuple[int, int], list[DayCounts]]:
    """So many days from the first, a midnight, by bot and chat; groups without any traffic are left out."""
    starts = [first + timedelta(days=number) for number in range(days)]
    day = day_of_hour(session)
    query = (
        select(
            HourlyCount.bot_id,
            HourlyCount.chat_id,
            day,
            func.sum(HourlyCount.judged),
            func.sum(HourlyCount.deleted),
        )
        .where(HourlyCount.hour >= first, scope.covers(HourlyCount))
        .group_by(HourlyCount.bot_id, HourlyCount.chat_id, day)
    )
    found: dict[tuple[int, int], dict[str, tuple[int, int]]] = defaultdict(dict)
    for bot_id, chat_id, when, judged, deleted in await session.execute(query):
        found[bot_id, chat_id][str(when)] = int(judged), int(deleted)
    return {
        key: [DayCounts(start, *counts.get(str(start.date()), (0, 0))) for start in starts]
        for key, counts in found.items()
    }
