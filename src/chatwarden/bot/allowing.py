"""A group's allow list, as the bot's people change it."""

from chatwarden.bot.call import Target
from chatwarden.bot.ports import BotPorts
from chatwarden.storage.repositories import allowed


async def allow_sender(ports: BotPorts, chat_id: int, target: Target, *, by: str) -> bool | None:
    """Put somebody on a group's allow list. False where they stand there already, None where it is full."""
    async with ports.database.transaction() as session:
        is_news = await allowed.allow(
            session,
            bot_id=ports.bot_id,
            chat_id=chat_id,
            sender_kind=target.sender_kind,
            sender_id=target.sender_id,
            by=by,
            now=ports.clock(),
        )
    if is_news:
        await _tell(ports, chat_id)
    return is_news


async def disallow(ports: BotPorts, chat_id: int, target: Target) -> bool:
    """Take somebody off a group's own allow list; False where they do not stand there."""
    async with ports.database.transaction() as session:
        was_there = await allowed.disallow(
            session, bot_id=ports.bot_id, chat_id=chat_id, sender_id=target.sender_id
        )
    if was_there:
        await _tell(ports, chat_id)
    return was_there


async def _tell(ports: BotPorts, chat_id: int) -> None:
    async with ports.database.transaction() as session:
        chats = await allowed.chats_sharing(session, bot_id=ports.bot_id, chat_id=chat_id)
    for chat in chats:
        ports.group_changed(chat)
