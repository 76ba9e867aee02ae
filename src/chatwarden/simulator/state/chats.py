"""Chats: private ones, basic groups, supergroups and channels, with their members and messages."""

from typing import Literal

import msgspec

from chatwarden.simulator.state.files import File
from chatwarden.simulator.state.members import GROUP_DEFAULTS, Member, Permissions
from chatwarden.simulator.state.messages import Messages
from chatwarden.simulator.state.people import Person
from chatwarden.simulator.wire import Payload, encode

ChatType = Literal["private", "group", "supergroup", "channel"]


class Chat:
    """One chat and everything in it."""

    def __init__(
        self,
        *,
        id: int,
        type: ChatType,
        title: str,
        username: str | None = None,
        is_forum: bool = False,
        permissions: Permissions = GROUP_DEFAULTS,
        description: str | None = None,
    ) -> None:
        self.id = id
        self.type: ChatType = type
        self.title = title
        self.username = username
        self.is_forum = is_forum
        self.permissions = permissions
        self.description = description
        self.owner_id: int | None = None
        """For a channel: whose it is; banning one channel of an owner bans all of them."""
        self.linked_chat_id: int | None = None
        self.migrated_to: int | None = None
        self.members: dict[int, Member] = {}
        self.banned_channels: set[int] = set()
        """Channels that may not speak here."""
        self.messages = Messages()
        self._encoded: msgspec.Raw | None = None

    @property
    def is_group(self) -> bool:
        """A basic group or a supergroup."""
        return self.type in ("group", "supergroup")

    def member(self, person: Person) -> Member:
        """A person's standing here; someone never seen has *left*."""
        found = self.members.get(person.id)
        if found is None:
            found = self.members[person.id] = Member(person=person)
        return found

    def admins(self) -> list[Member]:
        """Owner and administrators."""
        return [member for member in self.members.values() if member.is_admin]

    def payload(self) -> Payload:
        """The Bot API's Chat."""
        chat: Payload = {"id": self.id, "type": self.type}
        chat["first_name" if self.type == "private" else "title"] = self.title
        if self.username:
            chat["username"] = self.username
        if self.is_forum:
            chat["is_forum"] = True
        return chat

    def encoded(self) -> msgspec.Raw:
        """The Chat as JSON, ready to be put into a larger object."""
        if self._encoded is None:
            self._encoded = msgspec.Raw(encode(self.payload()))
        return self._encoded

    def full(self) -> Payload:
        """The Bot API's ChatFullInfo of a group or channel."""
        info = self.payload() | {
            "accent_color_id": abs(self.id) % 7,
            "max_reaction_count": 11,
            "accepted_gift_types": _no_gifts(),
        }
        if self.is_group:
            info["permissions"] = self.permissions.payload()
        if self.description:
            info["description"] = self.description
        if self.linked_chat_id:
            info["linked_chat_id"] = self.linked_chat_id
        return info


def full_person(person: Person, personal_chat: Chat | None, photo: File | None) -> Payload:
    """The Bot API's ChatFullInfo of a person: bio, personal channel and photo are told here only."""
    info: Payload = {
        "id": person.id,
        "type": "private",
        "first_name": person.first_name,
        "accent_color_id": person.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": _no_gifts(),
    }
    for name, value in (
        ("last_name", person.last_name),
        ("username", person.username),
        ("bio", person.bio),
        ("personal_chat", personal_chat.payload() if personal_chat else None),
        ("photo", photo.chat_photo() if photo else None),
    ):
        if value:
            info[name] = value
    return info


def _no_gifts() -> Payload:
    return dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    )
