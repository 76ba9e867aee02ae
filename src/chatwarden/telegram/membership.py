"""What a sender may do in a group, as Telegram tells it and as it is stored for an undo."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

MemberStatus = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]


class Admin(msgspec.Struct, frozen=True):
    """An admin as members see them."""

    id: int
    name: str
    username: str
    """Empty where there is none."""


class Admins(msgspec.Struct, frozen=True):
    """Who runs a group."""

    owner_id: int | None
    """None where Telegram names none: the owner's account is gone."""
    admins: list[Admin]
    """The owner too, and bots."""
    moderators: list[int]
    """Ids of those people who may delete messages and ban users."""
    bot_ids: list[int]
    """Ids of those who are no people."""


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A ChatMember of the Bot API. `permissions` only where restricted: Telegram's names of rights."""

    status: MemberStatus
    is_member: bool
    permissions: dict[str, bool] | None = None
    until_date: int | None = None
    """Seconds since 1970 at which a restriction or ban ends; None: never."""

    @property
    def is_admin(self) -> bool:
        return self.status in ("creator", "administrator")

    def ends_at(self, until: datetime | None) -> bool:
        """True where this restriction ends just then: the mark by which we know our own."""
        wanted = None if until is None else int(until.timestamp())
        return self.until_date == wanted

    def to_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = msgspec.to_builtins(self)
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Membership":
        return msgspec.convert(stored, cls)


def as_datetime(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
