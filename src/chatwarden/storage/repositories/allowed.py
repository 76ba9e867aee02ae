"""Queries about allow lists. Whom one group allows, all groups of its workspace do."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chatwarden.storage.models import AllowedSender, Group
from chatwarden.storage.repositories.insert import insert_into
from chatwarden.storage.sealing import Sealer

MOST_ALLOWED = 5_000
"""Of one group: the engine takes 10,000 ids, of which up to 200 are admins."""


async def allow(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_id: int,
    sender_kind: str,
    sender_id: int,
    name: str,
    by: str,
    sealer: Sealer,
    now: datetime,
) -> bool:
    """Put a sender on a group's allow list; False where they stand there already."""
    if await session.get(AllowedSender, (bot_id, chat_id, sender_id)) is not None:
        return False
    sealed = sealer.seal(name.encode(), place=_place(chat_id, sender_id)) if name else None
    row = insert_into(session, AllowedSender).values(
        bot_id=bot_id,
        chat_id=chat_id,
        sender_id=sender_id,
        sender_kind=sender_kind,
        sealed_name=sealed,
        allowed_by=by,
        allowed_at=now,
    )
    await session.execute(row.on_conflict_do_nothing())
    return True


async def disallow(session: AsyncSession, *, bot_id: int, chat_id: int, sender_id: int) -> bool:
    """Take a sender off the allow lists of a group and its workspace; False where they stand on none."""
    taken = await session.execute(
        delete(AllowedSender)
        .where(
            AllowedSender.bot_id == bot_id,
            AllowedSender.sender_id == sender_id,
            or_(
                AllowedSender.chat_id == chat_id,
                AllowedSender.chat_id.in_(_shared_chats(bot_id, chat_id)),
            ),
        )
        .returning(AllowedSender.sender_id)
    )
    return bool(taken.all())


async def list_allowed(
    session: AsyncSession, *, bot_id: int, chat_id: int
) -> Sequence[AllowedSender]:
    """Who was allowed in one group, the newest first; what others of its workspace allow is not among them."""
    query = (
        select(AllowedSender)
        .where(AllowedSender.bot_id == bot_id, AllowedSender.chat_id == chat_id)
        .order_by(AllowedSender.allowed_at.desc(), AllowedSender.sender_id)
    )
    return (await session.scalars(query)).all()


async def allowed_ids(session: AsyncSession, *, bot_id: int, chat_id: int) -> frozenset[int]:
    """Whom a group or another one of its workspace allows."""
    return (await allowed_by_group(session, bot_id=bot_id, chat_id=chat_id))[chat_id]


async def allowed_by_group(
    session: AsyncSession, *, bot_id: int, chat_id: int | None = None
) -> dict[int, frozenset[int]]:
    """The same of every group of a bot, or of one; groups that allow nobody have an empty set."""
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
    )
    if chat_id is not None:
        query = query.where(Group.chat_id == chat_id)
    found: dict[int, set[int]] = defaultdict(set)
    for group_id, sender_id in await session.execute(query):
        found[group_id].add(sender_id)
    return defaultdict(frozenset, {group: frozenset(ids) for group, ids in found.items()})


async def chats_sharing(session: AsyncSession, *, bot_id: int, chat_id: int) -> list[int]:
    """A group and the others of its workspace: whom it allows, they do."""
    others = (await session.scalars(_shared_chats(bot_id, chat_id))).all()
    return sorted({chat_id, *others})


def _shared_chats(bot_id: int, chat_id: int) -> Select[int]:
    giving = aliased(Group)
    return (
        select(Group.chat_id)
        .join(giving, giving.workspace_id == Group.workspace_id)
        .where(Group.bot_id == bot_id, giving.bot_id == bot_id, giving.chat_id == chat_id)
    )


def name_of(row: AllowedSender, sealer: Sealer) -> str:
    """Their name when they were allowed; empty where none was told, or its key is gone. Raises SealBroken for another key."""
    if row.sealed_name is None:
        return ""
    return sealer.open(row.sealed_name, place=_place(row.chat_id, row.sender_id)).decode()


def _place(chat_id: int, sender_id: int) -> str:
    return f"allowed:{chat_id}:{sender_id}"
