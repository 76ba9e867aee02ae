"""What the API says about senders."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.actions import ActionKind
from chatwarden.api.outcomes.schemas import Action, Sender

TrustLevel = Literal["newcomer", "known", "trusted"]
SenderFilter = Literal["all", "allowed", "punished", "untrusted"]

_SENDER: dict[str, Any] = {
    "kind": "user",
    "id": 6000000001,
    "name": "Crypto Carla",
    "outcomes": 3,
    "last_judged_at": "2026-11-20T09:00:00Z",
    "trust": {"level": "newcomer", "messages_here": 1, "days_here": 0},
    "is_allowed": False,
    "in_force": ["mute"],
}
_ACTION: dict[str, Any] = {
    "id": "7000000001-501-1-mute",
    "kind": "mute",
    "state": "done",
    "requested_by": "verdict",
    "due_at": "2026-11-20T09:00:00Z",
    "started_at": "2026-11-20T09:00:00Z",
    "done_at": "2026-11-20T09:00:00Z",
    "until_date": "2026-11-21T09:00:00Z",
    "error": None,
    "result": None,
}


class Trust(BaseModel):
    """What was known of a sender in the group when one of their messages was last judged and kept a record of."""

    level: TrustLevel = Field(
        description="newcomer: fewer than 10 messages; trusted: 20 or more, for a week or longer."
    )
    messages_here: int = Field(description="Unsuspicious ones; counted up to 32.")
    days_here: int = Field(description="Since their first message.")


class SenderRow(Sender):
    """A sender in short."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SENDER]})

    outcomes: int = Field(description="Of theirs, in this group.")
    last_judged_at: datetime | None = Field(description="Of the newest outcome; null without one.")
    trust: Trust | None = Field(description="Null where nothing of theirs was ever recorded.")
    is_allowed: bool = Field(description="By this group, or another one of its workspace.")
    in_force: list[ActionKind] = Field(description="What holds now: challenge, mute, ban.")


class SenderPage(BaseModel):
    """The latest first. A page may hold fewer than were asked for, and others still follow."""

    items: list[SenderRow]
    next_cursor: str | None = Field(description="For the next page; null on the last.")


class Allowance(BaseModel):
    """Why nothing is done to a sender by a verdict."""

    is_here: bool = Field(description="False where only another group of the workspace says so.")
    allowed_by: str | None = Field(description="Subject; null where another group says so.")
    name: str | None = Field(description="Of that person, where they stand in a team you see.")
    allowed_at: datetime | None


class Strike(BaseModel):
    """A warning that counts now."""

    given_by: str = Field(description="Subject.")
    name: str | None = Field(description="Of that person, where they stand in a team you see.")
    given_at: datetime
    expires_at: datetime


class SenderDetail(SenderRow):
    """A sender, and what may be done about them. Their history: `GET /outcomes` with `sender_id`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _SENDER
                | {
                    "allowance": None,
                    "strikes": [],
                    "actions_in_force": [_ACTION],
                    "waiting": [],
                    "last_undo": None,
                    "is_undoable": True,
                }
            ]
        }
    )

    allowance: Allowance | None
    strikes: list[Strike] = Field(description="The newest first.")
    actions_in_force: list[Action] = Field(description="The newest first.")
    waiting: list[Action] = Field(description="What is to be done to them and has not begun.")
    last_undo: Action | None = Field(description="The latest that freed them, or is to.")
    is_undoable: bool = Field(description="Whether `undoSender` has anything to take back.")


class BanWanted(BaseModel):
    """For how long."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"days": 7}]})

    days: int | None = Field(default=None, ge=1, le=365, description="Null: without an end.")
