"""Sending, editing and deleting messages, and answering buttons."""

from collections.abc import Sequence
from typing import Any

from chatwarden.simulator.entities import detect, parse_html, utf16_length
from chatwarden.simulator.errors import ApiError, ControlError, bad_request
from chatwarden.simulator.methods.calling import (
    ChatParams,
    Method,
    Params,
    find_chat,
    own_member,
)
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.messages import Message
from chatwarden.simulator.state.posting import Edit, post_as_bot, rewrite
from chatwarden.simulator.state.replies import replied
from chatwarden.simulator.state.requests import may_be_written_to
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import Payload, decode, encode

DELETABLE = 48 * 3600
"""Seconds a bot may delete a message of a group (Bot API, deleteMessage)."""
LONGEST_TEXT = 4096
"""UTF-16 code units of a message's text after entities are parsed."""


class ReplyParameters(Params, kw_only=True):
    message_id: int
    allow_sending_without_reply: bool = False


class SendMessage(ChatParams, kw_only=True):
    text: str = ""
    parse_mode: str | None = None
    entities: list[dict[str, Any]] | None = None
    message_thread_id: int | None = None
    reply_parameters: ReplyParameters | None = None
    reply_to_message_id: int | None = None
    reply_markup: dict[str, Any] | None = None
    ephemeral_message_parameters: dict[str, Any] | None = None


class InputFile(Params, kw_only=True):
    file_name: str
    content: bytes


class SendDocument(ChatParams, kw_only=True):
    document: InputFile
    caption: str = ""
    parse_mode: str | None = None


class EditText(ChatParams, kw_only=True):
    message_id: int
    text: str = ""
    parse_mode: str | None = None
    entities: list[dict[str, Any]] | None = None
    reply_markup: dict[str, Any] | None = None


class EditMarkup(ChatParams, kw_only=True):
    message_id: int
    reply_markup: dict[str, Any] | None = None


class EditEphemeral(ChatParams, kw_only=True):
    receiver_user_id: int
    ephemeral_message_id: int
    text: str = ""
    parse_mode: str | None = None
    entities: list[dict[str, Any]] | None = None
    reply_markup: dict[str, Any] | None = None


class DeleteEphemeral(ChatParams, kw_only=True):
    receiver_user_id: int
    ephemeral_message_id: int


class DeleteMessage(ChatParams, kw_only=True):
    message_id: int


class DeleteMessages(ChatParams, kw_only=True):
    message_ids: list[int]


class DeleteReactions(ChatParams, kw_only=True):
    user_id: int | None = None
    actor_chat_id: int | None = None


class AnswerCallback(Params, kw_only=True):
    callback_query_id: str
    text: str | None = None
    show_alert: bool = False


def send_message(world: World, bot: Bot, params: SendMessage) -> object:
    """Send a text; a bot that is muted or was never written to by a person is refused."""
    chat = find_chat(world, bot, params.chat_id)
    text, entities = _text(world, params.text, params.parse_mode, params.entities)
    _check_may_send(world, bot, chat)
    body: Payload = {"text": text}
    if entities:
        body["entities"] = entities
    if params.message_thread_id is not None:
        body["message_thread_id"] = params.message_thread_id
    reply = params.reply_parameters
    if reply is None and params.reply_to_message_id is not None:
        reply = ReplyParameters(message_id=params.reply_to_message_id)
    if reply is not None:
        try:
            body["reply_to_message"] = replied(chat, reply.message_id)
        except ControlError:
            if not reply.allow_sending_without_reply:
                raise bad_request("message to be replied not found") from None
    if keyboard := _keyboard(params.reply_markup):
        body["reply_markup"] = keyboard
    only_for = None
    if params.ephemeral_message_parameters is not None:
        only_for = _receiver(world, chat, params.ephemeral_message_parameters)
    message = post_as_bot(world, bot, chat, body)
    if only_for is not None:
        # Telegram counts these on their own; here they share one count with all others.
        message.only_for = only_for
        receiver = world.person(only_for).user()
        extra = {"ephemeral_message_id": message.id, "receiver_user": receiver}
        message.raw = encode(message.payload() | extra)
    return decode(message.raw)


def send_document(world: World, bot: Bot, params: SendDocument) -> object:
    """Send a new file; one that is there already cannot be sent again by its id."""
    chat = find_chat(world, bot, params.chat_id)
    _check_may_send(world, bot, chat)
    file = world.files.add(params.document.content)
    body: Payload = {"document": {**file.reference(), "file_name": params.document.file_name}}
    if params.caption:
        body["caption"], entities = _text(world, params.caption, params.parse_mode, None)
        if entities:
            body["caption_entities"] = entities
    return decode(post_as_bot(world, bot, chat, body).raw)


def edit_message_text(world: World, bot: Bot, params: EditText) -> object:
    """Change the text of the bot's own message; without a keyboard the old one goes."""
    message = _own_message(world, bot, params.chat_id, params.message_id)
    text, entities = _text(world, params.text, params.parse_mode, params.entities)
    before = message.payload()
    same_text = before.get("text") == text and before.get("entities", []) == entities
    keyboard = _keyboard(params.reply_markup)
    if same_text and before.get("reply_markup") == keyboard:
        raise _not_modified()
    change = Edit(text=text, entities=entities, extra={"reply_markup": keyboard})
    rewrite(message, change, world.clock.date())
    return message.payload()


def edit_message_reply_markup(world: World, bot: Bot, params: EditMarkup) -> object:
    """Change the keyboard of the bot's own message; none removes it."""
    message = _own_message(world, bot, params.chat_id, params.message_id)
    keyboard = _keyboard(params.reply_markup)
    if message.payload().get("reply_markup") == keyboard:
        raise _not_modified()
    rewrite(message, Edit(extra={"reply_markup": keyboard}), world.clock.date())
    return message.payload()


def edit_ephemeral_message_text(world: World, bot: Bot, params: EditEphemeral) -> object:
    """Change a message that one member alone sees. Telegram does not say whether it reached them."""
    message = _own_ephemeral(world, bot, params)
    text, entities = _text(world, params.text, params.parse_mode, params.entities)
    change = Edit(
        text=text, entities=entities, extra={"reply_markup": _keyboard(params.reply_markup)}
    )
    rewrite(message, change, world.clock.date())
    return True


def delete_ephemeral_message(world: World, bot: Bot, params: DeleteEphemeral) -> object:
    """Take away a message that one member alone sees."""
    message = _own_ephemeral(world, bot, params)
    message.deleted_at = world.clock.now()
    return True


def delete_message(world: World, bot: Bot, params: DeleteMessage) -> object:
    """Delete one message: the bot's own, or anybody's with the right to; younger than 48 hours."""
    chat = find_chat(world, bot, params.chat_id)
    message = chat.messages.get(params.message_id)
    if message is None or message.is_deleted:
        world.ledger.deletion(chat.id, params.message_id).repeated += 1
        raise bad_request("message to delete not found")
    if not _may_delete(world, bot, chat, message):
        raise bad_request("message can't be deleted")
    erase(world, chat, message, method="deleteMessage")
    return True


def delete_messages(world: World, bot: Bot, params: DeleteMessages) -> object:
    """Delete up to 100 messages; those already gone are skipped (Bot API, deleteMessages)."""
    chat = find_chat(world, bot, params.chat_id)
    if not params.message_ids:
        raise bad_request("message identifiers are not specified")
    if len(params.message_ids) > 100:
        raise bad_request("too many message identifiers specified")
    living = _living(world, chat, params.message_ids)
    for message in living:
        if not _may_delete(world, bot, chat, message):
            raise bad_request("message can't be deleted")
    for message in living:
        erase(world, chat, message, method="deleteMessages")
    return True


def delete_all_message_reactions(world: World, bot: Bot, params: DeleteReactions) -> object:
    """Take off all reactions of a person or a chat (Bot API, deleteAllMessageReactions)."""
    chat = find_chat(world, bot, params.chat_id)
    sender = params.user_id or params.actor_chat_id
    if sender is None:
        raise bad_request("user_id or actor_chat_id must be specified")
    if not own_member(world, bot, chat).may("can_delete_messages"):
        raise bad_request("not enough rights to delete reactions")
    for message in chat.messages:
        if message.reactions:
            message.reactions.pop(sender, None)
    return True


def erase(world: World, chat: Chat, message: Message, *, method: str) -> None:
    """Make a message gone and write it down."""
    now = world.clock.now()
    message.deleted_at = now
    entry = world.ledger.deletion(chat.id, message.id)
    entry.effective += 1
    entry.deleted_at, entry.method = now, method
    entry.sender, entry.posted_at = message.sender, message.posted_at


def answer_callback_query(world: World, bot: Bot, params: AnswerCallback) -> object:
    """Answer a pressed button; what was answered is in the call log."""
    if params.callback_query_id not in bot.callbacks:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    return True


METHODS = {
    "sendMessage": Method(SendMessage, send_message),
    "sendDocument": Method(SendDocument, send_document),
    "editMessageText": Method(EditText, edit_message_text),
    "editMessageReplyMarkup": Method(EditMarkup, edit_message_reply_markup),
    "editEphemeralMessageText": Method(EditEphemeral, edit_ephemeral_message_text),
    "deleteEphemeralMessage": Method(DeleteEphemeral, delete_ephemeral_message),
    "deleteMessage": Method(DeleteMessage, delete_message),
    "deleteMessages": Method(DeleteMessages, delete_messages),
    "deleteAllMessageReactions": Method(DeleteReactions, delete_all_message_reactions),
    "answerCallbackQuery": Method(AnswerCallback, answer_callback_query),
}


def _text(
    world: World, text: str, parse_mode: str | None, entities: list[dict[str, Any]] | None
) -> tuple[str, list[dict[str, Any]]]:
    mode = (parse_mode or "").lower()
    if mode == "html":
        text, found = parse_html(text)
        entities = [one for one in (_named(world, one) for one in found) if one]
    elif mode:
        raise bad_request(f"the simulator knows parse_mode HTML only, not {parse_mode}")
    if not text.strip():
        raise bad_request("message text is empty")
    if utf16_length(text) > LONGEST_TEXT:
        raise bad_request("message is too long")
    return text, [*(entities or []), *_outside(detect(text), entities or [])]


def _named(world: World, found: Payload) -> Payload | None:
    """A mention of somebody by id tells who it is, or is nothing if nobody has the id."""
    if found["type"] != "text_mention":
        return found
    person = world.people.get(found.pop("user_id"))
    return found | {"user": person.user()} if person else None


def _keyboard(markup: Payload | None) -> Payload | None:
    """An inline keyboard; an empty one is none, and one of another kind belongs to no message."""
    return markup if markup and markup.get("inline_keyboard") else None


def _outside(found: Sequence[Payload], marked: Sequence[Payload]) -> list[Payload]:
    taken = [(one["offset"], one["offset"] + one["length"]) for one in marked]
    return [
        one
        for one in found
        if all(
            one["offset"] >= end or one["offset"] + one["length"] <= start for start, end in taken
        )
    ]


def _receiver(world: World, chat: Chat, parameters: dict[str, Any]) -> int:
    """Who alone sees an ephemeral message (Bot API, EphemeralMessageParameters): somebody who is in the group."""
    receiver = parameters.get("receiver_user_id")
    member = chat.members.get(receiver) if isinstance(receiver, int) else None
    if not chat.is_group:
        raise bad_request("ephemeral messages can be sent to groups only")
    if member is None or not member.is_present:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return member.person.id


def _check_may_send(world: World, bot: Bot, chat: Chat) -> None:
    if chat.type == "private":
        if not any(chat.messages.of(chat.id)) and not may_be_written_to(world, chat.id):
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return
    member = own_member(world, bot, chat)
    if member.is_admin:
        return
    permissions = member.permissions if member.status == "restricted" else chat.permissions
    if chat.type == "channel" or not (permissions and permissions.can_send_messages):
        raise bad_request("not enough rights to send text messages to the chat")


def _own_message(world: World, bot: Bot, chat_id: int | str, message_id: int) -> Message:
    chat = find_chat(world, bot, chat_id)
    message = chat.messages.get(message_id)
    if message is None or message.is_deleted:
        raise bad_request("message to edit not found")
    if message.by_bot != bot.id:
        raise bad_request("message can't be edited")
    return message


def _own_ephemeral(world: World, bot: Bot, params: EditEphemeral | DeleteEphemeral) -> Message:
    message = _own_message(world, bot, params.chat_id, params.ephemeral_message_id)
    if message.only_for != params.receiver_user_id:
        raise bad_request("message to edit not found")
    return message


def _not_modified() -> ApiError:
    return bad_request(
        "message is not modified: specified new message content and reply markup are exactly "
        "the same as a current content and reply markup of the message"
    )


def _may_delete(world: World, bot: Bot, chat: Chat, message: Message) -> bool:
    if chat.type == "private":
        return True
    if world.clock.now() - message.date >= DELETABLE:
        return False
    if message.by_bot == bot.id:
        return True
    return own_member(world, bot, chat).may("can_delete_messages")


def _living(world: World, chat: Chat, message_ids: Sequence[int]) -> list[Message]:
    living = []
    for message_id in dict.fromkeys(message_ids):
        message = chat.messages.get(message_id)
        if message is None or message.is_deleted:
            world.ledger.deletion(chat.id, message_id).repeated += 1
        else:
            living.append(message)
    return living
