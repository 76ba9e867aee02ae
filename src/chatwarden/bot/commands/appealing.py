"""Somebody says that a verdict was wrong about them."""

from chatwarden.bot.appeals.listing import held_against, shown
from chatwarden.bot.call import Call
from chatwarden.bot.commands.registry import Commands

commands = Commands()


@commands.add("appeal", by="anyone", offered=("private",))
async def appeal(call: Call) -> None:
    """What holds against whoever asks, to choose from. Nobody is shown what holds against somebody else, whatever link they follow."""
    if not call.chat.is_private:
        return
    words, keyboard = shown(await held_against(call.ports, call.user.id), call.language)
    await call.answer(words, keyboard=keyboard)
