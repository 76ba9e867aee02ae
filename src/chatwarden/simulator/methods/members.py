"""Bans, restrictions and their lifting. Everything effective goes into the ledger, so does what was
in vain."""

from typing import Any

from chatwarden.simulator.errors import bad_request
from chatwarden.simulator.methods.calling import (
    ChatParams,
    Method,
    check_may_restrict,
    find_chat,
    find_person,
)
from chatwarden.simulator.methods.messages import erase
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.ledger import Sanction
from chatwarden.simulator.state.members import Member, Permissions, lasting
from chatwarden.simulator.state.membership import ban, release, restrict
from chatwarden.simulator.state.world import World


class BanMember(ChatParams, kw_only=True):
    user_id: int
    until_date: int | None = None
    revoke_messages: bool = False


class UnbanMember(ChatParams, kw_only=True):
    user_id: int
    only_if_banned: bool = False


class RestrictMember(ChatParams, kw_only=True):
    user_id: int
    permissions: dict[str, Any]
    use_independent_chat_permissions: bool = False
    until_date: int | None = None


class SenderChat(ChatParams, kw_only=True):
    sender_chat_id: int


def ban_chat_member(world: World, bot: Bot, params: BanMember) -> object:
    """Ban somebody, whether they are in the chat or not."""
    chat = find_chat(world, bot, params.chat_id)
    member = _target(world, bot, chat, params.user_id)
    before = member.copy()
    until_date = lasting(params.until_date, world.clock.now())
    ban(world, chat, member, actor=bot.id, until_date=until_date)
    _write_down(world, bot, chat, before, member, "banChatMember")
    if params.revoke_messages:
        for message in list(chat.messages.of(params.user_id)):
            if not message.is_deleted and not message.is_service:
                erase(world, chat, message, method="banChatMember")
    return True


def unban_chat_member(world: World, bot: Bot, params: UnbanMember) -> object:
    """Lift a ban. Whoever is in the chat is kicked out of it, unless `only_if_banned` (Bot API)."""
    chat = find_chat(world, bot, params.chat_id)
    if chat.type == "group":
        raise bad_request("method is available for supergroup and channel chats only")
    member = _target(world, bot, chat, params.user_id)
    before = member.copy()
    if member.status == "kicked" or (member.is_present and not params.only_if_banned):
        release(world, chat, member, actor=bot.id)
    _write_down(world, bot, chat, before, member, "unbanChatMember")
    return True


def restrict_chat_member(world: World, bot: Bot, params: RestrictMember) -> object:
    """Limit what somebody may do in a supergroup; all permissions lift the restriction."""
    chat = find_chat(world, bot, params.chat_id)
    if chat.type != "supergroup":
        raise bad_request("method is available only for supergroups")
    member = _target(world, bot, chat, params.user_id)
    before = member.copy()
    permissions = _permissions(params.permissions, params.use_independent_chat_permissions)
    until_date = lasting(params.until_date, world.clock.now())
    restrict(world, chat, member, permissions, actor=bot.id, until_date=until_date)
    _write_down(world, bot, chat, before, member, "restrictChatMember")
    return True


def ban_chat_sender_chat(world: World, bot: Bot, params: SenderChat) -> object:
    """Let a channel speak here no more, nor any other channel of its owner (Bot API,
    banChatSenderChat)."""
    chat, channels = _channels(world, bot, params)
    before = params.sender_chat_id in chat.banned_channels
    chat.banned_channels |= channels
    _write_down_channel(world, bot, chat, params.sender_chat_id, "banChatSenderChat", before, True)
    return True


def unban_chat_sender_chat(world: World, bot: Bot, params: SenderChat) -> object:
    """Let a channel speak here again."""
    chat, channels = _channels(world, bot, params)
    before = params.sender_chat_id in chat.banned_channels
    chat.banned_channels -= channels
    _write_down_channel(
        world, bot, chat, params.sender_chat_id, "unbanChatSenderChat", before, False
    )
    return True


METHODS = {
    "banChatMember": Method(BanMember, ban_chat_member),
    "unbanChatMember": Method(UnbanMember, unban_chat_member),
    "restrictChatMember": Method(RestrictMember, restrict_chat_member),
    "banChatSenderChat": Method(SenderChat, ban_chat_sender_chat),
    "unbanChatSenderChat": Method(SenderChat, unban_chat_sender_chat),
}


def _target(world: World, bot: Bot, chat: Chat, user_id: int) -> Member:
    """Whom a call is about. Raises ApiError where the bot may not touch them."""
    if chat.type == "private":
        raise bad_request("can't restrict/unrestrict members in private chats")
    check_may_restrict(world, bot, chat)
    if user_id == bot.id:
        raise bad_request("can't restrict self")
    member = world.member(chat, find_person(world, user_id))
    if member.status == "creator":
        raise bad_request("can't remove chat owner")
    if member.status == "administrator":
        raise bad_request("user is an administrator of the chat")
    return member


def _permissions(given: dict[str, Any], independent: bool) -> Permissions:
    """Permissions as Telegram reads them: what is not given is not allowed, some imply others (Bot
    API)."""
    names = Permissions.__struct_fields__
    allowed = {name: given.get(name) in (True, "true", "True") for name in names}
    media = [name for name in names[:7] if name != "can_send_messages"]
    if given.get("can_send_media_messages"):
        allowed.update(dict.fromkeys(media, True))
    if not independent:
        if allowed["can_send_other_messages"] or allowed["can_add_web_page_previews"]:
            allowed.update(dict.fromkeys(media, True))
        if allowed["can_send_polls"] or any(allowed[name] for name in media):
            allowed["can_send_messages"] = True
    for name, source in (
        ("can_react_to_messages", "can_send_messages"),
        ("can_edit_tag", "can_pin_messages"),
        ("can_manage_topics", "can_pin_messages"),
    ):
        if given.get(name) is None:
            allowed[name] = allowed[source]
    return Permissions(**allowed)


def _write_down(
    world: World, bot: Bot, chat: Chat, before: Member, after: Member, method: str
) -> None:
    """A call that changes neither status, presence nor permissions is a repeat, even if its date is
    another."""
    person_id = after.person.id
    if (before.status, before.is_present, before.permissions) == (
        after.status,
        after.is_present,
        after.permissions,
    ):
        world.ledger.repeat(chat.id, person_id, method)
        return
    permissions = before.permissions, after.permissions
    old, new = (None if one is None else one.payload() for one in permissions)
    world.ledger.record(chat.id, person_id).sanctions.append(
        Sanction(
            method=method,
            at=world.clock.now(),
            by=bot.id,
            until_date=after.until_date,
            status_before=before.status,
            status_after=after.status,
            permissions_before=old,
            permissions_after=new,
        )
    )


def _channels(world: World, bot: Bot, params: SenderChat) -> tuple[Chat, set[int]]:
    chat = find_chat(world, bot, params.chat_id)
    check_may_restrict(world, bot, chat)
    channel = world.chats.get(params.sender_chat_id)
    if channel is None or channel.type != "channel":
        raise bad_request("chat not found")
    if channel.id == chat.linked_chat_id:
        raise bad_request("can't ban linked channel")
    if channel.owner_id is None:
        return chat, {channel.id}
    owned = {one.id for one in world.chats.values() if one.owner_id == channel.owner_id}
    return chat, {one for one in owned if world.chats[one].type == "channel"}


def _write_down_channel(
    world: World, bot: Bot, chat: Chat, channel: int, method: str, before: bool, after: bool
) -> None:
    if before == after:
        world.ledger.repeat(chat.id, channel, method)
        return
    world.ledger.record(chat.id, channel).sanctions.append(
        Sanction(
            method=method,
            at=world.clock.now(),
            by=bot.id,
            until_date=0,
            status_before="kicked" if before else "left",
            status_after="kicked" if after else "left",
        )
    )
