"""The bot that people talk to, as the guardian sees it. It stands beside the pipeline, which never waits for it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from chatwarden.health import PartHealth

if TYPE_CHECKING:
    from chatwarden.telegram.client import TelegramClient
    from chatwarden.telegram.rights import AdminDirectory


class Companion(Protocol):
    """Answers what is said to the bot and tells admins what is done."""

    @property
    def health(self) -> PartHealth: ...

    async def run(self) -> None:
        """Until cancelled."""
        ...

    def wake(self) -> None:
        """Something was said to the bot."""
        ...


CompanionMaker = Callable[["TelegramClient", "AdminDirectory", str], Companion]
"""From the way to Telegram, its groups' admins and the bot's name there."""
