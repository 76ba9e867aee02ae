"""A command or a button, as whoever carries it out sees it: who says it, where, about whom, and how to answer."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from chatwarden.actions import Action
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.updates import Chat, Message, User
from chatwarden.bot.words import Html, say
from chatwarden.errors import TelegramRefused
from chatwarden.telegram.messages import Keyboard

if TYPE_CHECKING:
    from chatwarden.bot.commands.registry import Command

log = structlog.get_logger()

ANSWERS_STAY = timedelta(seconds=30)
"""An answer that everybody in a group sees is deleted after this time."""

_DURATION = re.compile(r"(\d{1,6})\s*([mhdw])", re.ASCII | re.IGNORECASE)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_UNITS["w"] = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a command is about: who wrote the message that it replies to."""

    sender_kind: str
    """"user" or "channel"."""
    sender_id: int
    name: str = ""
    message: Message | None = None
    raw: bytes | None = None
    """The message as Telegram wrote it."""

    @property
    def who(self) -> Html:
        """Their name for people; where they are a user, it leads to them."""
        return mention(self.sender_kind, self.sender_id, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    ports: BotPorts
    update_id: int
    name: str
    """Of the command."""
    argument: str = ""
    """What stands behind it."""
    user: User
    chat: Chat
    """Where it was said."""
    message_id: int | None = None
    """The message that said it."""
    file: Message | None = None
    """The message with the file that it is about."""
    target: Target | None = None
    language: str = "en"
    commands: Mapping[str, "Command"]
    """All there are, by name."""
    now: datetime

    @property
    def subject(self) -> str:
        """Who says it, as it is stored."""
        return f"user:{self.user.id}"

    async def answer(self, text: Html, *, keyboard: Keyboard = ()) -> None:
        """Tell whoever said it, and nobody else where Telegram lets one."""
        telegram = self.ports.telegram
        if self.chat.is_private:
            await telegram.send(self.chat.id, text, keyboard=keyboard)
            return
        try:
            await telegram.send(self.chat.id, text, keyboard=keyboard, only_for=self.user.id)
        except TelegramRefused as refusal:
            log.debug("no ephemeral message", chat_id=self.chat.id, reason=refusal.code)
        else:
            return
        try:
            await telegram.send(self.user.id, text, keyboard=keyboard)
        except TelegramRefused:
            await self.answer_all(text, keyboard=keyboard)

    async def send_file(self, name: str, content: bytes, text: Html) -> None:
        """Send whoever said it a file, in private."""
        await self.ports.telegram.send_file(self.user.id, name, content, text)

    async def answer_all(
        self, text: Html, *, keyboard: Keyboard = (), stays: timedelta | None = ANSWERS_STAY
    ) -> int:
        """Tell the group, for a while; the message's id."""
        sent = await self.ports.telegram.send(
            self.chat.id, text, keyboard=keyboard, reply_to=self.message_id, silent=True
        )
        if stays is not None:
            await self.tidy(sent, after=stays)
        return sent

    async def tidy(self, message_id: int, *, after: timedelta = timedelta(0)) -> None:
        """Have a message of the bot's, or a command to it, deleted later, by whichever process is there then."""
        await tidy(self.ports, self.chat.id, message_id, due_at=self.now + after)

    def say(self, key: str, /, **values: object) -> Html:
        return say(self.language, key, **values)


async def tidy(ports: BotPorts, chat_id: int, message_id: int, *, due_at: datetime) -> None:
    """Have a message that the bot just sent, or was just sent, deleted then."""
    now = ports.clock()
    action = Action(
        id=f"{ports.bot_id}-{chat_id}-{message_id}-tidy",
        bot_id=ports.bot_id,
        chat_id=chat_id,
        kind="delete_message",
        sender_kind="user",
        sender_id=ports.bot_id,
        date=now,
        message_id=message_id,
        message_date=now,
        requested_by="bot",
        due_at=due_at,
    )
    await ports.actions.add([action])
    ports.actions_added()


def mention(sender_kind: str, sender_id: int, name: str = "") -> Html:
    """A name that leads to its user."""
    shown = html.escape(name or str(sender_id), quote=False)
    if sender_kind != "user":
        return Html(f"<b>{shown}</b>")
    return Html(f'<a href="tg://user?id={sender_id}">{shown}</a>')


def read_duration(text: str) -> timedelta | None:
    """ "30m", "12h", "7d", "2w" at the start of a text. Raises ValueError where it is no time from a minute to a year; None for no text."""
    if not text:
        return None
    found = _DURATION.match(text)
    if found is None:
        raise ValueError(text)
    length = int(found[1]) * _UNITS[found[2].lower()]
    if not timedelta(minutes=1) <= length <= timedelta(days=365):
        raise ValueError(text)
    return length
