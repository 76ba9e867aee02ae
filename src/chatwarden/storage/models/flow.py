"""What the pipeline keeps between batches."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

DeadLetterKind = Literal[
    "update",  # could not be judged
    "interaction",  # was judged; what was said to the bot could not be answered
]


class PollOffset(Model):
    """The first update not yet taken: the next poll asks from here."""

    __tablename__ = "poll_offsets"

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    next_update_id: Mapped[int] = mapped_column(BigId)


class ContextRecord(Model):
    """A record of the engine's context. Keys and layout belong to `crates/context`."""

    __tablename__ = "context_records"

    key: Mapped[bytes] = mapped_column(LargeBinary(64), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


class DeadLetter(Model):
    """An update that could not be judged or answered. Sealed, with the reason, replayable."""

    __tablename__ = "dead_letters"
    __table_args__ = (Index(None, "bot_id", "update_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    bot_id: Mapped[int] = mapped_column(BigId)
    update_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[DeadLetterKind] = mapped_column(String(16), server_default="update")
    """The version before this column writes letters of updates, too, while both run."""
    reason: Mapped[str] = mapped_column(String(256))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    """When it failed last."""
    tries: Mapped[int] = mapped_column(server_default="1")
    """How often it was set aside: once, and once more for each replay that failed."""
    replayed_at: Mapped[datetime | None]
    """Since when it is on its way again; None while it lies here."""


class RecordedBatch(Model):
    """A batch of the distributed profile that was recorded: it comes again where the recorder died before it could say so."""

    __tablename__ = "recorded_batches"

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    """The nonce its envelope was sealed with: new for each batch."""
    recorded_at: Mapped[datetime] = mapped_column(index=True)


class HourlyCount(Model):
    """Roll-up of what was judged, by the hour of Telegram's date. Clean traffic is kept only here."""

    __tablename__ = "hourly_counts"

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    judged: Mapped[int]
    flagged: Mapped[int]
    deleted: Mapped[int]
    punished: Mapped[int]
