"""What all methods share: how one is described, and finding the chat, the member and the right a
call needs.

Texts and codes of errors are those Telegram's Bot API server sends.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from chatwarden.simulator.errors import ApiError, bad_request
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.members import Member
from chatwarden.simulator.state.people import Person
from chatwarden.simulator.state.world import World

ChatId = int | str


class Params(msgspec.Struct, kw_only=True):
    """Parameters of a method; those we do not know are ignored, as Telegram does."""


class ChatParams(Params, kw_only=True):
    """Parameters of a method about one chat."""

    chat_id: ChatId


class Method(NamedTuple):
    """A Bot API method: the parameters it takes and what it does. The result is anything msgspec
    can encode."""

    params: type[Params]
    run: Callable[[World, Bot, Any], object]


def find_chat(world: World, bot: Bot, chat_id: ChatId) -> Chat:
    """The chat of a call; the bot must be in it. Raises ApiError as Telegram does."""
    chat = _chat(world, chat_id)
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=chat.migrated_to,
        )
    if chat.type == "private":
        return chat
    member = chat.members.get(bot.id)
    kind = chat.type
    if member is not None and member.status == "kicked":
        raise ApiError(403, f"Forbidden: bot was kicked from the {kind} chat")
    if member is None or not member.is_present:
        if chat.username is None and member is None:
            raise bad_request("chat not found")
        raise ApiError(403, f"Forbidden: bot is not a member of the {kind} chat")
    return chat


def find_person(world: World, user_id: int) -> Person:
    """The person a call is about. Raises ApiError as Telegram does for one never seen."""
    person = world.people.get(user_id)
    if person is None:
        raise bad_request("invalid user_id specified")
    return person


def own_member(world: World, bot: Bot, chat: Chat) -> Member:
    """The bot's own standing in a chat."""
    return world.member(chat, bot.person)


def check_may_restrict(world: World, bot: Bot, chat: Chat) -> None:
    """Raises ApiError unless the bot is an admin who may restrict members."""
    member = own_member(world, bot, chat)
    if not member.is_admin:
        raise bad_request("CHAT_ADMIN_REQUIRED")
    if not member.may("can_restrict_members"):
        raise bad_request("not enough rights to restrict/unrestrict chat member")


def _chat(world: World, chat_id: ChatId) -> Chat | None:
    if isinstance(chat_id, str):
        return world.find_chat(chat_id[1:]) if chat_id.startswith("@") else None
    found = world.chats.get(chat_id)
    if found is None and chat_id > 0 and chat_id in world.people:
        return world.private_chat(world.people[chat_id])
    return found
