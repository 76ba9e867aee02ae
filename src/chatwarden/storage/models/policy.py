"""What a group's policy was, and why it changed by itself; and what its trusted members' messages came to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model


class PolicyVersion(Model):
    """One version of a group's policy: a verdict names it, and comes out the same under it."""

    __tablename__ = "policy_versions"

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As the engine validated it."""
    reason: Mapped[str] = mapped_column(String(256))
    """For whoever wonders why."""
    made_at: Mapped[datetime]
    made_by: Mapped[str | None] = mapped_column(String(64))
    """"operator", "user:<Telegram id>", or the job that did; None where that is not known."""


class TrustedScore(Model):
    """How many messages of a group's trusted members stood so far from the text model's threshold, on one day. No text, no sender."""

    __tablename__ = "trusted_scores"

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    day: Mapped[datetime] = mapped_column(primary_key=True)
    """Its beginning, by Telegram's date."""
    bin: Mapped[int] = mapped_column(primary_key=True)
    """By `crates/engine`, `bin_of`."""
    messages: Mapped[int]
