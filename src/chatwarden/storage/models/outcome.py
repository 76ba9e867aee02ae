"""What came of an event that evidence fired on."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

OutcomeState = Literal[
    "kept",  # evidence fired, the verdict is to keep
    "review",  # a human should look
    "observed",  # observe mode: a verdict and no action
    "guarded",  # the sender is protected: no action
    "pending",  # its actions wait or are being carried out
    "enforced",  # all its actions are done
    "failed",  # an action could not be done; see the action's error
    "undoing",  # an undo waits or is being carried out
    "undone",
]

OutcomeResult = Literal[
    "judged",  # nothing came of it
    "observed",  # would have been punished, but for observe mode
    "caught",  # punished
    "overturned",  # punished, and then undone or called no spam
    "missed",  # kept, and called spam
]

UNDOABLE: tuple[OutcomeState, ...] = ("pending", "enforced", "failed")
"""States in which something was or may be done that an undo takes back."""


class Outcome(Model):
    """One row a judged event, by bot, update and round.

    Telegram's date is part of the key, so that the table can be partitioned by it. It belongs to the update: bot, update and round
    still name one row.
    """

    __tablename__ = "outcomes"
    __table_args__ = (
        # The orders of `list_outcomes`, column for column: a page costs its rows, not the table's.
        Index(None, "date", "bot_id", "update_id", "round"),
        Index(None, "chat_id", "date", "bot_id", "update_id", "round"),
        # What waits for somebody to decide is little, and asked for by each who looks.
        Index(
            "ix_outcomes_in_review",
            "chat_id",
            "date",
            "bot_id",
            "update_id",
            "round",
            sqlite_where=text("state = 'review'"),
            postgresql_where=text("state = 'review'"),
        ),
        # Texts are kept for some weeks of all the time: whoever looks for one, to show or to purge it, looks at no other row.
        Index(
            "ix_outcomes_with_texts",
            "date",
            sqlite_where=text("sealed IS NOT NULL"),
            postgresql_where=text("sealed IS NOT NULL"),
        ),
        # By whom somebody's history is told.
        Index(None, "bot_id", "sender_id", "date"),
        # For whoever points at a message.
        Index(None, "bot_id", "chat_id", "message_id"),
    )

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    date: Mapped[datetime] = mapped_column(primary_key=True)
    """Of the message or its edit, by Telegram's clock."""
    chat_id: Mapped[int] = mapped_column(BigId)
    message_id: Mapped[int | None] = mapped_column(BigId)
    event: Mapped[str] = mapped_column(String(32))
    sender_kind: Mapped[str] = mapped_column(String(16))
    sender_id: Mapped[int] = mapped_column(BigId)
    score: Mapped[int]
    """Milli-logits."""
    message_verdict: Mapped[str] = mapped_column(String(16))
    sender_verdict: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON)
    """By contracts/generated/verdict.schema.json; holds no word of the message."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed JSON {"sender_name", "texts": [{"place", "text"}]}; None once purged."""
    state: Mapped[OutcomeState] = mapped_column(String(16))
    """Of the verdict, then what its actions make of it: `repositories/settling.py`."""
    guard: Mapped[str | None] = mapped_column(String(32))
    """Why nothing was done although the verdict said so: "admin", "allow_list", …"""
    counted_as: Mapped[OutcomeResult | None] = mapped_column(String(16))
    """As what daily counts hold it (`repositories/daily.py`); None where it was recorded before there were any."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def trace_id(self) -> str:
        """The id people and logs use: bot, update and round."""
        return f"{self.bot_id}-{self.update_id}-{self.round}"
