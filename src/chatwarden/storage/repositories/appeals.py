"""Queries about appeals: what may be appealed, by whom, and what came of it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, and_, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import ActionKind
from chatwarden.storage.models import UNDOABLE, Action, Appeal, Notice, Outcome
from chatwarden.storage.models.action import HOLDING
from chatwarden.storage.repositories.insert import insert_new
from chatwarden.storage.repositories.keys import is_one_of

IS_OPEN = Appeal.state == literal_column("'open'")
"""Written out: the index over what is open serves only those who ask for just that."""
DECIDED = ("accepted", "refused", "lapsed")


def place_of(appeal_id: str) -> str:
    """What somebody's words are sealed for."""
    return f"appeal:{appeal_id}"


async def outcomes_against(
    session: AsyncSession, *, bot_id: int, user_id: int, limit: int
) -> Sequence[Outcome]:
    """Outcomes by which something was done to somebody and not taken back, the newest first."""
    query = (
        select(Outcome)
        .where(
            Outcome.bot_id == bot_id,
            Outcome.sender_id == user_id,
            Outcome.state.in_(UNDOABLE),
        )
        .order_by(Outcome.date.desc(), Outcome.update_id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def held_actions(
    session: AsyncSession, *, bot_id: int, chat_ids: Collection[int], user_id: int, now: datetime
) -> Sequence[Action]:
    """What may hold somebody now in these groups, whoever asked for it, the newest first."""
    query = (
        select(Action)
        .where(
            Action.bot_id == bot_id,
            Action.chat_id.in_(chat_ids),
            Action.sender_id == user_id,
            literal_column(HOLDING),
            Action.state.in_(("started", "done")),
            Action.until_date.is_(None) | (Action.until_date > now),
        )
        .order_by(Action.date.desc(), Action.id)
    )
    return (await session.scalars(query)).all()


async def newest_of(
    session: AsyncSession, keys: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Appeal]:
    """The newest appeal about each outcome, by bot and update; drafts are none."""
    return {key: appeals[-1] for key, appeals in (await appeals_of(session, keys)).items()}


async def appeals_of(
    session: AsyncSession, keys: Collection[tuple[int, int]]
) -> dict[tuple[int, int], list[Appeal]]:
    """All appeals about each outcome, the oldest first; drafts are none."""
    found: dict[tuple[int, int], list[Appeal]] = {}
    if keys:
        query = (
            select(Appeal)
            .where(
                is_one_of((Appeal.bot_id, Appeal.update_id), keys), Appeal.opened_at.is_not(None)
            )
            .order_by(Appeal.opened_at, Appeal.id)
        )
        for row in await session.scalars(query):
            found.setdefault((row.bot_id, row.update_id), []).append(row)
    return found


async def opened_last(
    session: AsyncSession, *, bot_id: int, user_id: int, chat_id: int
) -> datetime | None:
    """When somebody appealed last in a group."""
    query = select(func.max(Appeal.opened_at)).where(
        Appeal.bot_id == bot_id, Appeal.user_id == user_id, Appeal.chat_id == chat_id
    )
    return await session.scalar(query)


async def draft_of(
    session: AsyncSession, *, bot_id: int, user_id: int, since: datetime
) -> Appeal | None:
    """The newest for which somebody was asked for their words since then."""
    query = (
        select(Appeal)
        .where(
            Appeal.bot_id == bot_id,
            Appeal.user_id == user_id,
            Appeal.state == "draft",
            Appeal.asked_at >= since,
        )
        .order_by(Appeal.asked_at.desc(), Appeal.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def last_opened(
    session: AsyncSession, *, bot_id: int, user_id: int, since: datetime
) -> Appeal | None:
    """What somebody appealed last, where that was since then."""
    query = select(Appeal).where(
        Appeal.bot_id == bot_id, Appeal.user_id == user_id, Appeal.opened_at >= since
    )
    return await session.scalar(query.order_by(Appeal.opened_at.desc()).limit(1))


async def is_begun(session: AsyncSession, *, bot_id: int, update_id: int) -> bool:
    """Whether an outcome was appealed, or its sender is about to."""
    query = select(Appeal.id).where(Appeal.bot_id == bot_id, Appeal.update_id == update_id)
    return await session.scalar(query.limit(1)) is not None


async def drop_drafts(session: AsyncSession, *, bot_id: int, user_id: int) -> bool:
    """Forget what somebody began. False where that is nothing."""
    query = select(Appeal).where(
        Appeal.bot_id == bot_id, Appeal.user_id == user_id, Appeal.state == "draft"
    )
    found = (await session.scalars(query)).all()
    for one in found:
        await session.delete(one)
    return bool(found)


async def list_open(session: AsyncSession, *, bot_id: int) -> Sequence[Appeal]:
    """What waits for admins, the oldest first."""
    query = select(Appeal).where(Appeal.bot_id == bot_id, IS_OPEN)
    return (await session.scalars(query.order_by(Appeal.opened_at, Appeal.id))).all()


async def of_person(
    session: AsyncSession, *, bot_id: int, chat_id: int, user_id: int
) -> Sequence[Appeal]:
    """What somebody appealed in a group, the oldest first."""
    query = select(Appeal).where(
        Appeal.bot_id == bot_id,
        Appeal.user_id == user_id,
        Appeal.chat_id == chat_id,
        Appeal.opened_at.is_not(None),
    )
    return (await session.scalars(query.order_by(Appeal.opened_at, Appeal.id))).all()


async def decide(
    session: AsyncSession,
    keys: Collection[tuple[int, int]],
    state: Literal["accepted", "refused", "lapsed"],
    *,
    now: datetime,
) -> bool:
    """Decide what is open about these outcomes, named by bot and update. False where nothing is, or somebody was faster.

    In doubt for whoever appealed: of two at once who say different things, the one who accepts it counts.
    """
    if not keys:
        return False
    may_change = IS_OPEN
    if state == "accepted":
        may_change |= (Appeal.state == "refused") & Appeal.told_at.is_(None)
    changed = await session.execute(
        update(Appeal)
        .where(is_one_of((Appeal.bot_id, Appeal.update_id), keys), may_change)
        .values(state=state, decided_at=now)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", changed).rowcount > 0


async def untold(session: AsyncSession, *, bot_id: int, limit: int) -> Sequence[Appeal]:
    """Decided ones whose person was not told of it yet, the oldest first."""
    query = select(Appeal).where(
        Appeal.bot_id == bot_id, Appeal.told_at.is_(None), Appeal.state.in_(DECIDED)
    )
    return (await session.scalars(query.order_by(Appeal.decided_at, Appeal.id).limit(limit))).all()


async def note_shown(session: AsyncSession, appeal_id: str, *, now: datetime) -> None:
    await session.execute(update(Appeal).where(Appeal.id == appeal_id).values(shown_at=now))


async def note_told(session: AsyncSession, appeal_id: str, *, now: datetime) -> None:
    await session.execute(update(Appeal).where(Appeal.id == appeal_id).values(told_at=now))


async def punishments_to_notice(
    session: AsyncSession, *, bot_id: int, since: datetime, limit: int
) -> Sequence[Action]:
    """What verdicts did to people since then and they were not told of yet, the oldest first."""
    kinds: tuple[ActionKind, ...] = ("mute", "kick", "ban")
    query = _unnoticed(bot_id, kinds, since).where(
        Action.requested_by == "verdict", Action.trace_id.is_not(None)
    )
    return (await session.scalars(query.limit(limit))).all()


async def undos_to_notice(
    session: AsyncSession, *, bot_id: int, since: datetime, limit: int
) -> Sequence[Action]:
    """What people took back since then and whoever it concerns was not told of yet, the oldest first."""
    by_a_person = Action.requested_by.like("user:%") | (Action.requested_by == "operator")
    query = _unnoticed(bot_id, ("undo",), since).where(by_a_person)
    return (await session.scalars(query.limit(limit))).all()


def _unnoticed(bot_id: int, kinds: tuple[ActionKind, ...], since: datetime) -> Any:
    noticed = select(Notice.action_id).where(Notice.action_id == Action.id)
    return (
        select(Action)
        .where(
            Action.bot_id == bot_id,
            Action.kind.in_(kinds),
            Action.done_at >= since,
            Action.state == "done",
            Action.sender_kind == "user",
            ~noticed.exists(),
        )
        .order_by(Action.done_at, Action.id)
    )


async def note_noticed(session: AsyncSession, action: Action, *, now: datetime) -> None:
    row = {
        "action_id": action.id,
        "bot_id": action.bot_id,
        "chat_id": action.chat_id,
        "user_id": action.sender_id,
        "noted_at": now,
    }
    await insert_new(session, Notice, [row])


async def taken_back_by(session: AsyncSession, undo: Action) -> Sequence[ActionKind]:
    """What an undo took back of what had held its sender."""
    mine = and_(
        Action.bot_id == undo.bot_id,
        Action.chat_id == undo.chat_id,
        Action.sender_id == undo.sender_id,
    )
    earlier = select(func.max(Action.done_at)).where(
        mine, Action.kind == "undo", Action.state == "done", Action.done_at < undo.done_at
    )
    since = await session.scalar(earlier)
    query = select(Action.kind).where(mine, literal_column(HOLDING), Action.state == "reversed")
    if since is not None:
        query = query.where(Action.done_at > since)
    return (await session.scalars(query)).all()
