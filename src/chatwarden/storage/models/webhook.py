"""Addresses that a group's events are sent to, and what is sent."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

WebhookEvent = Literal[
    "outcome.punished",
    "outcome.overturned",
    "outcome.failed",
    "case.opened",
    "group.rights_lost",
    "raid.begun",
    "raid.ended",
]
DeliveryState = Literal["waiting", "delivered", "dead"]
OffBecause = Literal["person", "failures"]


class Webhook(Model):
    """One address of a group's. An address may hold a token of its receiver's, so it is sealed like the secret."""

    __tablename__ = "webhooks"
    __table_args__ = (Index(None, "bot_id", "chat_id", "made_at"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    events: Mapped[list[WebhookEvent]] = mapped_column(JSON)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of before the last rotation."""
    former_until: Mapped[datetime | None]
    """Until when deliveries are signed with that one, too."""
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    off_since: Mapped[datetime | None]
    """Nothing is sent, and nothing new waits; None while it is on."""
    off_because: Mapped[OffBecause | None] = mapped_column(String(16))
    is_told: Mapped[bool]
    """Whether the admins were told that failures have turned it off."""
    failing_since: Mapped[datetime | None]
    """The first failure after the last success."""


class WebhookDelivery(Model):
    """One event on its way to one address, written in the transaction in which the event happens. Names nobody: what is sent of an outcome is
    read when it is sent.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "webhook_id", "created_at"),
        Index(None, "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The receiver knows by it what it has had already."""
    webhook_id: Mapped[str] = mapped_column(String(16))
    event: Mapped[WebhookEvent] = mapped_column(String(32))
    trace_id: Mapped[str | None] = mapped_column(String(64))
    """Of the outcome that it tells of."""
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]
    state: Mapped[DeliveryState] = mapped_column(String(16))
    due_at: Mapped[datetime]
    """While somebody sends it: when it may be taken again, should they have died."""
    tries: Mapped[int]
    status: Mapped[int | None]
    """HTTP status of the last answer."""
    error: Mapped[str | None] = mapped_column(String(32))
    """Why there was no answer, or none that was taken."""
    milliseconds: Mapped[int | None]
    """How long the last try took."""
    ended_at: Mapped[datetime | None]
