"""What the API says about groups."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.storage.models import Role

Posture = Literal["observing", "guarding"]


class Counts(BaseModel):
    """What was judged since midnight UTC."""

    model_config = ConfigDict(from_attributes=True)

    judged: int
    flagged: int
    deleted: int
    punished: int


class DayCounts(BaseModel):
    """What was judged and deleted on a day."""

    model_config = ConfigDict(from_attributes=True)

    day: datetime = Field(description="Its beginning, UTC.")
    judged: int
    deleted: int


class MissingRight(BaseModel):
    """A right of a Telegram admin that the bot needs and lacks."""

    name: str = Field(description="Telegram's name of it.")
    title: str = Field(description="What Telegram's apps call it.")
    hint: str = Field(description="How to mend it.")


class Group(BaseModel):
    """A group that the bot is in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "bot_id": 7000000001,
                    "chat_id": -1001234567890,
                    "title": "Balcony gardeners",
                    "role": "admin",
                    "posture": "guarding",
                    "policy_version": 1,
                    "missing_rights": [],
                    "rights_checked_at": "2026-11-20T09:00:00Z",
                    "today": {"judged": 412, "flagged": 9, "deleted": 6, "punished": 2},
                    "week": [{"day": "2026-11-20T00:00:00Z", "judged": 412, "deleted": 6}],
                    "in_review": 1,
                }
            ]
        }
    )

    bot_id: int
    chat_id: int
    title: str
    role: Role = Field(description="The caller's.")
    posture: Posture = Field(description="observing: verdicts but no actions.")
    policy_version: int
    missing_rights: list[MissingRight]
    rights_checked_at: datetime | None
    today: Counts
    week: list[DayCounts] = Field(description="Seven days, today the last.")
    in_review: int = Field(description="Outcomes that wait for somebody to decide.")


class GroupChange(BaseModel):
    """What to change about a group."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"posture": "observing"}]}
    )

    posture: Posture


class Groups(BaseModel):
    items: list[Group]
