"""What the API says about cases."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.actions import ActionKind
from chatwarden.api.outcomes.examples import OUTCOME
from chatwarden.api.outcomes.schemas import Outcome
from chatwarden.api.problems import Problem
from chatwarden.storage.models import FeedbackLabel

_DECISION: dict[str, Any] = {
    "label": "ham",
    "decided_by": "user:5",
    "name": "Rosa Green",
    "decided_at": "2026-11-20T09:05:00Z",
}


class Decision(BaseModel):
    """What an admin or moderator said a message is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DECISION]})

    label: FeedbackLabel
    decided_by: str = Field(description="Subject.")
    name: str | None = Field(description="Of that person, where they stand in a team you see.")
    decided_at: datetime


_APPEAL: dict[str, Any] = {
    "state": "open",
    "about": "mute",
    "text": "I only told a friend where the seeds are.",
    "opened_at": "2026-11-20T09:04:00Z",
    "decided_at": None,
    "refusals": 0,
}


class Appeal(BaseModel):
    """What the sender says against it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_APPEAL]})

    state: Literal["open", "accepted", "refused", "lapsed"] = Field(
        description="lapsed: what it was about ended before anybody decided."
    )
    about: ActionKind = Field(description="The weightiest of what held against them then.")
    text: str | None = Field(
        description="Their words; null where they wrote none, or it cannot be read any more."
    )
    opened_at: datetime
    decided_at: datetime | None
    refusals: int = Field(
        description="How often it was refused before; after two nobody may appeal it again."
    )


class Case(BaseModel):
    """An outcome that a person has to decide, or did: because the verdict says so, or its sender appealed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"outcome": OUTCOME, "decisions": [_DECISION], "reports": 2, "appeal": _APPEAL}
            ]
        }
    )

    outcome: Outcome
    decisions: list[Decision] = Field(
        description="The newest first; of an open case only what was said before its appeal."
    )
    reports: int = Field(description="Members who asked the admins to look at it.")
    appeal: Appeal | None = Field(
        description="The newest. What an admin says of the message decides it: ham accepts it, spam refuses it."
    )


class CasePage(BaseModel):
    """The newest first."""

    items: list[Case]
    next_cursor: str | None = Field(description="For the next page; null on the last.")


class BatchDecision(BaseModel):
    """What several messages are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"trace_ids": ["7000000001-71-1"], "label": "spam"}]},
    )

    trace_ids: list[str] = Field(min_length=1, max_length=100)
    label: FeedbackLabel


class Decided(BaseModel):
    """What came of one of a batch."""

    trace_id: str
    problem: Problem | None = Field(description="Why it could not be decided; null where it was.")


class BatchDecided(BaseModel):
    items: list[Decided] = Field(description="In the order that was asked in.")
