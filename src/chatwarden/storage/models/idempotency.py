"""What was asked for under an idempotency key, so that asking again changes nothing."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import Model


class IdempotencyKey(Model):
    """A write under way, or its answer."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "claimed_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Hash of who asks and of the key that they chose."""
    request: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Hash of method, address, ETag and body: the same key for anything else is a mistake."""
    claimed_at: Mapped[datetime]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed; none while it is under way."""
