"""A judged event that waits for slow evidence."""

from datetime import datetime

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model


class Enrichment(Model):
    """Stored with the batch that wants it, gone with the batch that judges the event again."""

    __tablename__ = "enrichments"
    __table_args__ = (Index(None, "bot_id", "due_at"),)

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId)
    sender_kind: Mapped[str] = mapped_column(String(16))
    sender_id: Mapped[int] = mapped_column(BigId)
    wants: Mapped[list[str]] = mapped_column(JSON)
    """What the engine asked for: any of profile, lists, picture, opinion."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The raw update, sealed."""
    due_at: Mapped[datetime]
    """While somebody works on it: when it may be taken again, should they have died."""
    tries: Mapped[int]
