"""Queries about bans that groups of a workspace share."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chatwarden.storage.models import Action, Group, SharedBan
from chatwarden.storage.repositories.insert import insert_new

SHARED_BY = "workspace"
"""Who asks for a ban or undo that another group's entails."""


async def bans_to_share(
    session: AsyncSession, *, bot_id: int, since: datetime, limit: int
) -> Sequence[Action]:
    """Bans of people in groups of a workspace, done since then, that were not shared yet; the oldest first."""
    shared = select(SharedBan.action_id).where(SharedBan.action_id == Action.id)
    query = (
        select(Action)
        .join(Group, (Group.bot_id == Action.bot_id) & (Group.chat_id == Action.chat_id))
        .where(
            Action.bot_id == bot_id,
            Action.kind == "ban",
            Action.state == "done",
            Action.done_at >= since,
            Action.sender_kind == "user",
            # Whoever fails at the gate may come back in ten minutes, and what another group shares goes no further.
            Action.requested_by.not_in(("gate", SHARED_BY)),
            Group.workspace_id.is_not(None),
            ~shared.exists(),
        )
        .order_by(Action.done_at, Action.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def others_of(session: AsyncSession, *, bot_id: int, chat_id: int) -> Sequence[Group]:
    """The other groups of a group's workspace in which the bot guards."""
    own = aliased(Group)
    query = (
        select(Group)
        .join(own, (own.bot_id == Group.bot_id) & (own.workspace_id == Group.workspace_id))
        .where(
            own.bot_id == bot_id,
            own.chat_id == chat_id,
            Group.chat_id != chat_id,
            Group.mode == "guard",
            Group.left_at.is_(None),
        )
    )
    return (await session.scalars(query)).all()


async def note_shared(session: AsyncSession, ban: Action, others: Sequence[int]) -> None:
    """A ban was taken over by these groups."""
    row = {
        "action_id": ban.id,
        "bot_id": ban.bot_id,
        "chat_id": ban.chat_id,
        "sender_id": ban.sender_id,
        "others": list(others),
        "banned_at": ban.done_at,
        "lifted_at": None,
    }
    await insert_new(session, SharedBan, [row])


async def lifted_in_the_first(
    session: AsyncSession, *, bot_id: int, since: datetime
) -> Sequence[tuple[SharedBan, Action]]:
    """Shared bans whose first group has freed the sender since then, each with the undo that did; the others still hold them."""
    query = (
        select(SharedBan, Action)
        .join(
            Action,
            (Action.bot_id == SharedBan.bot_id)
            & (Action.chat_id == SharedBan.chat_id)
            & (Action.sender_id == SharedBan.sender_id),
        )
        .where(
            Action.bot_id == bot_id,
            Action.kind == "undo",
            Action.state == "done",
            Action.done_at >= since,
            Action.done_at >= SharedBan.banned_at,
            SharedBan.lifted_at.is_(None),
        )
        .order_by(Action.done_at)
    )
    return [(row[0], row[1]) for row in await session.execute(query)]


async def note_lifted(session: AsyncSession, action_id: str, *, now: datetime) -> None:
    await session.execute(
        update(SharedBan).where(SharedBan.action_id == action_id).values(lifted_at=now)
    )


async def times_shared(session: AsyncSession, action_ids: Sequence[str]) -> int:
    """In how many more groups these bans hold."""
    query = select(SharedBan.others).where(
        SharedBan.action_id.in_(action_ids), SharedBan.lifted_at.is_(None)
    )
    return len({chat_id for others in await session.scalars(query) for chat_id in others})
