"""Who did what, when. Rows are added and never changed: the database refuses it."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

AuditKind = Literal[
    "signed_in",
    "signed_out_everywhere",
    "posture_changed",
    "policy_changed",
    "language_changed",
    "cards_changed",
    "undone",
    "feedback_given",
    "feedback_taken_back",
    "sender_undone",
    "sender_banned",
    "sender_allowed",
    "sender_allowed_no_more",
    "raid_begun",
    "raid_ended",
    "invited",
    "invitation_withdrawn",
    "joined_team",
    "left_team",
    "key_made",
    "key_rotated",
    "key_revoked",
    "webhook_made",
    "webhook_changed",
    "webhook_rotated",
    "webhook_removed",
    "dead_letters_replayed",
    "dead_letter_dropped",
    "person_exported",
    "person_erased",
    "workspace_erased",
]


class AuditEvent(Model):
    """One thing that somebody did. Holds no word of a message, no name and no secret."""

    __tablename__ = "audit_events"
    __table_args__ = (Index(None, "bot_id", "chat_id", "id"), Index(None, "subject", "id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    subject: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str | None] = mapped_column(String(16))
    """Of the API key that it was done with; None where the person did it."""
    kind: Mapped[AuditKind] = mapped_column(String(32))
    bot_id: Mapped[int | None] = mapped_column(BigId)
    chat_id: Mapped[int | None] = mapped_column(BigId)
    """With `bot_id`: the group that it concerns; None where it concerns none."""
    target: Mapped[str | None] = mapped_column(String(96))
    """What it was done to: a trace id, a subject, a key's id."""
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)
