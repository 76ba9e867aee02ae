"""Whose groups a query may see. Part of the query itself: what is out of scope is not found, rather than forbidden."""

import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, select, true, tuple_

from chatwarden.storage.models import ROLES, Role, TeamMember

_USER = re.compile(r"user:([0-9]{1,16})")


@dataclass(frozen=True, slots=True)
class Scope:
    """The groups in which a caller has a role, or a higher one."""

    is_operator: bool
    user_id: int | None = None
    """Telegram's; None for the operator, and for whoever is nobody."""
    minimum: Role = "viewer"
    ceiling: Role = "operator"
    """What an API key may do at most, whoever made it."""
    only: tuple[int, int] | None = None
    """Bot and chat of the only group that an API key may see; None: all of them."""

    @classmethod
    def of_subject(cls, subject: str) -> "Scope":
        """`subject` is "operator" or "user:<Telegram id>"; anything else sees nothing."""
        user = _USER.fullmatch(subject)
        return cls(
            is_operator=subject == "operator", user_id=None if user is None else int(user[1])
        )

    def at_least(self, minimum: Role) -> "Scope":
        """The groups in which the caller has at least this role."""
        return replace(self, minimum=minimum)

    def narrowed(self, *, ceiling: Role, only: tuple[int, int] | None) -> "Scope":
        """As an API key of the caller's sees it."""
        return replace(self, ceiling=ceiling, only=only)

    @property
    def is_possible(self) -> bool:
        """False where the caller's key may not do this in any group."""
        return ROLES.index(self.minimum) <= ROLES.index(self.ceiling)

    def covers(self, table: type[Any]) -> ColumnElement[bool]:
        """The condition on a table that has `bot_id` and `chat_id`."""
        if not self.is_possible:
            return false()
        group = tuple_(table.bot_id, table.chat_id)
        within = true() if self.only is None else group == tuple_(*self.only)
        if self.is_operator:
            return within
        if self.user_id is None or self.minimum == "operator":
            return false()
        return and_(within, group.in_(self._groups(self.user_id)))

    def _groups(self, user_id: int) -> Select[int, int]:
        enough = ROLES[ROLES.index(self.minimum) :]
        return select(TeamMember.bot_id, TeamMember.chat_id).where(
            TeamMember.user_id == user_id, TeamMember.role.in_(enough)
        )


EVERYTHING = Scope(is_operator=True)
"""For what no caller asks for."""
