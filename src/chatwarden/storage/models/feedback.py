"""What people said of messages, and what a group learned from it."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

FeedbackLabel = Literal["spam", "ham"]
FeedbackSource = Literal[
    "admin",  # said so of this very message
    "native_ban",  # banned or restricted the sender in Telegram itself: the message may not have been why
    "report",  # a member asked the admins to look at it
]


class Feedback(Model):
    """One thing that somebody said of one message. No word of the message is kept: numbers, made of it once."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index(None, "bot_id", "chat_id", "given_at"),
        Index(None, "bot_id", "update_id", "given_by"),
        # Each tap asks for both, and there are few of either.
        Index(
            "ix_feedback_pictures",
            "bot_id",
            "chat_id",
            sqlite_where=text("picture IS NOT NULL"),
            postgresql_where=text("picture IS NOT NULL"),
        ),
        Index(
            "ix_feedback_taken_back",
            "bot_id",
            "chat_id",
            "taken_back_at",
            sqlite_where=text("taken_back_at IS NOT NULL"),
            postgresql_where=text("taken_back_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    update_id: Mapped[int] = mapped_column(BigId)
    """Of the outcome it is about, whichever round's is shown."""
    message_date: Mapped[datetime]
    label: Mapped[FeedbackLabel] = mapped_column(String(8))
    given_by: Mapped[str] = mapped_column(String(64))
    """Subject of who said so: "operator" or "user:<Telegram id>"."""
    source: Mapped[FeedbackSource] = mapped_column(String(16))
    given_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    """From then on it is as if it was never given."""
    features: Mapped[bytes | None] = mapped_column(LargeBinary)
    """By `crates/engine`, `TapFeatures`; None where the message says too little to learn from."""
    sketch: Mapped[bytes | None] = mapped_column(LargeBinary)
    """By `crates/engine`, `Sketch`; None where the message is too short to be known again."""
    picture: Mapped[str | None] = mapped_column(String(16))
    """How its picture looks, in hexadecimal digits; None where none was looked at, or it tells nothing."""
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What it means to the sentence encoder, sealed; None where there was no encoder, or no text any more."""


class Learned(Model):
    """What a group learned: the newest version."""

    __tablename__ = "learned"

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version: Mapped[int]
    """Grows by one whenever it is learned anew."""
    learned_at: Mapped[datetime]
    """Feedback given or taken back up to then is in it."""
    model: Mapped[int] = mapped_column(BigId)
    """Fingerprint of the text model that it was learned over: over another it says nothing."""
    shared: Mapped[int | None] = mapped_column(BigId)
    """Fingerprint of what its workspace shared, over which it was learned."""
    taps: Mapped[int]
    """Feedback that it was learned from."""
    delta: Mapped[bytes] = mapped_column(LargeBinary)
    """By `crates/engine`, `Delta`."""
    head: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The encoder's fingerprint, then by `crates/engine`, `Head`; None where nothing was learned of meaning."""
