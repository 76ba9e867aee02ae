"""Queries about writes that are asked for again under the same key."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.errors import IdempotencyInProgress, IdempotencyKeyReused
from chatwarden.storage.models import IdempotencyKey
from chatwarden.storage.repositories.insert import insert_and_tell

_GIVEN_UP_AFTER = timedelta(minutes=1)
"""Whoever claimed a key has died by then."""


async def claim(
    session: AsyncSession, key_id: str, *, request: bytes, now: datetime
) -> bytes | None:
    """The sealed answer that the request had; None where it is the caller's to carry out. Raises IdempotencyKeyReused, IdempotencyInProgress."""
    row = {"id": key_id, "request": request, "claimed_at": now, "answer": None}
    if await insert_and_tell(session, IdempotencyKey, [row], IdempotencyKey.id):
        return None
    known = await session.get(IdempotencyKey, key_id)
    if known is None:  # It was released just now.
        raise IdempotencyInProgress
    if known.request != request:
        raise IdempotencyKeyReused
    if known.answer is not None:
        return known.answer
    taken_over = await session.execute(
        update(IdempotencyKey)
        .where(
            IdempotencyKey.id == key_id,
            IdempotencyKey.answer.is_(None),
            IdempotencyKey.claimed_at == known.claimed_at,
            IdempotencyKey.claimed_at <= now - _GIVEN_UP_AFTER,
        )
        .values(claimed_at=now)
        .returning(IdempotencyKey.id)
    )
    if not taken_over.all():
        raise IdempotencyInProgress
    return None


async def keep_answer(session: AsyncSession, key_id: str, answer: bytes) -> None:
    """`answer`: sealed."""
    await session.execute(
        update(IdempotencyKey).where(IdempotencyKey.id == key_id).values(answer=answer)
    )


async def release(session: AsyncSession, key_id: str) -> None:
    """Nothing was changed: the key may be used again."""
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.id == key_id))
