"""Whose groups a query may see. Part of the query itself: what is out of scope is not found, rather than forbidden."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, true

from chatwarden.storage.models import Group, Outcome


@dataclass(frozen=True, slots=True)
class Scope:
    """The groups a signed-in subject may see: the operator all of them, others none so far."""

    is_operator: bool

    @classmethod
    def of_subject(cls, subject: str) -> "Scope":
        """`subject` is "operator" or "user:<Telegram id>"; anything else sees nothing."""
        return cls(is_operator=subject == "operator")

    def covers(self, table: type[Group] | type[Outcome]) -> ColumnElement[bool]:
        """The condition on a table that has `bot_id` and `chat_id`."""
        del table  # A user's groups will be matched against its columns.
        return true() if self.is_operator else false()
