"""Queries about allow lists. Whom one group allows, all groups of its workspace do."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chatwarden.storage.models import AllowedSender, Group
from chatwarden.storage.repositories.insert import insert_into

MOST_ALLOWED = 5_000
"""Of one group: the engine takes 10,000 ids, of which up to 200 are admins."""
_MOST_TOLD = 9_000
"""Of a workspace."""
GIVING = aliased(Group)
"""A group whose list counts in another one, too."""


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
    if await _is_full(session, bot_id=bot_id, chat_id=chat_id, sender_id=sender_id):
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


async def _is_full(session: AsyncSession, *, bot_id: int, chat_id: int, sender_id: int) -> bool:
    """Whether a group and its workspace allow as many as may be, and not this one."""
    sharing = await chats_sharing(session, bot_id=bot_id, chat_id=chat_id)
    whom = AllowedSender.sender_id
    query = select(func.count(whom.distinct()), func.count().filter(whom == sender_id)).where(
        AllowedSender.bot_id == bot_id, AllowedSender.chat_id.in_(sharing)
    )
    known, times_this_one = (await session.execute(query)).one()
    return known >= MOST_ALLOWED and not times_this_one


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
    return (await allowed_by_group(session, bot_id=bot_id, chat_ids=[chat_id]))[chat_id]


async def allowed_by_group(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_ids: Collection[int] | None = None,
    sender_id: int | None = None,
) -> dict[int, frozenset[int]]:
    """The same of every group of a bot, or of some, or as far as one sender goes; groups that allow nobody have an empty set.

    Of a workspace that allows more than the engine takes, the newest count.
    """
    query = (
        select(Group.chat_id, AllowedSender.sender_id)
        .join(GIVING, (GIVING.bot_id == Group.bot_id) & counts_in_it())
        .join(
            AllowedSender,
            (AllowedSender.bot_id == GIVING.bot_id) & (AllowedSender.chat_id == GIVING.chat_id),
        )
        .where(Group.bot_id == bot_id)
        .order_by(AllowedSender.allowed_at.desc())
    )
    if chat_ids is not None:
        query = query.where(Group.chat_id.in_(chat_ids))
    if sender_id is not None:
        query = query.where(AllowedSender.sender_id == sender_id)
    found: dict[int, set[int]] = defaultdict(set)
    for group_id, allowed_id in await session.execute(query):
        if len(found[group_id]) < _MOST_TOLD:
            found[group_id].add(allowed_id)
    return defaultdict(frozenset, {group: frozenset(ids) for group, ids in found.items()})


async def chats_sharing(session: AsyncSession, *, bot_id: int, chat_id: int) -> list[int]:
    """A group and the others of its workspace: whom it allows, they do."""
    others = await session.scalars(
        select(Group.chat_id)
        .join(GIVING, GIVING.workspace_id == Group.workspace_id)
        .where(Group.bot_id == bot_id, GIVING.bot_id == bot_id, GIVING.chat_id == chat_id)
    )
    return sorted({chat_id, *others})


def counts_in_it() -> ColumnElement[bool]:
    """Of a pair of groups of one bot: whom the giving one allows, the other one does."""
    return or_(GIVING.chat_id == Group.chat_id, GIVING.workspace_id == Group.workspace_id)
