"""Keys that texts are sealed with, wrapped by a master key."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

DEPLOYMENT = (0, 0)
"""Bot and chat of the data key that is the deployment's own."""

DESTROYED = "destroyed_at IS NOT NULL"


class DataKey(Model):
    """A group's key, or the deployment's. A group may have several: two processes may make one at once, and one group may become another."""

    __tablename__ = "data_keys"
    __table_args__ = (
        Index(None, "bot_id", "chat_id"),
        # The deployment has one, whichever process was first.
        Index(
            "ix_data_keys_of_deployment",
            "bot_id",
            unique=True,
            sqlite_where=text("chat_id = 0"),
            postgresql_where=text("chat_id = 0"),
        ),
        # Each process looks every few seconds.
        Index(
            "ix_data_keys_destroyed",
            "destroyed_at",
            sqlite_where=text(DESTROYED),
            postgresql_where=text(DESTROYED),
        ),
    )

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    """By which sealed bytes name it (`storage/sealing.py`)."""
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    """None once destroyed."""
    wrapped_by: Mapped[str | None] = mapped_column(String(64))
    """Id of the master key."""
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]
