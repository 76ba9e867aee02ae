"""What people write: messages, edits, button presses, reactions; and which bot gets to see them.

In: a Draft. Out: a Message kept in its chat and an update for every bot that may see it. Raises
ControlError.
"""

from typing import Any

import msgspec

from chatwarden.simulator.entities import detect
from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.members import Member
from chatwarden.simulator.state.messages import Message
from chatwarden.simulator.state.people import ANONYMOUS_ADMIN, CHANNEL_BOT, TELEGRAM
from chatwarden.simulator.state.replies import living, origin, reference
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import Payload, encode


class Draft(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A message to be posted.

    Give `from_id` for a person, or `sender_chat_id` for a channel (or the group itself: an
    anonymous admin). `extra` is merged into the Bot API's Message as it stands: forward_origin,
    contact, poll, media_group_id... `date` is in seconds since the epoch, now if left out.
    Entities are found in the text as Telegram does, unless given.
    """

    from_id: int | None = None
    sender_chat_id: int | None = None
    text: str | None = None
    caption: str | None = None
    entities: list[dict[str, Any]] | None = None
    reply_to: int | None = None
    reply_to_chat: int | None = None
    """Where `reply_to` stands, if not in the same chat."""
    quote: str | None = None
    """Words of `reply_to`. Telegram itself quotes a message that stands elsewhere."""
    topic: int | None = None
    """A forum's topic, by the id of the message that began it."""
    via_bot: int | None = None
    """The inline bot that made the message for its sender."""
    called_by: int | None = None
    """Who called the guest bot that sends the message."""
    buttons: list[list[dict[str, Any]]] | None = None
    date: int | None = None
    photo: str | None = None
    """The id of a file."""
    extra: dict[str, Any] | None = None
    force: bool = False
    """Post even where Telegram would not let the sender: muted or banned."""


class Edit(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A change of a message by its sender; what is left out stays. `extra` is merged, a null in it
    removes a field."""

    text: str | None = None
    caption: str | None = None
    entities: list[dict[str, Any]] | None = None
    buttons: list[list[dict[str, Any]]] | None = None
    date: int | None = None
    extra: dict[str, Any] | None = None


def post(world: World, chat: Chat, draft: Draft) -> Message:
    """Post a message and tell the bots. A channel's post is forwarded into its linked group at
    once."""
    sender = _sender(world, chat, draft)
    if not draft.force:
        _check_may_write(world, chat, sender)
    body = _head(world, chat, draft, sender)
    _fill(world, chat, draft, body)
    _refer(world, chat, draft, body)
    body.update(draft.extra or {})
    message = _keep(world, chat, body, sender=sender)
    announce(world, chat, "channel_post" if chat.type == "channel" else "message", message)
    if chat.type == "channel" and chat.linked_chat_id is not None:
        _forward_into_group(world, chat, world.chat(chat.linked_chat_id), message)
    return message


def edit(world: World, chat: Chat, message_id: int, change: Edit) -> Message:
    """Change a message and tell the bots. Raises ControlError 409 if its sender was silenced."""
    message = living(chat, message_id)
    _check_may_write(world, chat, message.sender)
    rewrite(message, change, world.clock.date())
    announce(
        world, chat, "edited_channel_post" if chat.type == "channel" else "edited_message", message
    )
    return message


def rewrite(message: Message, change: Edit, now: int) -> None:
    """Change what a message says, and nothing else."""
    body = message.payload()
    for place, text in (("text", change.text), ("caption", change.caption)):
        if text is not None:
            body[place] = text
            _mark(body, place, change.entities)
    if change.buttons is not None:
        body["reply_markup"] = {"inline_keyboard": change.buttons}
    body["edit_date"] = now if change.date is None else change.date
    body.update(change.extra or {})
    message.raw = encode({name: value for name, value in body.items() if value is not None})
    message.edits += 1


def press(world: World, chat: Chat, message_id: int, *, from_id: int, data: str) -> str:
    """Press an inline button of a bot's message. Returns the callback query's id."""
    message = living(chat, message_id)
    bot = next((bot for bot in world.bots.values() if bot.id == message.by_bot), None)
    if bot is None:
        raise ControlError(
            409, "no_bot_message", "only buttons under a bot's message can be pressed"
        )
    if not any(button.get("callback_data") == data for button in _buttons(message.payload())):
        raise ControlError(
            409, "no_such_button", "the message has no button with this callback_data"
        )
    query_id = world.take_callback_id()
    bot.callbacks.add(query_id)
    query = {
        "id": query_id,
        "from": msgspec.Raw(world.encoded_person(from_id)),
        "message": msgspec.Raw(message.raw),
        "chat_instance": str(abs(chat.id)),
        "data": data,
    }
    bot.updates.put("callback_query", encode(query), world.clock.now())
    return query_id


def react(world: World, chat: Chat, message_id: int, *, from_id: int, emoji: list[str]) -> None:
    """Set the reactions of a person, or a channel, to a message; only admin bots hear of it (Bot API)."""
    message = living(chat, message_id)
    reactions = message.reactions = message.reactions or {}
    who = (
        {"user": msgspec.Raw(world.encoded_person(from_id))}
        if from_id > 0
        else {"actor_chat": world.chat(from_id).encoded()}
    )
    body = encode(
        {
            "chat": chat.encoded(),
            "message_id": message_id,
            **who,
            "date": world.clock.date(),
            "old_reaction": _reaction(reactions.get(from_id, [])),
            "new_reaction": _reaction(emoji),
        }
    )
    reactions[from_id] = emoji
    for bot, member in world.bots_in(chat):
        if member.is_admin:
            bot.updates.put("message_reaction", body, world.clock.now())


def service_message(world: World, chat: Chat, *, from_id: int, fields: Payload) -> Message:
    """A message Telegram itself writes into a chat: somebody joined, left, changed the title."""
    body = _head(world, chat, Draft(from_id=from_id), from_id) | fields
    message = _keep(world, chat, body, sender=from_id, is_service=True)
    announce(world, chat, "message", message)
    return message


def post_as_bot(world: World, bot: Bot, chat: Chat, body: Payload) -> Message:
    """Keep a message a bot sends. The bot gets no update of it."""
    head = _head(world, chat, Draft(from_id=bot.id), bot.id)
    return _keep(world, chat, head | body, sender=bot.id, by_bot=bot.id)


def announce(world: World, chat: Chat, kind: str, message: Message) -> None:
    """Put a message into the queue of every bot that may see it."""
    now = world.clock.now()
    for bot, member in world.bots_in(chat):
        if _sees(bot, member, chat, message):
            bot.updates.put(kind, message.raw, now)


def _sees(bot: Bot, member: Member, chat: Chat, message: Message) -> bool:
    """Privacy mode: a bot that is no admin sees commands, mentions of itself, replies to it and
    service messages."""
    if member.is_admin or bot.reads_everything or not chat.is_group or message.is_service:
        return True
    body = message.payload()
    text = str(body.get("text", ""))
    replied = body.get("reply_to_message", {}).get("from", {}).get("id")
    return text.startswith("/") or f"@{bot.person.username}" in text or replied == bot.id


def _sender(world: World, chat: Chat, draft: Draft) -> int:
    if draft.sender_chat_id is not None:
        return draft.sender_chat_id
    if chat.type == "channel":
        return chat.id
    if draft.from_id is None:
        raise ControlError(400, "no_sender", "give from_id or sender_chat_id")
    return draft.from_id


def _check_may_write(world: World, chat: Chat, sender: int) -> None:
    if sender in chat.banned_channels:
        raise ControlError(409, "sender_banned", "this channel may not speak in the chat")
    member = chat.members.get(sender)
    if member is None:
        return
    member.settle(world.clock.now())
    if member.status == "kicked":
        raise ControlError(409, "sender_banned", "this person is banned from the chat")
    muted = member.permissions is not None and not member.permissions.can_send_messages
    if member.status == "restricted" and muted:
        raise ControlError(409, "sender_muted", "this person may not write in the chat")


def _head(world: World, chat: Chat, draft: Draft, sender: int) -> Payload:
    body: Payload = {"message_id": chat.messages.take_id()}
    if chat.type == "channel":
        body["sender_chat"] = chat.encoded()
    elif draft.sender_chat_id is None:
        body["from"] = msgspec.Raw(world.encoded_person(sender))
        if (tag := _tag(chat, sender)) is not None:
            body["sender_tag"] = tag
    else:
        stand_in = ANONYMOUS_ADMIN if draft.sender_chat_id == chat.id else CHANNEL_BOT
        body["from"] = msgspec.Raw(world.encoded_person(stand_in))
        body["sender_chat"] = world.chat(draft.sender_chat_id).encoded()
    body["chat"] = chat.encoded()
    body["date"] = world.clock.date() if draft.date is None else draft.date
    return body


def _tag(chat: Chat, sender: int) -> str | None:
    """What stands beside a sender's name (Bot API, Message.sender_tag)."""
    member = chat.members.get(sender) if chat.type == "supergroup" else None
    if member is None:
        return None
    return member.custom_title if member.is_admin else member.tag


def _fill(world: World, chat: Chat, draft: Draft, body: Payload) -> None:
    for place, text in (("text", draft.text), ("caption", draft.caption)):
        if text is not None:
            body[place] = text
            _mark(body, place, draft.entities)
    if draft.buttons is not None:
        body["reply_markup"] = {"inline_keyboard": draft.buttons}
    if draft.photo is not None:
        body["photo"] = _photo(world, draft.photo)


def _refer(world: World, chat: Chat, draft: Draft, body: Payload) -> None:
    """What a message says of its topic, of other messages and of other bots."""
    if draft.topic is not None:
        body |= {"message_thread_id": draft.topic, "is_topic_message": True}
    if draft.reply_to is not None:
        home = chat if draft.reply_to_chat is None else world.chat(draft.reply_to_chat)
        body |= reference(chat, home, draft.reply_to, topic=draft.topic, quote=draft.quote)
    for name, person in (("via_bot", draft.via_bot), ("guest_bot_caller_user", draft.called_by)):
        if person is not None:
            body[name] = world.person(person).user()


def _photo(world: World, file_id: str) -> list[Payload]:
    file = world.files.find(file_id)
    if file is None:
        raise ControlError(404, "file_unknown", f"there is no file {file_id}")
    return file.photo()


def _mark(body: Payload, place: str, entities: list[dict[str, Any]] | None) -> None:
    found = detect(body[place]) if entities is None else entities
    name = "entities" if place == "text" else "caption_entities"
    body.pop(name, None)
    if found:
        body[name] = found


def _keep(
    world: World,
    chat: Chat,
    body: Payload,
    *,
    sender: int,
    by_bot: int | None = None,
    is_service: bool = False,
) -> Message:
    message = Message(
        chat_id=chat.id,
        id=body["message_id"],
        date=body["date"],
        sender=sender,
        raw=encode(body),
        posted_at=world.clock.now(),
        by_bot=by_bot,
        is_service=is_service,
    )
    chat.messages.add(message)
    return message


def _forward_into_group(world: World, channel: Chat, group: Chat, original: Message) -> None:
    body = original.payload()
    told = origin(body)
    body.pop("sender_chat")
    body |= {
        "message_id": group.messages.take_id(),
        "from": msgspec.Raw(world.encoded_person(TELEGRAM)),
        "sender_chat": channel.encoded(),
        "chat": group.encoded(),
        "is_automatic_forward": True,
        "forward_origin": told,
    }
    announce(world, group, "message", _keep(world, group, body, sender=channel.id))


def _reaction(emoji: list[str]) -> list[Payload]:
    return [{"type": "emoji", "emoji": one} for one in emoji]


def _buttons(body: Payload) -> list[Payload]:
    rows: list[list[Payload]] = body.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]
