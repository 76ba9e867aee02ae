"""A pressed button, as whoever carries it out sees it."""

from dataclasses import dataclass
from datetime import datetime

from chatwarden.bot.commands.registry import Command
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.updates import CallbackQuery
from chatwarden.bot.words import Html, plain
from chatwarden.telegram.messages import Keyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A pressed button."""

    ports: BotPorts
    update_id: int
    query: CallbackQuery
    language: str
    now: datetime
    commands: dict[str, Command]

    @property
    def subject(self) -> str:
        return f"user:{self.query.from_.id}"

    async def answer(self, key: str = "", /, *, alert: bool = False, **values: object) -> None:
        """Let the button stop waiting, with a line where there is one to say."""
        text = plain(self.language, key, **values) if key else ""
        await self.ports.telegram.answer_button(
            self.query.from_.id, self.query.id, text, alert=alert
        )

    async def show(self, text: Html, keyboard: Keyboard) -> None:
        """Change the message that the button hangs on."""
        message = self.query.message
        if message is None:
            return
        telegram = self.ports.telegram
        if message.ephemeral_message_id is None:
            await telegram.edit(message.chat.id, message.message_id, text, keyboard=keyboard)
        else:
            await telegram.edit_ephemeral(
                message.chat.id,
                self.query.from_.id,
                message.ephemeral_message_id,
                text,
                keyboard=keyboard,
            )

    @property
    def is_in_private(self) -> bool:
        return self.query.message is not None and self.query.message.chat.is_private
