"""What the bot needs from outside; `bootstrap` and `services` provide it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from chatwarden._engine import Item
from chatwarden.actions import ActionSink
from chatwarden.bot.history import History
from chatwarden.feed import Feed
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.rights import AdminDirectory


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class BotPorts:
    bot_id: int
    username: str
    """The bot's name in Telegram, without "@"."""
    database: Database
    keyring: Keyring
    actions: ActionSink
    telegram: TelegramClient
    admins: AdminDirectory
    feed: Feed
    catalogue: Catalogue
    judge: Callable[[bytes], Item]
    """Judges one raw update as a newcomer's, with nothing known; for what people bring up by themselves."""
    history: History
    group_changed: Callable[[int], object]
    """Called with a group after a commit that changed its settings."""
    feedback_changed: Callable[[int], object]
    """Called with a group after a commit that changed its feedback."""
    pseudonyms: Pseudonyms
    """Of people who had themselves erased."""
    gate_secret: bytes
    """Which answer to a question of the gate's is right follows from it; the same in all processes."""
    actions_added: Callable[[], None] = lambda: None
    """Called after an action was asked for."""
    public_url: str | None = None
    """Where people reach the dashboard; None where only this machine does."""
    clock: Callable[[], datetime] = utc_now

    def link(self, start: str) -> str:
        """A link that opens a private chat with the bot. `start`: 1 to 64 of A-Z a-z 0-9 _ - (Telegram, deep linking)."""
        return f"https://t.me/{self.username}?start={start}"
