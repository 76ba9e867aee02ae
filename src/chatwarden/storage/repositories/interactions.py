"""Queries about what was said to the bot and waits for its answer."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Interaction
from chatwarden.storage.repositories import dead_letters
from chatwarden.storage.repositories.insert import insert_new


async def take_due(
    session: AsyncSession,
    *,
    bot_id: int,
    except_chats: Collection[int],
    now: datetime,
    until: datetime,
    limit: int,
) -> Sequence[Interaction]:
    """What is due, in its order, `limit` at most; due again at `until`, should whoever took it die.

    Of each chat only what nothing earlier is waiting before, so that its answers come in order.
    """
    earlier = (
        select(func.min(Interaction.update_id))
        .where(Interaction.bot_id == bot_id)
        .group_by(Interaction.chat_id)
    )
    due = (
        select(Interaction)
        .where(
            Interaction.bot_id == bot_id,
            Interaction.due_at <= now,
            Interaction.chat_id.not_in(except_chats),
            Interaction.update_id.in_(earlier),
        )
        .order_by(Interaction.update_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (await session.scalars(due)).all()
    for one in taken:
        one.due_at, one.tries = until, one.tries + 1
    return taken


async def next_due_at(session: AsyncSession, *, bot_id: int) -> datetime | None:
    """When the next one is due; None where there is none."""
    query = select(func.min(Interaction.due_at)).where(Interaction.bot_id == bot_id)
    return await session.scalar(query)


async def finish(session: AsyncSession, *, bot_id: int, update_id: int) -> None:
    await session.execute(
        delete(Interaction).where(Interaction.bot_id == bot_id, Interaction.update_id == update_id)
    )


async def postpone(
    session: AsyncSession, *, bot_id: int, update_id: int, until: datetime, failed: bool
) -> None:
    """Due again then. `failed`: it counts as a try; waiting because Telegram asked to is none."""
    one = update(Interaction).where(
        Interaction.bot_id == bot_id, Interaction.update_id == update_id
    )
    values = {"due_at": until} if failed else {"due_at": until, "tries": Interaction.tries - 1}
    await session.execute(one.values(values))


async def set_aside(
    session: AsyncSession, row: Interaction, *, reason: str, sealed: bytes, now: datetime
) -> None:
    """Out of the way of others, with the reason, and kept. `sealed`: the update as dead letters are sealed."""
    letter = {
        "bot_id": row.bot_id,
        "update_id": row.update_id,
        "kind": "interaction",
        "reason": reason[:256],
        "sealed": sealed,
        "received_at": now,
    }
    await dead_letters.set_aside(session, [letter])
    await finish(session, bot_id=row.bot_id, update_id=row.update_id)


async def put_back(
    session: AsyncSession,
    *,
    bot_id: int,
    update_id: int,
    chat_id: int,
    sealed: bytes,
    now: datetime,
) -> None:
    """Have it answered anew, as if nobody had tried. `sealed`: the update, for `place_of`."""
    row = {
        "bot_id": bot_id,
        "update_id": update_id,
        "chat_id": chat_id,
        "sealed": sealed,
        "due_at": now,
        "tries": 0,
    }
    await insert_new(session, Interaction, [row])


def place_of(bot_id: int, update_id: int | None) -> str:
    """What an interaction's update is sealed for."""
    return f"interaction:{bot_id}-{update_id}"
