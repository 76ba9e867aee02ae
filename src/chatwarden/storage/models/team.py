"""Who may see and decide what in a group, and who was asked to."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

Role = Literal["viewer", "moderator", "admin", "owner", "operator"]
ROLES: tuple[Role, ...] = ("viewer", "moderator", "admin", "owner", "operator")
"""Each may do what those before it may. The operator runs the deployment and stands in no group's team."""

TeamSource = Literal[
    "telegram",  # by Telegram's own rights, as it told them last
    "invitation",  # by a link that an admin made
]


class TeamMember(Model):
    """Somebody's role in a group. Who has one from both sources has the higher one."""

    __tablename__ = "team_members"
    __table_args__ = (Index(None, "user_id", "role"),)

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[TeamSource] = mapped_column(String(16), primary_key=True)
    role: Mapped[Role] = mapped_column(String(16))
    sealed_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed, as Telegram last told it; None where it did not."""
    since: Mapped[datetime]
    invited_by: Mapped[str | None] = mapped_column(String(64))
    """Subject; None by Telegram's rights."""


class Invitation(Model):
    """A link that gives one person a role, once. Only its hash is kept."""

    __tablename__ = "invitations"
    __table_args__ = (Index(None, "bot_id", "chat_id", "expires_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    role: Mapped[Role] = mapped_column(String(16))
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
