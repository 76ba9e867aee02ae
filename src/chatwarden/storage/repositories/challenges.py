"""Queries about whom the bot asks to prove to be a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import PUNISHMENTS
from chatwarden.storage.models import Action, Challenge, ChallengeState


async def unasked(
    session: AsyncSession, *, bot_id: int, since: datetime, now: datetime, limit: int
) -> Sequence[Action]:
    """Actions that took somebody's writing until they answer, done since then and in force, of which nobody was asked yet; the oldest first."""
    asked = select(Challenge.id).where(Challenge.id == Action.id)
    query = (
        select(Action)
        .where(
            Action.bot_id == bot_id,
            Action.kind == "challenge",
            Action.done_at >= since,
            Action.state == "done",
            Action.until_date > now,
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
    """Open ones of people in a group whose question stands nowhere yet, the oldest first."""
    query = select(Challenge).where(
        Challenge.bot_id == bot_id,
        Challenge.state == "open",
        Challenge.cause != "join_request",
        Challenge.message_id.is_(None),
    )
    return (await session.scalars(query.order_by(Challenge.asked_at).limit(limit))).all()


async def note_to_be_shown(
    session: AsyncSession, challenge_ids: Sequence[str], *, seed: str
) -> None:
    """The question for all is about to be sent: answers may come before it is known to stand there."""
    await session.execute(
        update(Challenge)
        .where(Challenge.id.in_(challenge_ids))
        .values(seed=seed, is_for_all_to_see=True)
    )


async def note_shown(
    session: AsyncSession,
    challenge_id: str,
    *,
    asked_in: int,
    message_id: int,
    seed: str,
    is_for_all_to_see: bool,
    due_at: datetime | None,
    now: datetime,
) -> None:
    """Their question stands there. From then on their time runs; shown a second time, it goes on running."""
    await session.execute(
        update(Challenge)
        .where(Challenge.id == challenge_id)
        .values(
            asked_in=asked_in,
            message_id=message_id,
            seed=seed,
            is_for_all_to_see=is_for_all_to_see,
            shown_at=now,
            due_at=func.coalesce(Challenge.due_at, due_at),
        )
    )


async def ask_anew(session: AsyncSession, challenge_id: str) -> None:
    """After a wrong answer to what all see: they get a question of their own."""
    await session.execute(
        update(Challenge)
        .where(Challenge.id == challenge_id)
        .values(message_id=None, seed=None, is_for_all_to_see=False)
    )


async def count_try(session: AsyncSession, challenge_id: str, *, update_id: int) -> int:
    """A wrong answer, once by its update; how many there were."""
    await session.execute(
        update(Challenge)
        .where(Challenge.id == challenge_id, Challenge.last_press < update_id)
        .values(tries=Challenge.tries + 1, last_press=update_id)
    )
    tries = await session.scalar(select(Challenge.tries).where(Challenge.id == challenge_id))
    return tries or 0


async def due(
    session: AsyncSession, *, bot_id: int, now: datetime, limit: int
) -> Sequence[Challenge]:
    """Those whose time is over, the longest first."""
    query = select(Challenge).where(
        Challenge.bot_id == bot_id, Challenge.state == "open", Challenge.due_at <= now
    )
    return (await session.scalars(query.order_by(Challenge.due_at).limit(limit))).all()


async def unanswered_unseen(
    session: AsyncSession, *, bot_id: int, before: datetime, limit: int
) -> Sequence[Challenge]:
    """Open ones shown in the group before then to nobody but them: Telegram does not say whether such a message ever arrived."""
    query = select(Challenge).where(
        Challenge.bot_id == bot_id,
        Challenge.state == "open",
        Challenge.asked_in == Challenge.chat_id,
        Challenge.is_for_all_to_see.is_(False),
        Challenge.shown_at <= before,
    )
    return (await session.scalars(query.order_by(Challenge.shown_at).limit(limit))).all()


async def show_again(session: AsyncSession, *, bot_id: int, before: datetime) -> None:
    """What stood in the group for all since before then is cleaned up by now: whoever still has to answer is asked anew."""
    await session.execute(
        update(Challenge)
        .where(
            Challenge.bot_id == bot_id,
            Challenge.state == "open",
            Challenge.is_for_all_to_see.is_(True),
            Challenge.shown_at <= before,
        )
        .values(message_id=None, is_for_all_to_see=False)
    )


async def decide(
    session: AsyncSession, challenge: Challenge, state: ChallengeState, *, now: datetime
) -> bool:
    """Close one, and whatever else that person has to answer there; False where somebody was faster."""
    changed = await session.execute(
        update(Challenge)
        .where(Challenge.id == challenge.id, Challenge.state == "open")
        .values(state=state, decided_at=now)
    )
    if cast("CursorResult[Any]", changed).rowcount == 0:
        return False
    await session.execute(
        update(Challenge)
        .where(
            Challenge.bot_id == challenge.bot_id,
            Challenge.chat_id == challenge.chat_id,
            Challenge.user_id == challenge.user_id,
            Challenge.state == "open",
        )
        .values(state="lifted", decided_at=now)
    )
    return True


async def to_follow_up(session: AsyncSession, *, bot_id: int, limit: int) -> Sequence[Challenge]:
    """Decided ones of which it is not known that what follows was asked for."""
    query = select(Challenge).where(
        Challenge.bot_id == bot_id,
        Challenge.state != "open",
        Challenge.followed_up_at.is_(None),
    )
    return (await session.scalars(query.order_by(Challenge.decided_at).limit(limit))).all()


async def note_followed_up(session: AsyncSession, challenge_id: str, *, now: datetime) -> None:
    await session.execute(
        update(Challenge).where(Challenge.id == challenge_id).values(followed_up_at=now)
    )


async def is_silenced_otherwise(
    session: AsyncSession, challenge: Challenge, *, now: datetime
) -> bool:
    """Whether something stronger was done to them there, or is to be: then an answer frees nobody."""
    stronger = [kind for kind in PUNISHMENTS if kind != "challenge"]
    query = select(Action.id).where(
        Action.bot_id == challenge.bot_id,
        Action.chat_id == challenge.chat_id,
        Action.sender_id == challenge.user_id,
        Action.kind.in_(stronger),
        Action.state.in_(("pending", "started", "done")),
        Action.until_date.is_(None) | (Action.until_date > now),
    )
    return (await session.scalars(query.limit(1))).first() is not None
