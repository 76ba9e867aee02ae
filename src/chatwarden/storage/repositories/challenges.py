"""Queries about whom the bot asks to prove to be a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Action, Challenge, ChallengeState


async def unasked(
    session: AsyncSession, *, bot_id: int, since: datetime, limit: int
) -> Sequence[Action]:
    """Actions that took somebody's writing until they answer, done since then, of which nobody was asked yet; the oldest first."""
    asked = select(Challenge.id).where(Challenge.id == Action.id)
    query = (
        select(Action)
        .where(
            Action.bot_id == bot_id,
            Action.kind == "challenge",
            Action.done_at >= since,
            Action.state == "done",
            ~asked.exists(),
        )
        .order_by(Action.done_at, Action.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def find_open(
    session: AsyncSession, *, bot_id: int, chat_id: int, user_id: int
) -> Challenge | None:
    """The newest that somebody has still to answer in a group."""
    query = (
        select(Challenge)
        .where(
            Challenge.bot_id == bot_id,
            Challenge.chat_id == chat_id,
            Challenge.user_id == user_id,
            Challenge.state == "open",
        )
        .order_by(Challenge.asked_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).first()


async def not_shown(session: AsyncSession, *, bot_id: int, limit: int) -> Sequence[Challenge]:
    """Open ones whose question stands nowhere yet, the oldest first."""
    query = select(Challenge).where(
        Challenge.bot_id == bot_id, Challenge.state == "open", Challenge.message_id.is_(None)
    )
    return (await session.scalars(query.order_by(Challenge.asked_at).limit(limit))).all()


async def note_shown(
    session: AsyncSession,
    challenge_ids: Sequence[str],
    *,
    asked_in: int,
    message_id: int,
    is_for_all_to_see: bool,
) -> None:
    """Their question stands there."""
    await session.execute(
        update(Challenge)
        .where(Challenge.id.in_(challenge_ids))
        .values(asked_in=asked_in, message_id=message_id, is_for_all_to_see=is_for_all_to_see)
    )


async def count_try(session: AsyncSession, challenge_id: str) -> int:
    """A wrong answer; how many there were."""
    tries = await session.scalar(
        update(Challenge)
        .where(Challenge.id == challenge_id)
        .values(tries=Challenge.tries + 1)
        .returning(Challenge.tries)
    )
    return tries or 0


async def decided_since(
    session: AsyncSession, *, bot_id: int, since: datetime
) -> Sequence[Challenge]:
    """Those that came to an end since then."""
    query = select(Challenge).where(
        Challenge.bot_id == bot_id, Challenge.state != "open", Challenge.decided_at >= since
    )
    return (await session.scalars(query)).all()


async def due(session: AsyncSession, *, bot_id: int, now: datetime) -> Sequence[Challenge]:
    """Those whose time is over."""
    query = select(Challenge).where(
        Challenge.bot_id == bot_id, Challenge.state == "open", Challenge.due_at <= now
    )
    return (await session.scalars(query.order_by(Challenge.due_at))).all()


async def unanswered_unseen(
    session: AsyncSession, *, bot_id: int, before: datetime, now: datetime
) -> Sequence[Challenge]:
    """Open ones asked before then where nobody else sees it: Telegram does not say whether such a message ever arrived."""
    query = select(Challenge).where(
        Challenge.bot_id == bot_id,
        Challenge.state == "open",
        Challenge.cause != "join_request",
        Challenge.is_for_all_to_see.is_(False),
        Challenge.asked_at <= before,
        Challenge.due_at.is_(None) | (Challenge.due_at > now),
    )
    return (await session.scalars(query.order_by(Challenge.asked_at))).all()


async def decide(
    session: AsyncSession, challenge_id: str, state: ChallengeState, *, now: datetime
) -> bool:
    """Close an open one; False where somebody was faster."""
    changed = await session.execute(
        update(Challenge)
        .where(Challenge.id == challenge_id, Challenge.state == "open")
        .values(state=state, decided_at=now)
    )
    return cast("CursorResult[Any]", changed).rowcount == 1


async def open_in(session: AsyncSession, *, bot_id: int, chat_id: int) -> int:
    """How many have still to answer in a group."""
    query = select(func.count()).where(
        Challenge.bot_id == bot_id, Challenge.chat_id == chat_id, Challenge.state == "open"
    )
    return await session.scalar(query) or 0
