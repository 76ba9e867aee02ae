"""Queries about groups."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Group


async def list_groups(session: AsyncSession) -> Sequence[Group]:
    """Every group, by title."""
    return (await session.scalars(select(Group).order_by(Group.title, Group.chat_id))).all()


async def find_group(session: AsyncSession, *, bot_id: int, chat_id: int) -> Group | None:
    return await session.get(Group, (bot_id, chat_id))
