"""Queries about bans that groups of a workspace share."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chatwarden.storage.models import Action, Group, SharedBan
from chatwarden.storage.repositories.insert import insert_new

_OWN = aliased(Group)
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
    query = (
        select(Group)
        .join(_OWN, (_OWN.bot_id == Group.bot_id) & (_OWN.workspace_id == Group.workspace_id))
        .where(
            _OWN.bot_id == bot_id,
            _OWN.chat_id == chat_id,
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
    # One after the other: there are few undos, and databases are tempted to begin with all bans that were ever shared.
    undos = await session.scalars(
        select(Action)
        .where(
            Action.bot_id == bot_id,
            Action.kind == "undo",
            Action.state == "done",
            Action.done_at >= since,
        )
        .order_by(Action.done_at)
    )
    by_sender: dict[tuple[int, int], list[Action]] = defaultdict(list)
    for undo in undos:
        by_sender[undo.chat_id, undo.sender_id].append(undo)
    if not by_sender:
        return []
    held = await session.scalars(
        select(SharedBan).where(
            SharedBan.bot_id == bot_id,
            tuple_(SharedBan.chat_id, SharedBan.sender_id).in_(list(by_sender)),
            SharedBan.lifted_at.is_(None),
        )
    )
    return [
        (ban, undo)
        for ban in held
        for undo in by_sender[ban.chat_id, ban.sender_id]
        if undo.done_at is not None and undo.done_at >= ban.banned_at
    ]


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
