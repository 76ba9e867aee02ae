"""What the API says about a person."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class PersonHeld(BaseModel):
    """How much is held about a person: rows, by what they are."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "outcomes": 2,
                    "newest_outcome": "2026-03-01T12:00:00Z",
                    "actions": 3,
                    "strikes": 1,
                    "challenges": 0,
                    "allowed_in": 0,
                    "feedback": 0,
                    "reports": 0,
                    "did": 0,
                    "roles": 0,
                    "sign_ins": 0,
                }
            ]
        },
    )

    outcomes: int = Field(description="What something was found in that they sent.")
    newest_outcome: datetime | None
    actions: int = Field(description="What was done to them.")
    strikes: int
    challenges: int = Field(description="How often they were asked whether they are a person.")
    allowed_in: int = Field(description="Groups that allow whatever they send.")
    feedback: int = Field(description="What they said of messages.")
    reports: int
    did: int = Field(description="Entries of audit logs and policies' histories that name them.")
    roles: int = Field(description="Groups in which they have a role.")
    sign_ins: int = Field(description="Sessions and API keys.")


class PersonFile(BaseModel):
    """Everything that is held about a person, without anybody else in it."""

    person: int
    written_at: datetime
    held: dict[str, list[dict[str, Any]]] = Field(
        description="Rows by table, as docs/privacy.md tells of them."
    )


class Erased(BaseModel):
    """A person was erased: a second time there is nothing left."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": 17}]})

    rows: int = Field(description="How many were touched: emptied, unnamed or deleted.")
