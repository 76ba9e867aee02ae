"""What is to be done in Telegram, and what was done."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

ActionKind = Literal["delete_message", "mute", "kick", "ban", "undo"]
ActionState = Literal[
    "pending",  # waits for its due time
    "started",  # a call to Telegram may be under way
    "done",
    "dead",  # failed for good; `error_code` says why
    "cancelled",  # undone or guarded before it began
    "reversed",  # done, then taken back by an undo
]


class Action(Model):
    """One thing to do, with its done marker. The id is made from its cause, so that a cause acts once."""

    __tablename__ = "actions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["bot_id", "update_id", "round"],
            ["outcomes.bot_id", "outcomes.update_id", "outcomes.round"],
            ondelete="CASCADE",
        ),
        Index(None, "state", "due_at"),
        Index(None, "bot_id", "update_id", "round"),
        Index(None, "bot_id", "chat_id", "sender_id"),
    )

    id: Mapped[str] = mapped_column(String(96), primary_key=True)
    bot_id: Mapped[int] = mapped_column(BigId)
    update_id: Mapped[int] = mapped_column(BigId)
    round: Mapped[int]
    chat_id: Mapped[int] = mapped_column(BigId)
    kind: Mapped[ActionKind] = mapped_column(String(32))
    message_id: Mapped[int | None] = mapped_column(BigId)
    sender_kind: Mapped[str] = mapped_column(String(16))
    sender_id: Mapped[int] = mapped_column(BigId)
    until_date: Mapped[datetime | None]
    """Absolute, so that a repeated call changes nothing; None: for ever, or not a timed action."""
    state: Mapped[ActionState] = mapped_column(String(16))
    requested_by: Mapped[str] = mapped_column(String(64))
    """"verdict", or the subject of the signed-in person."""
    attempts: Mapped[int]
    """Failed tries; waiting because Telegram asked to is none."""
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(String(32))
    error_text: Mapped[str | None] = mapped_column(String(512))
    former: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The sender's membership before a mute, kick or ban: what undo restores."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """An undo: {"restored": [...], "not_restored": [...]} in words. Else {"covered_by": id of the action that did it}."""
