"""Whose groups a query may see. Part of the query itself: what is out of scope is not found, rather than forbidden."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, select, true

from chatwarden.storage.models import Group, Moderator, Outcome

_USER = re.compile(r"user:([0-9]{1,16})", re.ASCII)
"""Ids of Telegram have up to 52 bits."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The groups a signed-in subject may see: the operator all of them, a person those in which Telegram lets them moderate."""

    is_operator: bool
    user_id: int | None = None

    @classmethod
    def of_subject(cls, subject: str) -> "Scope":
        """`subject` is "operator" or "user:<Telegram id>"; anything else sees nothing."""
        user = _USER.fullmatch(subject)
        return cls(
            is_operator=subject == "operator", user_id=None if user is None else int(user[1])
        )

    def covers(self, table: type[Group] | type[Outcome]) -> ColumnElement[bool]:
        """The condition on a table that has `bot_id` and `chat_id`."""
        if self.is_operator:
            return true()
        if self.user_id is None:
            return false()
        return (
            select(Moderator.user_id)
            .where(
                Moderator.bot_id == table.bot_id,
                Moderator.chat_id == table.chat_id,
                Moderator.user_id == self.user_id,
            )
            .exists()
        )
