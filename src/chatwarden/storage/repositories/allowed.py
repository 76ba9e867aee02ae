"""Queries about allow lists. Whom one group allows, all groups of its workspace do."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chatwarden.storage.models import AllowedSender, Group
from chatwarden.storage.repositories.insert import insert_into

MOST_ALLOWED = 5_000
"""Of one group: the engine takes 10,000 ids, of which up to 200 are admins."""
_MOST_TOLD = 9_000
"""Of a workspace."""


async def allow(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_id: int,
    sender_kind: str,
    sender_id: int,
    by: str,
    now: datetime,
) -> bool | None:
    """Put a sender on a group's allow list; False where they stand there already, None where it is full."""
    if await session.get(AllowedSender, (bot_id, chat_id, sender_id)) is not None:
        return False
    known = await allowed_ids(session, bot_id=bot_id, chat_id=chat_id)
    if sender_id not in known and len(known) >= MOST_ALLOWED:
        return None
    row = insert_into(session, AllowedSender).values(
        bot_id=bot_id,
        chat_id=chat_id,
        sender_id=sender_id,
        sender_kind=sender_kind,
        allowed_by=by,
        allowed_at=now,
    )
    await session.execute(row.on_conflict_do_nothing())
    return True


async def count_allowed(session: AsyncSession, *, bot_id: int, chat_id: int) -> int:
    """On a group's own list."""
    query = select(func.count()).where(
        AllowedSender.bot_id == bot_id, AllowedSender.chat_id == chat_id
    )
    return await session.scalar(query) or 0


async def disallow(session: AsyncSession, *, bot_id: int, chat_id: int, sender_id: int) -> bool:
    """Take a sender off a group's own allow list; False where they do not stand there. What other groups allow is theirs."""
    taken = await session.execute(
        delete(AllowedSender)
        .where(
            AllowedSender.bot_id == bot_id,
            AllowedSender.chat_id == chat_id,
            AllowedSender.sender_id == sender_id,
        )
        .returning(AllowedSender.sender_id)
    )
    return bool(taken.all())


async def own_allowed(session: AsyncSession, *, bot_id: int, chat_id: int) -> dict[int, str]:
    """Whom a group itself allows: ids, each with "user" or "channel"."""
    query = select(AllowedSender.sender_id, AllowedSender.sender_kind).where(
        AllowedSender.bot_id == bot_id, AllowedSender.chat_id == chat_id
    )
    return {row.sender_id: row.sender_kind for row in await session.execute(query)}


async def allowed_ids(session: AsyncSession, *, bot_id: int, chat_id: int) -> frozenset[int]:
    """Whom a group or another one of its workspace allows."""
    return (await allowed_by_group(session, bot_id=bot_id, chat_id=chat_id))[chat_id]


async def allowed_by_group(
    session: AsyncSession, *, bot_id: int, chat_id: int | None = None, sender_id: int | None = None
) -> dict[int, frozenset[int]]:
    """The same of every group of a bot, or of one, or as far as one sender goes; groups that allow nobody have an empty set.

    Of a workspace that allows more than the engine takes, the newest count.
    """
    giving = aliased(Group)
    query = (
        select(Group.chat_id, AllowedSender.sender_id)
        .join(
            giving,
            (giving.bot_id == Group.bot_id)
            & or_(giving.chat_id == Group.chat_id, giving.workspace_id == Group.workspace_id),
        )
        .join(
            AllowedSender,
            (AllowedSender.bot_id == giving.bot_id) & (AllowedSender.chat_id == giving.chat_id),
        )
        .where(Group.bot_id == bot_id)
        .order_by(AllowedSender.allowed_at.desc())
    )
    if chat_id is not None:
        query = query.where(Group.chat_id == chat_id)
    if sender_id is not None:
        query = query.where(AllowedSender.sender_id == sender_id)
    found: dict[int, set[int]] = defaultdict(set)
    for group_id, allowed_id in await session.execute(query):
        if len(found[group_id]) < _MOST_TOLD:
            found[group_id].add(allowed_id)
    return defaultdict(frozenset, {group: frozenset(ids) for group, ids in found.items()})


async def chats_sharing(session: AsyncSession, *, bot_id: int, chat_id: int) -> list[int]:
    """A group and the others of its workspace: whom it allows, they do."""
    giving = aliased(Group)
    others = await session.scalars(
        select(Group.chat_id)
        .join(giving, giving.workspace_id == Group.workspace_id)
        .where(Group.bot_id == bot_id, giving.bot_id == bot_id, giving.chat_id == chat_id)
    )
    return sorted({chat_id, *others})
