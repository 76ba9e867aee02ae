"""Warnings by admins: they are counted, and expire."""

from datetime import timedelta

from sqlalchemy import func, select, update

from chatwarden.bot.call import Call, Target
from chatwarden.storage.models import Strike
from chatwarden.storage.repositories.insert import insert_new

MOST_STRIKES = 3
"""At so many a sender is muted, and counted from none again."""
STRIKES_LAST = timedelta(days=30)


async def add_strike(call: Call, target: Target) -> int:
    """How many the sender has then; the same command counts once."""
    ports = call.ports
    counts = (
        (Strike.bot_id == ports.bot_id)
        & (Strike.chat_id == call.chat.id)
        & (Strike.sender_id == target.sender_id)
        & (Strike.expires_at > call.now)
        & Strike.taken_back_at.is_(None)
    )
    row = {
        "id": f"{ports.bot_id}-{call.update_id}",
        "bot_id": ports.bot_id,
        "chat_id": call.chat.id,
        "sender_id": target.sender_id,
        "given_by": call.subject,
        "given_at": call.now,
        "expires_at": call.now + STRIKES_LAST,
        "taken_back_at": None,
    }
    async with ports.database.transaction() as session:
        await insert_new(session, Strike, [row])
        strikes = await session.scalar(select(func.count()).select_from(Strike).where(counts)) or 0
        if strikes >= MOST_STRIKES:
            await session.execute(update(Strike).where(counts).values(taken_back_at=call.now))
    return strikes
