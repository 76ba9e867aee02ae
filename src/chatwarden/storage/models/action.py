"""What is to be done in Telegram, and what was done."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.actions import ActionKind, ActionState
from chatwarden.storage.models.base import BigId, Model

HOLDING = "kind IN ('challenge', 'mute', 'ban')"
"""Of actions: what may hold for some time. Written out wherever it is asked, or the index is not used."""

WAITING = "state IN ('pending', 'started')"
"""Of actions: what is still to be done: little of all that ever was. Written out wherever it is asked, too."""


class Action(Model):
    """An action with its done marker. It needs no outcome: `trace_id` names one that may be recorded later, or never."""

    __tablename__ = "actions"
    __table_args__ = (
        Index(None, "trace_id"),
        Index(None, "bot_id", "chat_id", "sender_id"),
        # What holds now is little of all that was ever done.
        Index(
            "ix_actions_holding",
            "bot_id",
            "chat_id",
            "until_date",
            sqlite_where=text(HOLDING),
            postgresql_where=text(HOLDING),
        ),
        Index(
            "ix_actions_waiting",
            "bot_id",
            "chat_id",
            "due_at",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
        Index(None, "bot_id", "chat_id", "message_id"),
        # Whoever follows bans, undos and questions looks every second for what was done lately, and a raid's figures are a group's own.
        Index(None, "bot_id", "kind", "done_at", "chat_id"),
    )

    # What the fields mean is told by `Action` and `Ending` of `chatwarden.actions`.
    id: Mapped[str] = mapped_column(String(96), primary_key=True)
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    kind: Mapped[ActionKind] = mapped_column(String(32))
    sender_kind: Mapped[str] = mapped_column(String(16))
    sender_id: Mapped[int] = mapped_column(BigId)
    date: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(BigId)
    message_date: Mapped[datetime | None]
    trace_id: Mapped[str | None] = mapped_column(String(64))
    until_date: Mapped[datetime | None]
    requested_by: Mapped[str] = mapped_column(String(64))
    state: Mapped[ActionState] = mapped_column(String(16))
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    former: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    done_at: Mapped[datetime | None]
    guard: Mapped[str | None] = mapped_column(String(32))
    error_code: Mapped[str | None] = mapped_column(String(32))
    error_text: Mapped[str | None] = mapped_column(String(512))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(BigId, default=0, server_default="0")
    """Grows with each change in Redis, where the distributed profile's queue is; tells which of two copies is newer."""
