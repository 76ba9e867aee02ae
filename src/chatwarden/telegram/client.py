"""Calls that change something in Telegram, or ask who somebody is. The one place that imports aiogram.

In: plain ids. Out: plain values. Fails with the errors of `chatwarden.errors`: RetryLater where waiting helps,
TelegramRefused where it does not.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BufferedInputFile,
    ChatMemberAdministrator,
    ChatMemberUnion,
    ChatPermissions,
    EphemeralMessageParameters,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from aiohttp import ClientError

from chatwarden.errors import (
    ChatUnreachable,
    MissingRight,
    TargetGone,
    TargetProtected,
    TelegramBusy,
    TelegramFailed,
    TelegramRefused,
    TelegramUnreachable,
    TokenRejected,
)
from chatwarden.telegram.membership import Admin, Admins, Membership, MemberStatus, as_datetime
from chatwarden.telegram.messages import Button, CommandScope, Keyboard
from chatwarden.tracing import CHAT_ID, TRACER

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PERMISSIONS = tuple(ChatPermissions.model_fields)
"""Telegram's names of what a member may do."""

NO_PERMISSIONS = ChatPermissions(**dict.fromkeys(PERMISSIONS, False))
ALL_PERMISSIONS = ChatPermissions(**dict.fromkeys(PERMISSIONS, True))
"""Giving all of them lifts a restriction: the member has the group's own permissions again."""

NEEDED_RIGHTS = ("can_delete_messages", "can_restrict_members")
ALL_RIGHTS = frozenset(
    name for name in ChatMemberAdministrator.model_fields if name.startswith("can_")
) - {"can_be_edited"}
"""Telegram's names of what an admin may do."""

# Telegram's words, in lower case, and what they mean. Its errors have no other code.
_MEANINGS: tuple[tuple[str, type[TelegramRefused]], ...] = (
    ("not enough rights", MissingRight),
    ("chat_admin_required", MissingRight),
    ("need administrator rights", MissingRight),
    ("user is an administrator", TargetProtected),
    ("can't remove chat owner", TargetProtected),
    ("user_admin_invalid", TargetProtected),
    ("message to delete not found", TargetGone),
    ("message_id_invalid", TargetGone),
    ("participant_id_invalid", TargetGone),
    ("user not found", TargetGone),
    ("invalid user_id specified", TargetGone),
    ("member not found", TargetGone),
    ("chat not found", ChatUnreachable),
    ("bot was kicked", ChatUnreachable),
    ("bot is not a member", ChatUnreachable),
    ("group chat was deleted", ChatUnreachable),
    ("bot was blocked by the user", ChatUnreachable),
    ("can't initiate conversation", ChatUnreachable),
    ("user is deactivated", ChatUnreachable),
    ("message to edit not found", TargetGone),
    ("message to be replied not found", TargetGone),
    ("message can't be edited", TargetGone),
    ("query is too old", TargetGone),
    ("hide_requester_missing", TargetGone),
    ("user_already_participant", TargetGone),
)


_POSTS = 5
"""Of a personal channel, as many as are looked at."""
_FILES = 0
"""Stands for a chat where Telegram asks to wait with files."""

_UNTOLD_WAIT_SECONDS = 5.0
"""Where Telegram asks to wait and does not say how long."""


@dataclass(frozen=True, slots=True)
class ChatFacts:
    title: str
    linked_chat_id: int | None


@dataclass(frozen=True, slots=True)
class PersonalChannel:
    """The channel that a person shows in their profile."""

    title: str
    username: str
    texts: Sequence[str]
    """Of its newest posts that the bot is shown."""


@dataclass(frozen=True, slots=True)
class Profile:
    bio: str
    photo_file_id: str | None
    personal_channel: PersonalChannel | None


class TelegramClient:
    """One bot's calls. Use `connect`.

    Where Telegram asked to wait, nothing is asked of that chat before: whoever tries is told how long it still takes.
    """

    def __init__(self, bot: Bot, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._clock = clock
        self._busy_until: dict[int, float] = {}

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, *, api: str, token: str, clock: Callable[[], float] = time.monotonic
    ) -> AsyncIterator["TelegramClient"]:
        session = AiohttpSession(api=TelegramAPIServer.from_base(api), timeout=20)
        try:
            session.middleware(_trace)
            yield cls(Bot(token, session=session), clock=clock)
        finally:
            await session.close()

    async def delete_messages(self, chat_id: int, message_ids: Sequence[int]) -> None:
        """1 to 100 messages, each younger than 48 hours. Those already gone are passed over."""
        async with self._asking(chat_id):
            await self._bot.delete_messages(chat_id, list(message_ids))

    async def delete_message(self, chat_id: int, message_id: int) -> None:
        """Raises TargetGone where it was gone already."""
        async with self._asking(chat_id):
            await self._bot.delete_message(chat_id, message_id)

    async def delete_reactions(self, chat_id: int, sender_id: int, *, of_channel: bool) -> None:
        """All recent reactions of a sender in a group, up to 10,000."""
        async with self._asking(chat_id):
            await self._bot.delete_all_message_reactions(
                chat_id,
                user_id=None if of_channel else sender_id,
                actor_chat_id=sender_id if of_channel else None,
            )

    async def mute(self, chat_id: int, user_id: int, *, until: datetime) -> None:
        """Take every permission until then. Groups that are no supergroups do not know this."""
        async with self._asking(chat_id):
            await self._bot.restrict_chat_member(
                chat_id,
                user_id,
                NO_PERMISSIONS,
                use_independent_chat_permissions=True,
                until_date=until,
            )

    async def restore(self, chat_id: int, user_id: int, former: Membership) -> None:
        """Give back what a member might do before a mute: the group's permissions, or their own."""
        permissions = ALL_PERMISSIONS
        until = None
        if former.status == "restricted" and former.permissions is not None:
            permissions = ChatPermissions(**former.permissions)
            until = as_datetime(former.until_date)
        async with self._asking(chat_id):
            await self._bot.restrict_chat_member(
                chat_id,
                user_id,
                permissions,
                use_independent_chat_permissions=True,
                until_date=until,
            )

    async def ban(self, chat_id: int, user_id: int, *, until: datetime | None) -> None:
        async with self._asking(chat_id):
            await self._bot.ban_chat_member(chat_id, user_id, until_date=until)

    async def unban(self, chat_id: int, user_id: int) -> None:
        """Lifts a ban and nothing else: without `only_if_banned` Telegram would remove a present member."""
        async with self._asking(chat_id):
            await self._bot.unban_chat_member(chat_id, user_id, only_if_banned=True)

    async def ban_channel(self, chat_id: int, channel_id: int) -> None:
        """Bans every channel of that owner from writing here."""
        async with self._asking(chat_id):
            await self._bot.ban_chat_sender_chat(chat_id, channel_id)

    async def unban_channel(self, chat_id: int, channel_id: int) -> None:
        async with self._asking(chat_id):
            await self._bot.unban_chat_sender_chat(chat_id, channel_id)

    async def membership(self, chat_id: int, user_id: int) -> Membership:
        """What Telegram says of a sender right now. One who was never here counts as left."""
        try:
            async with self._asking(chat_id):
                return _membership(await self._bot.get_chat_member(chat_id, user_id))
        except TargetGone:
            return Membership(status="left", is_member=False)

    async def admins(self, chat_id: int) -> Admins:
        """Owner and admins, bots included."""
        async with self._asking(chat_id):
            admins = await self._bot.get_chat_administrators(chat_id)
        users = [admin.user for admin in admins]
        return Admins(
            owner_id=next((one.user.id for one in admins if one.status == "creator"), None),
            admins=[Admin(user.id, user.full_name, user.username or "") for user in users],
            moderators=[
                one.user.id
                for one in admins
                if not one.user.is_bot and _rights(one).issuperset(NEEDED_RIGHTS)
            ],
            bot_ids=[user.id for user in users if user.is_bot],
        )

    async def admin_rights(self, chat_id: int) -> dict[int, frozenset[str]]:
        """Telegram's names of the rights of each admin, by id; the owner has all of them."""
        async with self._asking(chat_id):
            admins = await self._bot.get_chat_administrators(chat_id)
        return {one.user.id: _rights(one) for one in admins}

    async def missing_rights(self, chat_id: int) -> list[str]:
        """Which of NEEDED_RIGHTS the bot lacks in a group."""
        async with self._asking(chat_id):
            me = await self._bot.get_chat_member(chat_id, self._bot.id)
        return [right for right in NEEDED_RIGHTS if not getattr(me, right, False)]

    async def chat_facts(self, chat_id: int) -> ChatFacts:
        """A group's title, and the channel whose discussion group it is."""
        async with self._asking(chat_id):
            chat = await self._bot.get_chat(chat_id)
        return ChatFacts(title=chat.title or str(chat_id), linked_chat_id=chat.linked_chat_id)

    async def profile(self, user_id: int) -> Profile:
        """What somebody shows of themselves. Raises TelegramRefused where Telegram does not tell a bot."""
        async with self._asking(user_id):
            person = await self._bot.get_chat(user_id)
        channel = None
        if (shown := person.personal_chat) is not None:
            channel = PersonalChannel(
                title=shown.title or "",
                username=shown.username or "",
                texts=await self._personal_texts(user_id),
            )
        return Profile(
            bio=person.bio or "",
            photo_file_id=None if person.photo is None else person.photo.big_file_id,
            personal_channel=channel,
        )

    async def _personal_texts(self, user_id: int) -> list[str]:
        try:
            async with self._asking(user_id):
                posts = await self._bot.get_user_personal_chat_messages(user_id, _POSTS)
        except TelegramRefused:
            return []  # The channel's name is known all the same.
        return [text for post in posts if (text := post.text or post.caption)]

    async def download(self, file_id: str, *, most_bytes: int) -> bytes:
        """A file's bytes. Raises TelegramRefused where it has more than that."""
        async with self._asking(_FILES):
            file = await self._bot.get_file(file_id)
            if file.file_path is None:
                raise TelegramRefused("A file without a path.")
            target = _BoundedBuffer(most_bytes)
            await self._bot.download_file(file.file_path, target, timeout=20)
        return target.getvalue()

    async def send(
        self,
        chat_id: int,
        html: str,
        *,
        keyboard: Keyboard = (),
        reply_to: int | None = None,
        only_for: int | None = None,
        silent: bool = False,
    ) -> int:
        """Send a message; its id. `only_for`: a member of the group who alone sees it. What it replies to may be gone."""
        async with self._asking(chat_id):
            message = await self._bot.send_message(
                chat_id,
                html,
                parse_mode="HTML",
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                disable_notification=silent,
                reply_parameters=(
                    None
                    if reply_to is None
                    else ReplyParameters(message_id=reply_to, allow_sending_without_reply=True)
                ),
                reply_markup=_markup(keyboard),
                ephemeral_message_parameters=(
                    None
                    if only_for is None
                    else EphemeralMessageParameters(receiver_user_id=only_for)
                ),
            )
        return message.ephemeral_message_id or message.message_id

    async def send_file(self, chat_id: int, name: str, content: bytes, html: str) -> int:
        """Send a file with some words; the message's id."""
        async with self._asking(chat_id):
            message = await self._bot.send_document(
                chat_id,
                BufferedInputFile(content, filename=name),
                caption=html,
                parse_mode="HTML",
                disable_content_type_detection=True,
            )
        return message.message_id

    async def edit_ephemeral(
        self, chat_id: int, user_id: int, message_id: int, html: str, *, keyboard: Keyboard = ()
    ) -> None:
        """The same of a message that one member alone sees."""
        async with self._asking(chat_id):
            await self._bot.edit_ephemeral_message_text(
                text=html,
                chat_id=chat_id,
                receiver_user_id=user_id,
                ephemeral_message_id=message_id,
                parse_mode="HTML",
                reply_markup=_markup(keyboard),
            )

    async def delete_ephemeral(self, chat_id: int, user_id: int, message_id: int) -> None:
        """Take away a message that one member alone sees. Whether it still stands Telegram does not say."""
        async with self._asking(chat_id):
            await self._bot.delete_ephemeral_message(
                chat_id=chat_id, receiver_user_id=user_id, ephemeral_message_id=message_id
            )

    async def approve_join(self, chat_id: int, user_id: int) -> None:
        """Let in somebody who asked to be. Raises TelegramRefused where they do not ask any more."""
        async with self._asking(chat_id):
            await self._bot.approve_chat_join_request(chat_id, user_id)

    async def decline_join(self, chat_id: int, user_id: int) -> None:
        """Refuse somebody who asked to be let in; they may ask again."""
        async with self._asking(chat_id):
            await self._bot.decline_chat_join_request(chat_id, user_id)

    async def leave_to_admins(self, chat_id: int, query_id: str) -> None:
        """Say within the ten seconds Telegram waits that a request is decided later. Too late is no error: that is what it comes to then."""
        try:
            async with self._asking(chat_id):
                await self._bot.answer_chat_join_request_query(query_id, "queue")
        except TelegramRefused:
            return

    async def edit(
        self, chat_id: int, message_id: int, html: str, *, keyboard: Keyboard = ()
    ) -> None:
        """Change what a message of the bot's says; nothing where it says just that. Raises TargetGone."""
        try:
            async with self._asking(chat_id):
                await self._bot.edit_message_text(
                    html,
                    chat_id=chat_id,
                    message_id=message_id,
                    parse_mode="HTML",
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                    reply_markup=_markup(keyboard),
                )
        except TelegramRefused as refusal:
            if "message is not modified" not in str(refusal):
                raise

    async def answer_button(
        self, user_id: int, query_id: str, text: str = "", *, alert: bool = False
    ) -> None:
        """Let a pressed button stop waiting, with a line of 200 characters at most. Too late is no error."""
        try:
            async with self._asking(user_id):
                await self._bot.answer_callback_query(query_id, text[:200], show_alert=alert)
        except TargetGone:
            return

    async def set_commands(
        self, commands: Mapping[str, str], *, scope: CommandScope, language: str = ""
    ) -> None:
        """What Telegram's apps offer behind "/", by scope and language ("": every other one)."""
        offered = [
            BotCommand(command=name, description=words[:256]) for name, words in commands.items()
        ]
        async with self._asking(self._bot.id):
            await self._bot.set_my_commands(
                offered, scope=_SCOPES[scope], language_code=language or None
            )

    async def description(self) -> str:
        """What Telegram's apps show of the bot before somebody starts it, where their language has no other."""
        async with self._asking(self._bot.id):
            return (await self._bot.get_my_description()).description

    async def set_description(self, text: str, *, language: str = "") -> None:
        """The same for a language ("": every other one); up to 512 characters."""
        async with self._asking(self._bot.id):
            await self._bot.set_my_description(text[:512], language_code=language or None)

    @asynccontextmanager
    async def _asking(self, chat_id: int) -> AsyncIterator[None]:
        wait = self._busy_until.get(chat_id, 0.0) - self._clock()
        if wait > 0:
            raise TelegramBusy(f"chat {chat_id}", seconds=wait)
        self._busy_until.pop(chat_id, None)
        try:
            async with _translated(chat_id):
                yield
        except TelegramBusy as error:
            self._busy_until[chat_id] = self._clock() + error.seconds
            raise


_SCOPES: dict[
    CommandScope,
    BotCommandScopeAllPrivateChats
    | BotCommandScopeAllGroupChats
    | BotCommandScopeAllChatAdministrators,
] = {
    "private": BotCommandScopeAllPrivateChats(),
    "members": BotCommandScopeAllGroupChats(),
    "admins": BotCommandScopeAllChatAdministrators(),
}


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    rows = [[_button(button) for button in row] for row in keyboard]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=button.text, callback_data=button.data, url=button.url)


def _rights(admin: ChatMemberUnion) -> frozenset[str]:
    if admin.status == ChatMemberStatus.CREATOR:
        return ALL_RIGHTS
    return frozenset(right for right in ALL_RIGHTS if getattr(admin, right, False))


class _BoundedBuffer(BytesIO):
    """Takes so many bytes and refuses to take more."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__()
        self._most_bytes = most_bytes

    def write(self, data: "ReadableBuffer", /) -> int:
        if self.tell() + len(memoryview(data)) > self._most_bytes:
            raise TelegramRefused(f"A file of more than {self._most_bytes} bytes.")
        return super().write(data)


@asynccontextmanager
async def _translated(chat_id: int) -> AsyncIterator[None]:
    try:
        yield
    except TelegramRetryAfter as error:
        raise TelegramBusy(f"chat {chat_id}", seconds=float(error.retry_after)) from None
    except TelegramServerError as error:
        raise TelegramFailed(type(error).__name__, seconds=2) from None
    except (TelegramNetworkError, ClientDecodeError, ClientError, TimeoutError) as error:
        # Their text may hold the address, and that the token. What is no Bot API's JSON comes from something in between.
        raise TelegramUnreachable(type(error).__name__, seconds=2) from None
    except TelegramUnauthorizedError:
        raise TokenRejected from None
    except TelegramMigrateToChat as error:
        raise ChatUnreachable(f"It became the supergroup {error.migrate_to_chat_id}.") from None
    except TelegramForbiddenError as error:
        raise _refusal(error.message, otherwise=ChatUnreachable) from None
    except AiogramError as error:
        raise _refusal(getattr(error, "message", type(error).__name__)) from None


def _refusal(
    words: str, *, otherwise: type[TelegramRefused] = TelegramRefused
) -> TelegramRefused | TelegramBusy:
    lower = words.lower()
    if lower.startswith("too many requests"):
        return TelegramBusy(seconds=_UNTOLD_WAIT_SECONDS)
    meaning = next((meaning for part, meaning in _MEANINGS if part in lower), otherwise)
    return meaning(f"Telegram: {words}")


def _membership(member: ChatMemberUnion) -> Membership:
    status: MemberStatus = ChatMemberStatus(member.status).value
    until = getattr(member, "until_date", None)
    until_date = int(until.timestamp()) or None if isinstance(until, datetime) else until or None
    permissions = None
    if status == "restricted":
        permissions = {
            name: value
            for name in PERMISSIONS
            if (value := getattr(member, name, None)) is not None
        }
    return Membership(
        status=status,
        is_member=status in ("creator", "administrator", "member")
        or bool(getattr(member, "is_member", False)),
        permissions=permissions,
        until_date=until_date,
    )


async def _trace(
    make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]
) -> Any:
    chat_id = getattr(method, "chat_id", None)
    attributes = {CHAT_ID: chat_id} if isinstance(chat_id, int) else {}
    name = f"telegram {method.__api_method__}"
    with TRACER.start_as_current_span(name, attributes=attributes):
        return await make_request(bot, method)
