"""Queries about what could not be judged or answered, and was set aside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import DeadLetter, DeadLetterKind


def place_of(bot_id: int) -> str:
    """What a dead letter is sealed for."""
    return f"dead-letter:{bot_id}"


async def set_aside(session: AsyncSession, letters: Sequence[Mapping[str, Any]]) -> None:
    """Keep them. One that is there already has failed once more: it lies where it lay, with one more try."""
    for letter in letters:
        if not await _failed_again(session, letter):
            await session.execute(insert(DeadLetter).values(letter))


async def _failed_again(session: AsyncSession, letter: Mapping[str, Any]) -> bool:
    if letter["update_id"] is None:
        return False  # Nobody can tell whether it is the same.
    again = (
        update(DeadLetter)
        .where(
            DeadLetter.bot_id == letter["bot_id"],
            DeadLetter.update_id == letter["update_id"],
            DeadLetter.kind == letter["kind"],
        )
        .values(
            reason=letter["reason"],
            sealed=letter["sealed"],
            received_at=letter["received_at"],
            tries=DeadLetter.tries + 1,
            replayed_at=None,
        )
    )
    return await _changed(session, again)


async def list_letters(
    session: AsyncSession,
    *,
    bot_id: int,
    limit: int,
    before: int | None = None,
    kind: DeadLetterKind | None = None,
) -> Sequence[DeadLetter]:
    """The newest first. `before`: the id of the last one that was seen."""
    query = select(DeadLetter).where(DeadLetter.bot_id == bot_id)
    if before is not None:
        query = query.where(DeadLetter.id < before)
    if kind is not None:
        query = query.where(DeadLetter.kind == kind)
    return (await session.scalars(query.order_by(DeadLetter.id.desc()).limit(limit))).all()


async def find(session: AsyncSession, letter_id: int, *, bot_id: int) -> DeadLetter | None:
    letter = await session.get(DeadLetter, letter_id)
    return letter if letter is not None and letter.bot_id == bot_id else None


async def lying(
    session: AsyncSession, *, bot_id: int, kind: DeadLetterKind, after: int, limit: int
) -> Sequence[DeadLetter]:
    """Those of a kind that are not on their way, the oldest first, behind the id `after`."""
    query = (
        select(DeadLetter)
        .where(
            DeadLetter.bot_id == bot_id,
            DeadLetter.kind == kind,
            DeadLetter.replayed_at.is_(None),
            DeadLetter.id > after,
        )
        .order_by(DeadLetter.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def count_lying(
    session: AsyncSession, *, bot_id: int, after: int = 0
) -> dict[DeadLetterKind, int]:
    """How many of each kind are not on their way, behind the id `after`."""
    query = (
        select(DeadLetter.kind, func.count().label("number"))
        .where(DeadLetter.bot_id == bot_id, DeadLetter.replayed_at.is_(None), DeadLetter.id > after)
        .group_by(DeadLetter.kind)
    )
    return {row.kind: row.number for row in await session.execute(query)}


async def mark_replayed(session: AsyncSession, letter: DeadLetter, *, now: datetime) -> None:
    """It is on its way. One that failed again meanwhile, quicker than this, stays where it lies."""
    await session.execute(
        update(DeadLetter)
        .where(DeadLetter.id == letter.id, DeadLetter.tries == letter.tries)
        .values(replayed_at=now)
    )


async def drop(session: AsyncSession, letter: DeadLetter) -> None:
    await session.execute(delete(DeadLetter).where(DeadLetter.id == letter.id))


async def _changed(session: AsyncSession, statement: Any) -> bool:
    result = await session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount > 0
