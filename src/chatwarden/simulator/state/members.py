"""What somebody is in a chat: status, admin rights, permissions (Bot API: ChatMember and its six
kinds)."""

from typing import Literal

import msgspec

from chatwarden.simulator.state.people import Person
from chatwarden.simulator.wire import Payload

Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

SHORTEST_LIMIT = 30
"""Seconds: a ban or restriction shorter than this is for ever (Bot API, banChatMember)."""
LONGEST_LIMIT = 366 * 86_400
"""Seconds: a ban or restriction longer than this is for ever."""


class Permissions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member who is no admin may do (Bot API, ChatPermissions)."""

    can_send_messages: bool = True
    can_send_audios: bool = True
    can_send_documents: bool = True
    can_send_photos: bool = True
    can_send_videos: bool = True
    can_send_video_notes: bool = True
    can_send_voice_notes: bool = True
    can_send_polls: bool = True
    can_send_other_messages: bool = True
    can_add_web_page_previews: bool = True
    can_react_to_messages: bool = True
    can_edit_tag: bool = True
    can_change_info: bool = True
    can_invite_users: bool = True
    can_pin_messages: bool = True
    can_manage_topics: bool = True

    def payload(self) -> Payload:
        """The Bot API's ChatPermissions."""
        return msgspec.structs.asdict(self)

    def limited_by(self, chat: "Permissions") -> "Permissions":
        """What is left of these permissions where the chat as a whole allows less."""
        both = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(chat), strict=True)
        allowed = [one and other for one, other in both]
        return Permissions(**dict(zip(Permissions.__struct_fields__, allowed, strict=True)))


ALL_PERMISSIONS = Permissions()
GROUP_DEFAULTS = Permissions(can_change_info=False, can_pin_messages=False, can_manage_topics=False)
"""What Telegram's apps give to a new group's members."""


class Rights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an administrator may do (Bot API, ChatAdministratorRights)."""

    is_anonymous: bool = False
    can_manage_chat: bool = True
    can_delete_messages: bool = True
    can_manage_video_chats: bool = True
    can_restrict_members: bool = True
    can_promote_members: bool = False
    can_change_info: bool = True
    can_invite_users: bool = True
    can_post_stories: bool = False
    can_edit_stories: bool = False
    can_delete_stories: bool = False
    can_send_welcome_messages: bool = False
    can_pin_messages: bool = True
    can_manage_topics: bool = False
    can_manage_tags: bool = False


class Member(msgspec.Struct, kw_only=True):
    """One person's standing in one chat. `until_date` is in seconds since the epoch, 0 for ever."""

    person: Person
    status: Status = "left"
    rights: Rights | None = None
    permissions: Permissions | None = None
    until_date: int = 0
    inside: bool = False
    """Only for *restricted*: whether the person is in the chat at the moment."""
    custom_title: str | None = None
    tag: str | None = None
    promoted_by: int | None = None

    @property
    def is_admin(self) -> bool:
        """Owner or administrator."""
        return self.status in ("creator", "administrator")

    @property
    def is_present(self) -> bool:
        """Whether the person is in the chat now."""
        if self.status == "restricted":
            return self.inside
        return self.status in ("creator", "administrator", "member")

    def may(self, right: str) -> bool:
        """Whether this member holds an admin right, such as ``can_delete_messages``."""
        if self.status == "creator":
            return True
        if self.status != "administrator" or self.rights is None:
            return False
        return bool(getattr(self.rights, right))

    def settle(self, now: float) -> None:
        """Let a ban or restriction run out whose time has come."""
        if not self.until_date or now < self.until_date:
            return
        if self.status == "restricted":
            self.status = "member" if self.inside else "left"
        elif self.status == "kicked":
            self.status = "left"
        else:
            return
        self.permissions, self.until_date = None, 0

    def copy(self) -> "Member":
        """This standing at this moment."""
        return msgspec.structs.replace(self)

    def payload(self, *, viewer: int | None = None) -> Payload:
        """The Bot API's ChatMember, as the bot with the id `viewer` sees it."""
        member: Payload = {"status": self.status, "user": self.person.user()}
        if self.status == "creator":
            member["is_anonymous"] = bool(self.rights and self.rights.is_anonymous)
        elif self.status == "administrator":
            member["can_be_edited"] = viewer is not None and self.promoted_by == viewer
            member.update(msgspec.structs.asdict(self.rights or Rights()))
        elif self.status == "restricted":
            member["is_member"] = self.inside
            member.update((self.permissions or ALL_PERMISSIONS).payload())
            member["until_date"] = self.until_date
        elif self.status == "kicked":
            member["until_date"] = self.until_date
        if self.custom_title and self.is_admin:
            member["custom_title"] = self.custom_title
        if self.tag and self.status in ("member", "restricted"):
            member["tag"] = self.tag
        return member


def lasting(until_date: int | None, now: float) -> int:
    """The date a ban or restriction really ends, 0 for ever: under 30 seconds or over 366 days is
    for ever."""
    if not until_date:
        return 0
    span = until_date - now
    return 0 if span < SHORTEST_LIMIT or span > LONGEST_LIMIT else until_date
