"""Queries about who may act in a group."""

from collections.abc import Collection

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Moderator
from chatwarden.storage.repositories.insert import insert_new


async def set_moderators(
    session: AsyncSession, *, bot_id: int, chat_id: int, user_ids: Collection[int]
) -> None:
    """These and nobody else."""
    await session.execute(
        delete(Moderator).where(
            Moderator.bot_id == bot_id,
            Moderator.chat_id == chat_id,
            Moderator.user_id.not_in(user_ids),
        )
    )
    rows = [{"bot_id": bot_id, "chat_id": chat_id, "user_id": user_id} for user_id in user_ids]
    await insert_new(session, Moderator, rows)
