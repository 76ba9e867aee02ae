"""Updates put in exactly as they stand, byte for byte, orphan surrogates and all.

What they tell of becomes true: a message in them exists and can be deleted, its chat and sender are
known.
"""

from typing import Any

from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.members import Rights
from chatwarden.simulator.state.messages import Message
from chatwarden.simulator.state.people import Person
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import Payload, decode, encode

_MESSAGES = ("message", "edited_message", "channel_post", "edited_channel_post")


def put_raw(world: World, bot: Bot, update: bytes) -> int:
    """Queue an update for a bot and return its id. Raises ControlError for what is no JSON
    object."""
    try:
        found = decode(update)
    except ValueError:
        raise ControlError(400, "update_malformed", "an update must be JSON") from None
    if not isinstance(found, dict):
        raise ControlError(400, "update_malformed", "an update must be a JSON object")
    for kind in _MESSAGES:
        if isinstance(found.get(kind), dict):
            _keep(world, bot, found[kind])
    if "update_id" in found:
        return bot.updates.put_whole(int(found["update_id"]), update, world.clock.now())
    return bot.updates.put_raw(update.strip()[1:-1].strip(), world.clock.now())


def _keep(world: World, bot: Bot, body: Payload) -> None:
    try:
        chat = _chat(world, bot, body["chat"])
        sender = body.get("sender_chat") or body.get("from") or body["chat"]
        if "from" in body and body["from"]["id"] not in world.people:
            world.add_person(_person(body["from"]))
        if "sender_chat" in body and body["sender_chat"]["id"] not in world.chats:
            _chat(world, bot, body["sender_chat"])
        message = Message(
            chat_id=chat.id,
            id=body["message_id"],
            date=body["date"],
            sender=sender["id"],
            raw=encode(body),
            posted_at=world.clock.now(),
        )
    except (KeyError, TypeError):
        return  # A broken message is passed on as it is: bots must survive it.
    chat.messages.add(message)


def _chat(world: World, bot: Bot, body: Payload) -> Chat:
    chat = world.chats.get(body["id"])
    if chat is None:
        chat = world.add_chat(
            id=body["id"],
            type=body.get("type", "supergroup"),
            title=body.get("title") or body.get("first_name", ""),
            username=body.get("username"),
            is_forum=body.get("is_forum", False),
        )
        if chat.is_group:
            member = chat.member(bot.person)
            member.status, member.rights = "administrator", Rights()
    return chat


def _person(body: dict[str, Any]) -> Person:
    names = ("id", "first_name", "last_name", "username", "language_code", "is_bot", "is_premium")
    return Person(**{name: body[name] for name in names if name in body})
