"""Deletes what somebody wrote in a group, as far as it is remembered and Telegram lets one: messages younger than 48 hours."""

from datetime import datetime, timedelta

from chatwarden.actions import Action
from chatwarden.bot.call import Target
from chatwarden.bot.moderation import ask_for
from chatwarden.bot.ports import BotPorts

OLDEST = timedelta(hours=48)
"""Telegram deletes no older message (Bot API, deleteMessages)."""


async def sweep(
    ports: BotPorts, chat_id: int, target: Target, *, cause: str, by: str, now: datetime
) -> int:
    """Have all of it deleted; how many messages that is. The same cause asks once."""
    found = await ports.history.messages_of(chat_id, target.sender_id)
    actions = [
        Action(
            id=f"{ports.bot_id}-{cause}-sweep-{one.message_id}",
            bot_id=ports.bot_id,
            chat_id=chat_id,
            kind="delete_message",
            sender_kind=target.sender_kind,
            sender_id=target.sender_id,
            date=now,
            message_id=one.message_id,
            message_date=one.date,
            requested_by=by,
            due_at=now,
        )
        for one in found
        if now - one.date < OLDEST
    ]
    await ask_for(ports, actions)
    return len(actions)
