"""What the API says about cases."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

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


class Case(BaseModel):
    """An outcome that a person has to decide, or did."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"outcome": OUTCOME, "decisions": [_DECISION], "reports": 2}]
        }
    )

    outcome: Outcome
    decisions: list[Decision] = Field(description="The newest first; none of an open case.")
    reports: int = Field(description="Members who asked the admins to look at it.")


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
