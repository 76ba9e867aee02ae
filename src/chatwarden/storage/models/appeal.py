"""What people say against what was done to them, and what they were told of it."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.actions import ActionKind
from chatwarden.storage.models.base import BigId, Model

AppealState = Literal[
    "draft",  # they were asked for their words
    "open",  # the admins have to decide
    "accepted",
    "refused",
    "lapsed",  # what it was about ended before anybody decided
]


class Appeal(Model):
    """Somebody asks the admins to look again at what a verdict did to them."""

    __tablename__ = "appeals"
    __table_args__ = (
        Index(None, "bot_id", "update_id"),
        Index(None, "bot_id", "user_id", "asked_at"),
        # What waits for admins is little of all that was ever said, and of an outcome one at most.
        Index(
            "ix_appeals_open",
            "bot_id",
            "update_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "bot_id", "told_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Made from its cause: bot, and the update of the button that began it."""
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    update_id: Mapped[int] = mapped_column(BigId)
    """Of the outcome it is about, whichever round's is shown."""
    user_id: Mapped[int] = mapped_column(BigId)
    about: Mapped[ActionKind] = mapped_column(String(32))
    """The weightiest of what held against them then."""
    state: Mapped[AppealState] = mapped_column(String(16))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Their words, sealed; None where they wrote none."""
    asked_at: Mapped[datetime]
    """When they were asked for their words."""
    opened_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    """When the admins were told of it."""
    decided_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    """When they were told what came of it, or could not be."""


class Notice(Model):
    """Somebody was told of what was done to them or taken back, or could not be."""

    __tablename__ = "notices"

    action_id: Mapped[str] = mapped_column(String(96), primary_key=True)
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    user_id: Mapped[int] = mapped_column(BigId)
    noted_at: Mapped[datetime]
