"""What the control API takes and gives, as types. The client uses the same ones."""

from typing import Any

import msgspec

from chatwarden.simulator.state.chats import ChatType
from chatwarden.simulator.state.ledger import Deletion, Record
from chatwarden.simulator.state.members import Permissions, Rights
from chatwarden.simulator.state.posting import Draft, Edit


class Request(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A request's body; an unknown field is a mistake."""


class NewPerson(Request, kw_only=True):
    """A person to exist. Without `id` one is chosen; with a known one the person is changed."""

    first_name: str
    id: int | None = None
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    is_premium: bool = False
    bio: str | None = None
    personal_chat_id: int | None = None
    photo_file_id: str | None = None


class NewPeople(Request, kw_only=True):
    people: list[NewPerson]


class NewChat(Request, kw_only=True):
    """A group or channel to exist. `linked_chat_id`: the channel of a discussion group, or the
    other way round."""

    title: str
    type: ChatType = "supergroup"
    id: int | None = None
    username: str | None = None
    owner: int | None = None
    is_forum: bool = False
    description: str | None = None
    linked_chat_id: int | None = None
    permissions: Permissions | None = None


class NewFile(Request, kw_only=True):
    """A file to exist; its content in base64."""

    content: bytes


class NewBot(Request, kw_only=True):
    token: str
    name: str = "Warden"
    username: str = "warden_bot"
    reads_everything: bool = False


class Join(Request, kw_only=True):
    """People join. `extra` goes into their chat_member update; `announced` false: no service
    message."""

    chat_id: int
    person_ids: list[int]
    extra: dict[str, Any] | None = None
    announced: bool = True


class AskToJoin(Request, kw_only=True):
    """Somebody asks to be let in. `with_query`: Telegram waits ten seconds for the bot's word. `extra` goes into the update."""

    chat_id: int
    person_id: int
    with_query: bool = False
    extra: dict[str, Any] | None = None


class Leave(Request, kw_only=True):
    chat_id: int
    person_ids: list[int]
    announced: bool = True


class Promote(Request, kw_only=True):
    """Somebody becomes an administrator, or with `rights` null a plain member. `by`: who does it,
    else the owner."""

    chat_id: int
    person_id: int
    rights: Rights | None = None
    by: int | None = None
    custom_title: str | None = None


class Tag(Request, kw_only=True):
    """A member gives themselves a tag; null takes it away."""

    chat_id: int
    person_id: int
    tag: str | None = None


class Kick(Request, kw_only=True):
    """An admin bans somebody by hand, the bot itself for instance."""

    chat_id: int
    person_id: int
    by: int | None = None
    until_date: int = 0


class Post(Request, kw_only=True):
    chat_id: int
    message: Draft


class Bulk(Request, kw_only=True):
    chat_id: int
    messages: list[Draft]


class EditMessage(Request, kw_only=True):
    chat_id: int
    message_id: int
    change: Edit


class Press(Request, kw_only=True):
    chat_id: int
    message_id: int
    from_id: int
    data: str


class React(Request, kw_only=True):
    """`from_id`: a person's id, or a channel's."""

    chat_id: int
    message_id: int
    from_id: int
    emoji: list[str]


class RawUpdates(Request, kw_only=True):
    """Updates for a bot exactly as they stand; those without update_id get one. Without `token`:
    the first bot."""

    updates: list[msgspec.Raw]
    token: str | None = None


class Migrate(Request, kw_only=True):
    chat_id: int


class SetClock(Request, kw_only=True):
    """`advance` in seconds; `frozen` stops the time or lets it run."""

    advance: float = 0.0
    frozen: bool | None = None


class Ids(msgspec.Struct):
    """Ids of what was made, in the order asked for; null for a message its sender may not post."""

    ids: list[int | None]


class Text(msgspec.Struct):
    value: str


class Time(msgspec.Struct):
    """Seconds since the epoch."""

    now: float


class LedgerPage(msgspec.Struct):
    deletions: list[Deletion]
    records: list[Record]


class MessageState(msgspec.Struct, kw_only=True):
    """A message as it stands. `deleted_at` in seconds since the epoch."""

    message_id: int
    sender: int
    deleted_at: float | None
    by_bot: int | None
    message: dict[str, Any]
    only_for: int | None = None
    """Of an ephemeral message the one person who sees it."""


class MemberState(msgspec.Struct, kw_only=True):
    person_id: int
    status: str
    member: dict[str, Any]


class ChatState(msgspec.Struct, kw_only=True):
    """A chat in figures, with everybody's standing."""

    chat_id: int
    title: str
    type: str
    messages: int
    deleted: int
    members: list[MemberState]
    banned_channels: list[int]


class BotState(msgspec.Struct, kw_only=True):
    bot_id: int
    username: str | None
    pending_updates: int
    allowed_updates: list[str]


class State(msgspec.Struct, kw_only=True):
    now: float
    people: int
    chats: list[ChatState]
    bots: list[BotState]
