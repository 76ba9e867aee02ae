"""Who may act in a group, by Telegram's own rights."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model


class Moderator(Model):
    """An admin who may delete messages and ban users, as Telegram said last. What they may do there by hand they may do here."""

    __tablename__ = "moderators"
    __table_args__ = (Index(None, "user_id"),)

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, primary_key=True)
