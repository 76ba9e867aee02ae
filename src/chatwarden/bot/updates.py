"""What the bot reads of an update: the few fields that its answers depend on.

In: raw bytes. Out: an Interaction. What is no interaction of ours, or has another shape than Telegram's, is None.
"""

import msgspec

from chatwarden.surrogates import without_orphans

ANONYMOUS_ADMIN = 1087968824
"""Telegram's account that stands for an anonymous admin; `sender_chat` is then the group."""


class User(msgspec.Struct, frozen=True):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or str(self.id)


class Chat(msgspec.Struct, frozen=True):
    id: int
    type: str = ""
    title: str = ""

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    @property
    def is_group(self) -> bool:
        return self.type in ("group", "supergroup")


class Entity(msgspec.Struct, frozen=True):
    type: str
    offset: int = 0
    length: int = 0
    user: User | None = None


class Document(msgspec.Struct, frozen=True):
    file_id: str
    file_name: str = ""
    file_size: int = 0


class Message(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    message_id: int
    chat: Chat
    date: int = 0
    from_: User | None = None
    sender_chat: Chat | None = None
    text: str = ""
    caption: str = ""
    entities: list[Entity] = []
    document: Document | None = None
    reply_to_message: "Message | None" = None
    migrate_to_chat_id: int | None = None
    ephemeral_message_id: int | None = None
    """Of a message that one member alone sees: its own number, as it has no other."""

    @property
    def is_of_anonymous_admin(self) -> bool:
        return self.sender_chat is not None and self.sender_chat.id == self.chat.id

    @property
    def words(self) -> str:
        return self.text or self.caption


class CallbackQuery(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    id: str
    from_: User
    message: Message | None = None
    data: str = ""


class ChatMember(msgspec.Struct, frozen=True):
    status: str = ""
    can_delete_messages: bool = False
    can_restrict_members: bool = False

    @property
    def is_present(self) -> bool:
        return self.status in ("creator", "administrator", "member", "restricted")


class ChatMemberUpdated(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    chat: Chat
    from_: User
    old_chat_member: ChatMember
    new_chat_member: ChatMember


class JoinRequest(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    chat: Chat
    from_: User
    user_chat_id: int
    """The bot may write there for five minutes."""
    query_id: str | None = None
    """Where Telegram waits ten seconds for the bot's word."""


class Update(msgspec.Struct, frozen=True):
    update_id: int
    message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None
    chat_join_request: JoinRequest | None = None


_UPDATE = msgspec.json.Decoder(Update)


class _Replying(msgspec.Struct, frozen=True):
    reply_to_message: msgspec.Raw = msgspec.Raw(b"")


class _RawReply(msgspec.Struct, frozen=True):
    message: _Replying = _Replying()


_RAW_REPLY = msgspec.json.Decoder(_RawReply)


def replied_to(raw: bytes) -> bytes | None:
    """The message that an update's message replies to, as Telegram wrote it."""
    found = _RAW_REPLY.decode(without_orphans(raw)).message.reply_to_message
    return bytes(found) or None


def read_update(raw: bytes) -> Update | None:
    """None where it is not of Telegram's shape: it was judged all the same, and nobody waits for an answer."""
    try:
        return _UPDATE.decode(without_orphans(raw))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
