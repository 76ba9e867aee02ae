"""What the API says about a group's team."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.storage.models import Role, TeamSource


class Member(BaseModel):
    """Somebody with a role in a group."""

    user_id: int
    name: str | None = Field(description="As Telegram last told it; null where it did not.")
    role: Role
    sources: list[TeamSource] = Field(
        description="telegram: by Telegram's own rights; invitation: by a link of an admin's."
    )
    since: datetime
    invited_by: str | None = Field(description="Subject; null by Telegram's rights.")
    is_you: bool


class Invitation(BaseModel):
    """A link that was not taken up yet."""

    id: str
    role: Role
    made_by: str
    made_at: datetime
    expires_at: datetime


class Team(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "members": [
                        {
                            "user_id": 5,
                            "name": "Rosa Green",
                            "role": "owner",
                            "sources": ["telegram"],
                            "since": "2026-11-20T09:00:00Z",
                            "invited_by": None,
                            "is_you": True,
                        }
                    ],
                    "invitations": [],
                }
            ]
        }
    )

    members: list[Member] = Field(description="The highest role first.")
    invitations: list[Invitation] = Field(description="For admins; nobody else sees them.")


class InvitationOffer(BaseModel):
    """What an invitation gives."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"role": "moderator", "days": 7}]}
    )

    role: Literal["moderator", "viewer"]
    days: int = Field(default=7, ge=1, le=30, description="For how long it can be taken up.")


class InvitationMade(Invitation):
    secret: str = Field(description="Shown once: it stands behind `/join#invitation=`.")


class InvitationTakenUp(BaseModel):
    """The secret of an invitation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"secret": "kVf0c1eKCq6mS0wIu0DqH2Xb7oYV1w9pYtqQ3nJm2sE"}]},
    )

    secret: str = Field(min_length=1, max_length=128)


class Joined(BaseModel):
    """Where one has a role from now on."""

    bot_id: int
    chat_id: int
    title: str
    role: Role
