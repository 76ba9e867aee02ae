"""Groups that belong together, and what they agree on."""

from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model


class Workspace(Model):
    """The groups of one owner, as Telegram's rights say; or groups that the operator put together."""

    __tablename__ = "workspaces"
    __table_args__ = (UniqueConstraint("bot_id", "owner_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    bot_id: Mapped[int] = mapped_column(BigId)
    owner_id: Mapped[int | None] = mapped_column(BigId)
    """Telegram's id of the owner of its groups; None where the operator put them together."""
    shared: Mapped[bytes | None] = mapped_column(LargeBinary)
    """By `crates/engine`, `Shared`; None until it was first learned."""
    shared_at: Mapped[datetime | None]
    """Feedback given or taken back up to then is in it; None where groups came or went since."""
    model: Mapped[int | None] = mapped_column(BigId)
    """Fingerprint of the text model that it was learned over."""
    created_at: Mapped[datetime]
