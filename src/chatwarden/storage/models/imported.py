"""What people of another deployment agreed on, taken in from a file."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model
from chatwarden.storage.models.feedback import FeedbackLabel


class Imported(Model):
    """One message that they called the same; counts in every group, below whatever is said there."""

    __tablename__ = "imported"
    __table_args__ = (Index(None, "source"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(64))
    """Where it is from, in the operator's words."""
    label: Mapped[FeedbackLabel] = mapped_column(String(8))
    people: Mapped[int]
    groups: Mapped[int]
    message_date: Mapped[datetime]
    features: Mapped[bytes | None] = mapped_column(LargeBinary)
    sketch: Mapped[bytes] = mapped_column(LargeBinary)
    picture: Mapped[str | None] = mapped_column(String(16))
    """These three as in Feedback."""
    imported_at: Mapped[datetime]
