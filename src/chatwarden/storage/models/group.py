"""A Telegram group that the bot is in."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

GroupMode = Literal["observe", "guard"]

OBSERVED_FIRST = timedelta(hours=48)
"""How long a new group is watched before its admins are told what that has shown."""


class Group(Model):
    """One row a bot and chat."""

    __tablename__ = "groups"

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(256))
    mode: Mapped[GroupMode] = mapped_column(String(16))
    policy: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As the engine validated it."""
    policy_version: Mapped[int]
    workspace_id: Mapped[int | None] = mapped_column(BigId)
    """The workspace that it shares with others of its owner; None until its owner is known."""
    linked_chat_id: Mapped[int | None] = mapped_column(BigId)
    missing_rights: Mapped[list[str]] = mapped_column(JSON)
    """Names of Telegram's admin rights that the bot needs and lacks, e.g. "can_delete_messages"."""
    rights_checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(8), default="en", server_default="en")
    """Of what the bot says in the group."""
    card_chat_id: Mapped[int | None] = mapped_column(BigId)
    """Where cards about it go; None: to those of its admins who opened a private chat with the bot."""
    added_by: Mapped[int | None] = mapped_column(BigId)
    """Who brought the bot in."""
    observe_until: Mapped[datetime | None]
    """When its admins are told what observing has shown."""
    left_at: Mapped[datetime | None]
    """When the bot was removed from it; None while it is in."""
