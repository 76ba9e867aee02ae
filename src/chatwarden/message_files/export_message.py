"""A message of a Telegram Desktop export as the update that a bot would have got.

In: a message as it stands in `result.json`. Out: a Bot API update; None for a service message. Raises ValueError, which says what is
wrong without a word of the content. Chats of every kind are taken as groups: what is asked is how their messages would be judged.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from chatwarden.surrogates import without_orphans

Update = dict[str, Any]

_ANONYMOUS_ADMIN = 1087968824
_CHANNEL_BOT = 136817688
_SUPERGROUP = 1_000_000_000_000
"""A supergroup's or channel's id in the Bot API is this and the export's id, below zero."""

_ENTITIES = {
    "link": "url",
    "phone": "phone_number",
    "mention_name": "text_mention",
    **{
        name: name
        for name in (
            "mention",
            "hashtag",
            "cashtag",
            "bot_command",
            "email",
            "bold",
            "italic",
            "underline",
            "strikethrough",
            "spoiler",
            "code",
            "pre",
            "blockquote",
            "text_link",
            "custom_emoji",
        )
    },
}
"""The export's names of entities and the Bot API's. Others have no counterpart: they are plain text."""

_MEDIA = {
    "sticker": "sticker",
    "video_message": "video_note",
    "voice_message": "voice",
    "animation": "animation",
    "video_file": "video",
    "audio_file": "audio",
}


@dataclass(frozen=True, slots=True)
class ExportChat:
    id: int
    """As the Bot API writes it."""
    title: str


class _Chat(msgspec.Struct):
    id: int = 0
    name: str | None = None
    type: str = ""


class _Piece(msgspec.Struct):
    type: str = "plain"
    text: str = ""
    href: str | None = None
    user_id: int | None = None
    document_id: str | None = None
    language: str | None = None


class _Contact(msgspec.Struct):
    phone_number: str = ""
    first_name: str | None = None
    last_name: str | None = None


class _Answer(msgspec.Struct):
    text: str | list[str | _Piece] = ""


class _Poll(msgspec.Struct):
    question: str | list[str | _Piece] = ""
    answers: list[_Answer] = []


class _Location(msgspec.Struct):
    latitude: float = 0.0
    longitude: float = 0.0


class _Button(msgspec.Struct):
    type: str = ""
    text: str = ""
    data: str | None = None


class _Message(msgspec.Struct):
    id: int
    type: str
    date: str = ""
    date_unixtime: str | int | None = None
    text: str | list[str | _Piece] = ""
    edited_unixtime: str | int | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    from_id: str | int | None = None
    forwarded_from: str | None = None
    forwarded_from_id: str | int | None = None
    via_bot: str | None = None
    reply_to_message_id: int | None = None
    photo: str | None = None
    file: str | None = None
    file_name: str | None = None
    media_type: str | None = None
    mime_type: str | None = None
    sticker_emoji: str | None = None
    performer: str | None = None
    title: str | None = None
    contact_information: _Contact | None = None
    poll: _Poll | None = None
    location_information: _Location | None = None
    place_name: str | None = None
    address: str | None = None
    game_title: str | None = None
    game_description: str | None = None
    inline_bot_buttons: list[list[_Button]] | None = None


_CHAT = msgspec.json.Decoder(_Chat)
_MESSAGE = msgspec.json.Decoder(_Message)


def read_chat(raw: bytes) -> ExportChat:
    """A chat by its own fields; one without a name or id is a chat all the same."""
    try:
        chat = _CHAT.decode(without_orphans(raw))
    except (msgspec.DecodeError, UnicodeDecodeError):
        chat = _Chat()
    is_basic = chat.type == "private_group"
    chat_id = -chat.id if is_basic else -(_SUPERGROUP + chat.id)
    return ExportChat(id=chat_id or -1, title=chat.name or "Export")


def read_message(raw: bytes, chat: ExportChat, *, update_id: int) -> Update | None:
    """Raises ValueError where it cannot be read."""
    try:
        message = _MESSAGE.decode(without_orphans(raw))
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"no JSON object: {error}") from None
    if message.type != "message":
        return None
    body: Update = {
        "message_id": message.id,
        "date": _date(message),
        "chat": {"id": chat.id, "type": "supergroup", "title": chat.title},
    }
    if message.edited_unixtime is not None:
        body["edit_date"] = _seconds(message.edited_unixtime)
    body |= _sender(message, chat) | _origin(message, body["date"]) | _content(message)
    if message.reply_to_message_id is not None:
        body["reply_to_message"] = {
            "message_id": message.reply_to_message_id,
            "date": 0,
            "chat": body["chat"],
        }
    return {"update_id": update_id, "message": body}


def _date(message: _Message) -> int:
    if message.date_unixtime is not None:
        return _seconds(message.date_unixtime)
    # Exports of before 2021 hold the local time only.
    try:
        return int(datetime.fromisoformat(message.date).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise ValueError("`date` is no date") from None


def _seconds(value: str | int) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError("a date is no number of seconds") from None


def _peer(peer: str | int | None) -> tuple[str, int]:
    """Kind and id of "user5", "channel6", "chat7", or of a number, which is a user's."""
    text = str(peer or "")
    kind = text.rstrip("0123456789")
    number = text[len(kind) :]
    return (kind or "user", int(number)) if number else ("", 0)


def _channel(number: int, title: str | None) -> Update:
    return {"id": -(_SUPERGROUP + number), "type": "channel", "title": title or ""}


def _person(number: int, name: str | None) -> Update:
    return {"id": number, "is_bot": False, "first_name": name or "Deleted Account"}


def _sender(message: _Message, chat: ExportChat) -> Update:
    kind, number = _peer(message.from_id)
    if kind == "user":
        return {"from": _person(number, message.from_)}
    sender = _channel(number, message.from_)
    if not kind or sender["id"] == chat.id or -number == chat.id:
        stand_in = {"id": _ANONYMOUS_ADMIN, "is_bot": True, "first_name": "Group"}
        return {
            "from": stand_in,
            "sender_chat": {"id": chat.id, "type": "supergroup", "title": chat.title},
        }
    return {
        "from": {"id": _CHANNEL_BOT, "is_bot": True, "first_name": "Channel"},
        "sender_chat": sender,
    }


def _origin(message: _Message, date: int) -> Update:
    found: Update = {}
    if message.forwarded_from is not None or message.forwarded_from_id is not None:
        kind, number = _peer(message.forwarded_from_id)
        name = message.forwarded_from
        origin: Update = {"date": date}
        if kind == "user":
            origin |= {"type": "user", "sender_user": _person(number, name)}
        elif kind:
            origin |= {"type": "channel", "chat": _channel(number, name), "message_id": 1}
        else:
            origin |= {"type": "hidden_user", "sender_user_name": name or ""}
        found["forward_origin"] = origin
    if message.via_bot is not None:
        username = message.via_bot.removeprefix("@")
        found["via_bot"] = {"id": 1, "is_bot": True, "first_name": username, "username": username}
    return found


def _content(message: _Message) -> Update:
    text, entities = _text(message.text)
    media = _media(message)
    place, marks = ("caption", "caption_entities") if media else ("text", "entities")
    found = dict(media)
    if text:
        found[place] = text
        if entities:
            found[marks] = entities
    rows = [[_button(button) for button in row] for row in message.inline_bot_buttons or ()]
    if rows:
        found["reply_markup"] = {"inline_keyboard": rows}
    return found


def _text(value: str | list[str | _Piece]) -> tuple[str, list[Update]]:
    """The whole text, and its entities by UTF-16 code units."""
    if isinstance(value, str):
        return value, []
    texts: list[str] = []
    entities: list[Update] = []
    offset = 0
    for piece in value:
        text = piece if isinstance(piece, str) else piece.text
        length = len(text.encode("utf-16-le")) // 2
        if isinstance(piece, _Piece) and piece.type in _ENTITIES and length:
            entities.append(
                {"type": _ENTITIES[piece.type], "offset": offset, "length": length}
                | _of_entity(piece)
            )
        texts.append(text)
        offset += length
    return "".join(texts), entities


def _of_entity(piece: _Piece) -> Update:
    found: Update = {}
    if piece.href is not None:
        found["url"] = piece.href
    if piece.user_id is not None:
        found["user"] = _person(piece.user_id, piece.text)
    if piece.document_id is not None:
        found["custom_emoji_id"] = piece.document_id
    if piece.language:
        found["language"] = piece.language
    return found


def _media(message: _Message) -> Update:
    if message.photo is not None:
        return {"photo": [_file()]}
    if message.contact_information is not None:
        return {"contact": _known(message.contact_information)}
    if message.poll is not None:
        options = [{"text": _text(answer.text)[0]} for answer in message.poll.answers]
        return {"poll": {"question": _text(message.poll.question)[0], "options": options}}
    if (where := message.location_information) is not None:
        location = {"latitude": where.latitude, "longitude": where.longitude}
        if message.place_name is None:
            return {"location": location}
        venue = {
            "location": location,
            "title": message.place_name,
            "address": message.address or "",
        }
        return {"venue": venue}
    if message.game_title is not None:
        return {
            "game": {"title": message.game_title, "description": message.game_description or ""}
        }
    kind = _MEDIA.get(message.media_type or "", "document" if message.file is not None else None)
    if kind is None:
        return {}
    told = {
        "file_name": message.file_name,
        "mime_type": message.mime_type,
        "emoji": message.sticker_emoji if kind == "sticker" else None,
        "performer": message.performer if kind == "audio" else None,
        "title": message.title if kind == "audio" else None,
    }
    return {kind: _file() | {name: value for name, value in told.items() if value is not None}}


def _file() -> Update:
    """An export holds a path and no id."""
    return {"file_id": "", "file_unique_id": "", "width": 0, "height": 0}


def _known(contact: _Contact) -> Update:
    fields = msgspec.structs.asdict(contact)
    return {name: value for name, value in fields.items() if value}


def _button(button: _Button) -> Update:
    found: Update = {"text": button.text}
    if button.type in ("url", "auth") and button.data:
        found["url"] = button.data
    elif button.type in ("web_view", "simple_web_view") and button.data:
        found["web_app"] = {"url": button.data}
    return found
