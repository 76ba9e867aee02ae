"""Queries about raids. At most one of a group is on; it is until somebody notes its end."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast, get_args

import msgspec
from sqlalchemy import CursorResult, Select, func, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Action, Challenge, ChallengeState, Group, RaidRecord
from chatwarden.storage.repositories.daily import count
from chatwarden.storage.repositories.webhooks import Happened, note_events

SHORTEST_RAID, LONGEST_RAID = timedelta(minutes=5), timedelta(days=1)
"""Of those that people begin."""
_DONE_WITHIN = timedelta(hours=1)
"""What a raid's messages and joins bring about is done by then after its end."""


class RaidPolicy(msgspec.Struct, frozen=True):
    """By contracts/generated/policy.schema.json."""

    automatic: bool = True
    minutes: int = 15
    joins: Literal["ask", "remove", "let_in"] = "ask"

    @property
    def lasts(self) -> timedelta:
        """After the last mass join."""
        return timedelta(minutes=self.minutes)


def raid_policy(group: Group) -> RaidPolicy:
    """A policy that is older than raids has their defaults."""
    return msgspec.convert(group.policy.get("raid", {}), RaidPolicy)


@dataclass(frozen=True, slots=True)
class RaidFigures:
    """What was done from a raid's beginning to its end."""

    asked: int = 0
    passed: int = 0
    removed: int = 0
    deleted: int = 0
    banned: int = 0


async def current_raid(session: AsyncSession, *, bot_id: int, chat_id: int) -> RaidRecord | None:
    """The raid of a group that nobody has ended."""
    query = select(RaidRecord).where(
        RaidRecord.bot_id == bot_id, RaidRecord.chat_id == chat_id, RaidRecord.ended_at.is_(None)
    )
    return (await session.scalars(query.order_by(RaidRecord.started_at.desc()).limit(1))).first()


async def list_raids(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_id: int,
    before: datetime | None,
    limit: int,
) -> Sequence[RaidRecord]:
    """A group's raids that began before then, the latest first."""
    query = select(RaidRecord).where(RaidRecord.bot_id == bot_id, RaidRecord.chat_id == chat_id)
    if before is not None:
        query = query.where(RaidRecord.started_at < before)
    return (await session.scalars(query.order_by(RaidRecord.started_at.desc()).limit(limit))).all()


async def raided_chats(
    session: AsyncSession, *, bot_id: int, chat_ids: Collection[int] | None = None
) -> set[int]:
    """Groups of a bot, or of these, in which a raid is on."""
    query = select(RaidRecord.chat_id).where(
        RaidRecord.bot_id == bot_id, RaidRecord.ended_at.is_(None)
    )
    if chat_ids is not None:
        query = query.where(RaidRecord.chat_id.in_(chat_ids))
    return set(await session.scalars(query))


async def begin_raid(
    session: AsyncSession, *, bot_id: int, chat_id: int, by: str, now: datetime, until: datetime
) -> RaidRecord | None:
    """Begin a raid, or let the one that is on go on until then; None where that was so already."""
    raid = await current_raid(session, bot_id=bot_id, chat_id=chat_id)
    if raid is not None:
        if raid.until >= until:
            return None
        raid.until = until
        return raid
    raid = RaidRecord(
        id=f"{bot_id}-{chat_id}-{int(now.timestamp() * 1000)}",
        bot_id=bot_id,
        chat_id=chat_id,
        started_at=now,
        started_by=by,
        until=until,
        joins=0,
        told=[],
    )
    happened = Happened(
        event="raid.begun", bot_id=bot_id, chat_id=chat_id, detail={"until": until.isoformat()}
    )
    await note_events(session, [happened], now=now)
    count(session, (bot_id, chat_id), now, [("raid", "begun")])
    session.add(raid)
    return raid


@dataclass(frozen=True, slots=True, kw_only=True)
class MassJoin:
    """Joins and requests of one batch, that belong to a mass join."""

    bot_id: int
    chat_id: int
    joins: int
    last: datetime


async def note_mass_joins(session: AsyncSession, wave: MassJoin, *, now: datetime) -> bool:
    """Count joins of a mass join. True where a raid begins with them: the group is guarded, and wants that."""
    bot_id, chat_id = wave.bot_id, wave.chat_id
    group = await session.get(Group, (bot_id, chat_id))
    if group is None or group.mode != "guard":
        return False
    raid = await current_raid(session, bot_id=bot_id, chat_id=chat_id)
    until = wave.last + raid_policy(group).lasts
    if raid is not None:
        raid.joins += wave.joins
        raid.until = max(raid.until, until)
        return False
    if not await may_begin(session, group, last=wave.last, now=now):
        return False
    begun = await begin_raid(
        session, bot_id=bot_id, chat_id=chat_id, by="joins", now=now, until=until
    )
    assert begun is not None
    begun.joins = wave.joins
    return True


async def may_begin(session: AsyncSession, group: Group, *, last: datetime, now: datetime) -> bool:
    """Whether a mass join, its last join then, begins a raid by itself: not soon after people ended one, who know better."""
    policy = raid_policy(group)
    if group.mode != "guard" or not policy.automatic or last + policy.lasts <= now:
        return False
    ended = await session.scalar(
        select(func.max(RaidRecord.ended_at)).where(
            RaidRecord.bot_id == group.bot_id,
            RaidRecord.chat_id == group.chat_id,
            RaidRecord.ended_by != "time",
        )
    )
    return ended is None or ended + policy.lasts <= now


async def end_raid(
    session: AsyncSession, *, bot_id: int, chat_id: int, by: str, now: datetime
) -> bool:
    """False where none is on."""
    ended = await session.execute(
        update(RaidRecord)
        .where(
            RaidRecord.bot_id == bot_id,
            RaidRecord.chat_id == chat_id,
            RaidRecord.ended_at.is_(None),
        )
        .values(ended_at=now, ended_by=by)
    )
    if cast("CursorResult[Any]", ended).rowcount == 0:
        return False
    happened = Happened(event="raid.ended", bot_id=bot_id, chat_id=chat_id)
    await note_events(session, [happened], now=now)
    return True


async def note_told(session: AsyncSession, raid_id: str, told: list[list[int]]) -> None:
    """Where admins were told of a raid: chats and messages."""
    await session.execute(update(RaidRecord).where(RaidRecord.id == raid_id).values(told=told))


async def raids_to_tell(session: AsyncSession, *, bot_id: int) -> Sequence[RaidRecord]:
    """All that are on, or ended and not told yet: an ended one is told once, and then holds no messages any more."""
    query = select(RaidRecord).where(
        RaidRecord.bot_id == bot_id,
        RaidRecord.ended_at.is_(None) | (func.json_array_length(RaidRecord.told) > 0),
    )
    return (await session.scalars(query.order_by(RaidRecord.started_at))).all()


async def figures_of(
    session: AsyncSession, raids: Sequence[RaidRecord], *, now: datetime
) -> list[RaidFigures]:
    """What was done in the group since each raid began, up to its end. Whoever is put out by the gate may come back, and is no ban."""
    if not raids:
        return []
    parts = [
        part for number, raid in enumerate(raids) for part in _what_was_done(number, raid, now)
    ]
    counts: list[Counter[str]] = [Counter() for _ in raids]
    for number, what, how_many in await session.execute(union_all(*parts)):
        counts[number][what] += how_many
    return [
        RaidFigures(
            asked=sum(count[state] for state in get_args(ChallengeState)),
            passed=count["passed"],
            removed=count["failed"] + count["expired"] + count["kick"],
            deleted=count["delete_message"],
            banned=count["ban"],
        )
        for count in counts
    ]


def _what_was_done(number: int, raid: RaidRecord, now: datetime) -> Iterator[Select[Any, Any, Any]]:
    """How many questions of the gate are in which state, and how many actions of which kind were done."""
    end = raid.ended_at or now
    yield (
        select(literal(number), Challenge.state, func.count())
        .where(
            Challenge.bot_id == raid.bot_id,
            Challenge.chat_id == raid.chat_id,
            Challenge.cause == "join",
            Challenge.asked_at.between(raid.started_at, end),
        )
        .group_by(Challenge.state)
    )
    yield (
        select(literal(number), Action.kind, func.count())
        .where(
            Action.bot_id == raid.bot_id,
            Action.chat_id == raid.chat_id,
            Action.kind.in_(("kick", "delete_message", "ban")),
            Action.done_at.between(raid.started_at, end + _DONE_WITHIN),
            Action.date.between(raid.started_at, end),
            Action.state == "done",
            Action.requested_by.not_in(("bot", "gate")),
        )
        .group_by(Action.kind)
    )
