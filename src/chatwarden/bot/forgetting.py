"""Somebody has what is held about them erased."""

from chatwarden.bot.press import Press
from chatwarden.bot.words import say
from chatwarden.errors import ErasureMustWait
from chatwarden.privacy.erasure import erase_everywhere


async def forget(one: Press, _arguments: list[str]) -> None:
    """Whoever presses is meant, nobody else: from whom a button comes Telegram says. Raises StorageUnavailable."""
    ports, person = one.ports, one.query.from_.id
    try:
        await erase_everywhere(
            ports.database,
            person,
            bot_id=ports.bot_id,
            pseudonyms=ports.pseudonyms,
            forget=ports.history.forget,
        )
    except ErasureMustWait:
        await one.answer("forget.wait", alert=True)
        return
    await one.show(say(one.language, "forget.done"), [])
    await one.answer()
