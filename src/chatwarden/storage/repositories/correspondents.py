"""Queries about people who opened a private chat with the bot."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Correspondent
from chatwarden.storage.repositories.insert import insert_into


async def remember(
    session: AsyncSession, *, bot_id: int, user_id: int, language: str, now: datetime
) -> None:
    """They wrote to the bot: from now on it can write to them. `language`: of their Telegram, where they had chosen none."""
    statement = insert_into(session, Correspondent).values(
        bot_id=bot_id, user_id=user_id, language=language, started_at=now, unreachable_at=None
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["bot_id", "user_id"], set_={"unreachable_at": None}
        )
    )


async def find(session: AsyncSession, *, bot_id: int, user_id: int) -> Correspondent | None:
    return await session.get(Correspondent, (bot_id, user_id))


async def reachable(
    session: AsyncSession, *, bot_id: int, ids: Collection[int]
) -> Sequence[Correspondent]:
    """Those of these people whom the bot can write to, the longest known first."""
    query = select(Correspondent).where(
        Correspondent.bot_id == bot_id,
        Correspondent.user_id.in_(ids),
        Correspondent.unreachable_at.is_(None),
    )
    return (
        await session.scalars(query.order_by(Correspondent.started_at, Correspondent.user_id))
    ).all()


async def note_unreachable(
    session: AsyncSession, *, bot_id: int, user_id: int, now: datetime
) -> None:
    """They blocked the bot. Until they write again nothing is sent to them."""
    await session.execute(
        update(Correspondent)
        .where(Correspondent.bot_id == bot_id, Correspondent.user_id == user_id)
        .values(unreachable_at=now)
    )
