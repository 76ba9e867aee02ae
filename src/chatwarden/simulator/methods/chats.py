"""Asking about chats and their members, and leaving."""

from itertools import islice

from chatwarden.simulator.errors import bad_request
from chatwarden.simulator.methods.calling import (
    ChatParams,
    Method,
    Params,
    find_chat,
    find_person,
)
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import full_person
from chatwarden.simulator.state.membership import leave
from chatwarden.simulator.state.world import World


class GetAdministrators(ChatParams, kw_only=True):
    return_bots: bool = False


class GetMember(ChatParams, kw_only=True):
    user_id: int


class GetPersonalMessages(Params, kw_only=True):
    user_id: int
    limit: int


def get_chat(world: World, bot: Bot, params: ChatParams) -> object:
    """A group's defaults and linked channel, or a person's bio and personal channel."""
    chat = find_chat(world, bot, params.chat_id)
    if chat.type != "private":
        return chat.full()
    person = world.people[chat.id]
    return full_person(
        person,
        world.chats.get(person.personal_chat_id or 0),
        world.files.find(person.photo_file_id or ""),
    )


def get_user_personal_chat_messages(world: World, bot: Bot, params: GetPersonalMessages) -> object:
    """The newest posts of somebody's personal channel, the newest first."""
    person = find_person(world, params.user_id)
    channel = world.chats.get(person.personal_chat_id or 0)
    if channel is None:
        raise bad_request("the user has no personal chat")
    posts = (post.payload() for post in channel.messages.latest() if not post.is_deleted)
    return list(islice(posts, params.limit))


def get_chat_member(world: World, bot: Bot, params: GetMember) -> object:
    """Somebody's standing in a chat; one who never was there has left."""
    chat = find_chat(world, bot, params.chat_id)
    person = world.people.get(params.user_id)
    if person is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return world.member(chat, person).payload(viewer=bot.id)


def get_chat_administrators(world: World, bot: Bot, params: GetAdministrators) -> object:
    """Owner and administrators; other bots only when asked for."""
    chat = find_chat(world, bot, params.chat_id)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return [
        member.payload(viewer=bot.id)
        for member in chat.admins()
        if params.return_bots or not member.person.is_bot or member.person.id == bot.id
    ]


def get_chat_member_count(world: World, bot: Bot, params: ChatParams) -> object:
    """How many are in the chat."""
    chat = find_chat(world, bot, params.chat_id)
    return sum(member.is_present for member in chat.members.values())


def leave_chat(world: World, bot: Bot, params: ChatParams) -> object:
    """Leave a group or channel."""
    chat = find_chat(world, bot, params.chat_id)
    if chat.type == "private":
        raise bad_request("chat not found")
    leave(world, chat, find_person(world, bot.id))
    return True


def send_chat_action(world: World, bot: Bot, params: ChatParams) -> object:
    """The sign that somebody is typing: nobody sees it here."""
    find_chat(world, bot, params.chat_id)
    return True


METHODS = {
    "getChat": Method(ChatParams, get_chat),
    "getChatMember": Method(GetMember, get_chat_member),
    "getChatAdministrators": Method(GetAdministrators, get_chat_administrators),
    "getChatMemberCount": Method(ChatParams, get_chat_member_count),
    "getUserPersonalChatMessages": Method(GetPersonalMessages, get_user_personal_chat_messages),
    "leaveChat": Method(ChatParams, leave_chat),
    "sendChatAction": Method(ChatParams, send_chat_action),
}
