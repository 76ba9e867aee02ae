"""Commands, a file for those that belong together."""

from chatwarden.bot.commands import (
    appealing,
    guarding,
    moderating,
    reporting,
    telling,
    transferring,
)
from chatwarden.bot.commands.registry import Commands

ALL = Commands()
for _part in (telling, appealing, moderating, guarding, reporting, transferring):
    ALL.merge(_part.commands)
