"""Somebody has what is held about them erased."""

from chatwarden.bot.press import Press
from chatwarden.bot.words import say
from chatwarden.errors import ErasureMustWait
from chatwarden.privacy.erasure import erase
from chatwarden.storage.repositories.groups import list_groups


async def forget(one: Press, _arguments: list[str]) -> None:
    """Whoever presses is meant, nobody else: from whom a button comes Telegram says. Raises StorageUnavailable."""
    ports, person = one.ports, one.query.from_.id
    async with ports.database.transaction() as session:
        groups = await list_groups(session, bot_id=ports.bot_id)
    try:
        await erase(ports.database, person, pseudonyms=ports.pseudonyms)
    except ErasureMustWait:
        await one.answer("forget.wait", alert=True)
        return
    for group in groups:
        await ports.history.forget(group.chat_id, person)
    await one.show(say(one.language, "forget.done"), [])
    await one.answer()
