"""From an update to whatever answers it.

In: a raw update that is an interaction. Out: the answer, given. What nobody has to answer is passed over quietly: others' bots have commands too.
"""

import difflib
import re
from collections.abc import Mapping

from chatwarden.bot.appeals.asking import take_words
from chatwarden.bot.buttons import press
from chatwarden.bot.call import Call, Target
from chatwarden.bot.coming import membership_changed, migrated
from chatwarden.bot.commands import ALL
from chatwarden.bot.commands.registry import Command
from chatwarden.bot.gate.requests import join_requested
from chatwarden.bot.groups import find, may_moderate
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.press import Press
from chatwarden.bot.updates import CallbackQuery, Message, Update, User, read_update, replied_to
from chatwarden.bot.words import known_language, plain
from chatwarden.outcomes.senders import kind_of
from chatwarden.storage.repositories import correspondents
from chatwarden.telegram.messages import Button

_MOST_DATA = 64
"""Bytes of a button's data (Bot API)."""
_ID = re.compile(r"-?[0-9]{5,16}")
_CLOSE_ENOUGH = 0.6
"""Of `difflib`, from which a mistyped command is taken for another."""


class Dispatcher:
    """One bot's."""

    def __init__(self, ports: BotPorts, commands: Mapping[str, Command] = ALL.by_name) -> None:
        self._ports = ports
        self._commands = dict(commands)

    async def answer(self, raw: bytes) -> None:
        """Raises RetryLater and TelegramRefused, where whoever was to be told cannot be."""
        update = read_update(raw)
        if update is None:
            return
        if update.callback_query is not None:
            await self._pressed(update, update.callback_query)
        elif update.chat_join_request is not None:
            await join_requested(self._ports, update.update_id, update.chat_join_request, raw)
        elif update.my_chat_member is not None:
            await membership_changed(self._ports, update.my_chat_member)
        elif update.message is not None and update.message.migrate_to_chat_id is not None:
            await migrated(
                self._ports, update.message.chat.id, to=update.message.migrate_to_chat_id
            )
        elif update.message is not None:
            await self._said(update, update.message, raw)

    async def _pressed(self, update: Update, query: CallbackQuery) -> None:
        await press(
            Press(
                ports=self._ports,
                update_id=update.update_id,
                query=query,
                language=await self._language_of(query.from_),
                now=self._ports.clock(),
                commands=self._commands,
            )
        )

    async def _said(self, update: Update, message: Message, raw: bytes) -> None:
        chat = message.chat
        if chat.is_private and message.from_ is not None:
            await self._remember(message.from_)
        named = _command(message.words if chat.is_private else message.text, self._ports.username)
        if named is None and chat.is_private:
            if await self._are_asked_for(update, message):
                return
            named = ("help" if message.document is None else "import", "")
        if named is None or message.from_ is None or not (chat.is_private or chat.is_group):
            return
        name, argument = named
        command = self._commands.get(name)
        if command is None:
            await self._hint(update, message, name)
            return
        if chat.is_private and "private" not in command.offered:
            name, command = "help", self._commands["help"]
        target = _target(message, raw) if command.about_a_message else None
        if target is None and command.about_a_message:
            target, argument = _named_by_id(argument)
        if message.is_of_anonymous_admin:
            if command.by == "admins":
                await self._ask_who(update, message, name, argument, target)
            return
        for_admins = command.by == "admins" and chat.is_group
        if for_admins and not await may_moderate(self._ports, chat.id, message.from_.id):
            return  # Whoever tries is not told that there is something to try.
        call = await self._call(update, message, message.from_, name, argument, target)
        await command.run(call)
        if chat.is_group:
            await call.tidy(message.message_id)

    async def _are_asked_for(self, update: Update, message: Message) -> bool:
        """Whether these are the words of somebody who was asked for them; then they were taken."""
        if message.from_ is None or message.document is not None:
            return False
        return await take_words(
            await self._call(update, message, message.from_, "appeal", message.text, None)
        )

    async def _call(
        self,
        update: Update,
        message: Message,
        user: User,
        name: str,
        argument: str,
        target: Target | None,
    ) -> Call:
        group = None if message.chat.is_private else await find(self._ports, message.chat.id)
        language = await self._language_of(user) if group is None else group.language
        return Call(
            ports=self._ports,
            update_id=update.update_id,
            name=name,
            argument=argument,
            user=user,
            chat=message.chat,
            message_id=message.message_id,
            file=_file(message),
            target=target,
            language=language,
            commands=self._commands,
            now=self._ports.clock(),
        )

    async def _hint(self, update: Update, message: Message, name: str) -> None:
        """An admin mistyped: say what may have been meant. Of others' commands nothing is said."""
        close = difflib.get_close_matches(name, self._commands, n=1, cutoff=_CLOSE_ENOUGH)
        if not close or message.from_ is None or message.is_of_anonymous_admin:
            return
        if message.chat.is_group and not await may_moderate(
            self._ports, message.chat.id, message.from_.id
        ):
            return
        call = await self._call(update, message, message.from_, name, "", None)
        await call.answer(call.say("unknown.hint", command=name, close=close[0]))

    async def _ask_who(
        self, update: Update, message: Message, name: str, argument: str, target: Target | None
    ) -> None:
        """An anonymous admin is one; which one, only a pressed button tells."""
        assert message.from_ is not None
        who, about = "", 0
        if target is not None:
            who = f"{target.sender_kind[0]}{target.sender_id}"
            about = 0 if target.message is None else target.message.message_id
        call = await self._call(update, message, message.from_, name, argument, target)
        parts = ("as", name, message.chat.id, about, who, update.update_id)
        data = ":".join(map(str, parts))
        first = argument.partition(" ")[0]
        if first and first.isascii() and len(data) + len(first) < _MOST_DATA:
            data += f":{first}"
        button = Button(plain(call.language, "button.confirm"), data=data)
        await call.answer_all(call.say("anonymous"), keyboard=[[button]])
        await call.tidy(message.message_id)

    async def _remember(self, user: User) -> None:
        async with self._ports.database.transaction() as session:
            await correspondents.remember(
                session,
                bot_id=self._ports.bot_id,
                user_id=user.id,
                language=known_language(user.language_code),
                now=self._ports.clock(),
            )

    async def _language_of(self, user: User) -> str:
        async with self._ports.database.transaction() as session:
            known = await correspondents.find(session, bot_id=self._ports.bot_id, user_id=user.id)
        chosen = None if known is None else known.language
        return chosen or known_language(user.language_code)


def _command(text: str, username: str) -> tuple[str, str] | None:
    """Name and argument of a command to this bot; None for what is none, or is another bot's."""
    if not text.startswith("/"):
        return None
    first, _, argument = text[1:].partition(" ")
    name, at, bot = first.partition("@")
    if at and bot.lower() != username.lower():
        return None
    return name.lower(), argument.strip()


def _named_by_id(argument: str) -> tuple[Target | None, str]:
    """Whom an argument begins with by their id, and the rest: what they wrote may be gone."""
    first, _, rest = argument.partition(" ")
    if not _ID.fullmatch(first):
        return None, argument
    sender_id = int(first)
    return Target(kind_of(sender_id), sender_id), rest.strip()


def _file(message: Message) -> Message | None:
    """The message with the file that a command is about: itself, or what it replies to."""
    if message.document is not None:
        return message
    replied = message.reply_to_message
    return None if replied is None or replied.document is None else replied


def _target(message: Message, raw: bytes) -> Target | None:
    """Who wrote the message that a command replies to, or who is named in it by a mention."""
    replied = message.reply_to_message
    if replied is None:
        named = next((one.user for one in message.entities if one.user is not None), None)
        return None if named is None else Target("user", named.id, named.name)
    raw_reply = replied_to(raw)
    if replied.sender_chat is not None:
        chat = replied.sender_chat
        return Target("channel", chat.id, chat.title, replied, raw_reply)
    if replied.from_ is None:
        return None
    return Target("user", replied.from_.id, replied.from_.name, replied, raw_reply)
