"""Joining, leaving, rights, bans and restrictions, with the updates they cause.

Every change of standing is a `chat_member` update for admin bots and `my_chat_member` for the bot
it is about.
"""

from typing import Any

import msgspec

from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.members import Member, Permissions, Rights
from chatwarden.simulator.state.people import Person
from chatwarden.simulator.state.posting import service_message
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import Payload, encode


def join(
    world: World,
    chat: Chat,
    person: Person,
    *,
    extra: dict[str, Any] | None = None,
    announced: bool = True,
) -> None:
    """Let somebody join. `extra` goes into the chat_member update (invite_link,
    via_chat_folder_invite_link...).

    `announced=False`: no service message, as in large groups. Raises ControlError 409 for the
    banned.
    """
    member = world.member(chat, person)
    if member.status == "kicked":
        raise ControlError(409, "banned", "a banned person cannot join")
    if member.is_present:
        return
    before = member.copy()
    if member.status == "restricted":
        member.inside = True
    else:
        member.status = "member"
    report(world, chat, before, member, actor=person.id, extra=extra)
    if announced and chat.is_group:
        fields = {"new_chat_members": [person.user()]}
        service_message(world, chat, from_id=person.id, fields=fields)


def leave(world: World, chat: Chat, person: Person, *, announced: bool = True) -> None:
    """Let somebody leave; a restriction stays with them."""
    member = world.member(chat, person)
    if not member.is_present:
        return
    before = member.copy()
    depart(member)
    report(world, chat, before, member, actor=person.id)
    if announced and chat.is_group:
        service_message(world, chat, from_id=person.id, fields={"left_chat_member": person.user()})


def depart(member: Member) -> None:
    """Take somebody out of the chat; the owner and admins lose their rights."""
    if member.status == "restricted":
        member.inside = False
    else:
        member.status, member.rights = "left", None


def promote(
    world: World,
    chat: Chat,
    person: Person,
    rights: Rights | None,
    *,
    actor: int,
    custom_title: str | None = None,
) -> None:
    """Make somebody an administrator; `rights=None` makes them a plain member again."""
    member = world.member(chat, person)
    before = member.copy()
    member.status = "member" if rights is None else "administrator"
    member.rights, member.permissions, member.until_date = rights, None, 0
    member.custom_title = custom_title if rights else None
    report(world, chat, before, member, actor=actor)


def tag(world: World, chat: Chat, member: Member, words: str | None, *, actor: int) -> None:
    """Set what stands beside a member's name; None takes it away."""
    before = member.copy()
    member.tag = words
    report(world, chat, before, member, actor=actor)


def ban(world: World, chat: Chat, member: Member, *, actor: int, until_date: int) -> None:
    """Put somebody out and keep them out until the date, 0 for ever."""
    before = member.copy()
    member.status, member.inside, member.until_date = "kicked", False, until_date
    member.permissions = member.rights = None
    report(world, chat, before, member, actor=actor)
    if before.is_present and chat.is_group:
        fields = {"left_chat_member": member.person.user()}
        service_message(world, chat, from_id=actor, fields=fields)


def release(world: World, chat: Chat, member: Member, *, actor: int) -> None:
    """Lift a ban; whoever is in the chat is put out of it, and may come back."""
    before = member.copy()
    member.status, member.inside, member.until_date = "left", False, 0
    member.permissions = member.rights = None
    report(world, chat, before, member, actor=actor)
    if before.is_present and chat.is_group:
        fields = {"left_chat_member": member.person.user()}
        service_message(world, chat, from_id=actor, fields=fields)


def restrict(
    world: World,
    chat: Chat,
    member: Member,
    permissions: Permissions,
    *,
    actor: int,
    until_date: int,
) -> None:
    """Limit what somebody may do; all permissions at once lift the restriction."""
    before = member.copy()
    inside = member.is_present
    if all(msgspec.structs.astuple(permissions)):
        member.status = "member" if inside else "left"
        member.permissions, member.until_date, member.inside = None, 0, False
    else:
        member.status, member.permissions = "restricted", permissions
        member.until_date, member.inside = until_date, inside
    report(world, chat, before, member, actor=actor)


def report(
    world: World,
    chat: Chat,
    before: Member,
    after: Member,
    *,
    actor: int,
    extra: dict[str, Any] | None = None,
) -> None:
    """Tell the bots how somebody's standing changed; nothing if it did not."""
    old, new = before.payload(), after.payload()
    if old == new:
        return
    body: Payload = {
        "chat": chat.encoded(),
        "from": msgspec.Raw(world.encoded_person(actor)),
        "date": world.clock.date(),
        "old_chat_member": old,
        "new_chat_member": new,
        **(extra or {}),
    }
    encoded, now = encode(body), world.clock.now()
    for bot in world.bots.values():
        if bot.id == after.person.id:
            bot.updates.put("my_chat_member", encoded, now)
        elif (member := chat.members.get(bot.id)) is not None and member.is_admin:
            bot.updates.put("chat_member", encoded, now)
