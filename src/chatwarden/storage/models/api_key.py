"""Keys that programs use the API with."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model
from chatwarden.storage.models.team import Role


class ApiKey(Model):
    """Acts as whoever made it, but never with more than its role. Of the secret only a hash is kept."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "subject", "made_at"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """The prefix by which people tell keys apart; part of the key itself."""
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    former_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the secret before the last rotation."""
    former_until: Mapped[datetime | None]
    """Until when that one still works, so that programs can be changed over."""
    name: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    role: Mapped[Role] = mapped_column(String(16))
    """What it may do at most."""
    bot_id: Mapped[int | None] = mapped_column(BigId)
    chat_id: Mapped[int | None] = mapped_column(BigId)
    """With `bot_id`: the only group that it may see; None: every group of its maker."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """To the minute."""
    revoked_at: Mapped[datetime | None]
