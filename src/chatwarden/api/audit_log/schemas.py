"""What the API says about the audit log."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.api.outcomes.schemas import GroupName
from chatwarden.storage.models import AuditKind


class AuditEvent(BaseModel):
    """One thing that somebody did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 4711,
                    "at": "2026-11-20T09:00:00Z",
                    "subject": "user:5",
                    "name": "Rosa Green",
                    "key_id": None,
                    "kind": "feedback_given",
                    "group": {
                        "bot_id": 7000000001,
                        "chat_id": -1001234567890,
                        "title": "Balcony gardeners",
                    },
                    "target": "7000000001-71-1",
                    "detail": {"label": "spam"},
                }
            ]
        }
    )

    id: int
    at: datetime
    subject: str = Field(description='"operator", or "user:<Telegram id>".')
    name: str | None = Field(description="Of that person, where they stand in a team you see.")
    key_id: str | None = Field(description="Of the API key that it was done with.")
    kind: AuditKind
    group: GroupName | None
    target: str | None = Field(
        description="What it was done to: a trace id, a subject, the id of a key or an invitation."
    )
    detail: dict[str, Any] | None


class AuditPage(BaseModel):
    """The newest first."""

    items: list[AuditEvent]
    next_cursor: str | None = Field(description="For the next page; null on the last.")
