"""A group gets another id, when Telegram makes a supergroup of it."""

from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Group, Interaction, Model

_STAYS = {Group.__tablename__, Interaction.__tablename__}
"""The group's row has its own way; what was said there is answered there."""


async def move_group(session: AsyncSession, *, bot_id: int, chat_id: int, to: int) -> int:
    """Give all that is kept of a group the new id; how many rows that was. Twice is once.

    The new group may have been seen already: what the old one had been set to wins, what was counted under both stays where it would clash.
    What is known of its senders is kept under keys of the context, which are not moved: they count as new.
    """
    old = await session.get(Group, (bot_id, chat_id))
    if old is None:
        return 0
    moved = 0
    for table in Model.metadata.sorted_tables:
        columns = table.c
        if table.name in _STAYS or "bot_id" not in columns or "chat_id" not in columns:
            continue
        key = [column for column in table.primary_key if column.name not in ("bot_id", "chat_id")]
        mine = (columns.bot_id == bot_id) & (columns.chat_id == chat_id)
        if "chat_id" in table.primary_key:
            other = table.alias()
            clash = select(1).where(
                other.c.bot_id == bot_id,
                other.c.chat_id == to,
                *(other.c[column.name] == column for column in key),
            )
            mine &= ~clash.exists()
        result = await session.execute(update(table).where(mine).values(chat_id=to))
        moved += cast("CursorResult[Any]", result).rowcount
    await session.execute(delete(Group).where(Group.bot_id == bot_id, Group.chat_id == to))
    await session.execute(
        update(Group).where(Group.bot_id == bot_id, Group.chat_id == chat_id).values(chat_id=to)
    )
    return moved + 1
