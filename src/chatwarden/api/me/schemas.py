"""What the API says about the signed-in person."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Me(BaseModel):
    """Who is signed in, and where."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"subject": "operator", "role": "operator", "demo": False}],
        }
    )

    subject: str = Field(description='"operator", or "user:<Telegram id>".')
    role: Literal["operator", "user"]
    demo: bool = Field(description="True where the demo group is guarded, not a real one.")


class SignedInSession(BaseModel):
    """A browser that is signed in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "signed_in_at": "2026-11-20T09:00:00Z",
                    "last_used_at": "2026-11-21T10:30:00Z",
                    "expires_at": "2026-12-20T09:00:00Z",
                    "is_this": True,
                }
            ]
        }
    )

    signed_in_at: datetime
    last_used_at: datetime = Field(description="To some minutes.")
    expires_at: datetime
    is_this: bool


class SignedInSessions(BaseModel):
    items: list[SignedInSession]
