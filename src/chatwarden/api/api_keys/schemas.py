"""What the API says about API keys."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

KeyRole = Literal["viewer", "moderator", "admin"]

_KEY: dict[str, Any] = {
    "id": "5f0c1e2ad901",
    "name": "Nightly report",
    "role": "viewer",
    "group": None,
    "made_at": "2026-11-20T09:00:00Z",
    "expires_at": "2027-02-18T09:00:00Z",
    "last_used_at": None,
    "former_until": None,
}


class KeyGroup(BaseModel):
    """The only group that a key may see."""

    model_config = ConfigDict(extra="forbid")

    bot_id: int = Field(ge=1, le=2**52)
    chat_id: int = Field(ge=-(2**52), le=2**52)


class ApiKey(BaseModel):
    """A key as its maker sees it. The secret is not kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY]})

    id: str = Field(description="A key begins with `cw_` and this.")
    name: str
    role: KeyRole = Field(description="What it may do at most; never more than its maker may.")
    group: KeyGroup | None = Field(description="null: every group of its maker.")
    made_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    former_until: datetime | None = Field(
        description="After a rotation: until when the former secret works."
    )


class ApiKeys(BaseModel):
    items: list[ApiKey]


class ApiKeyMade(ApiKey):
    """A key with its secret."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _KEY | {"key": "cw_5f0c1e2ad901_kVf0c1eKCq6mS0wIu0DqH2Xb7oYV1w9pYtqQ3nJm2sE"}
            ]
        }
    )

    key: str = Field(description="Shown once. Sent as `Authorization: Bearer …`.")


class ApiKeyWanted(BaseModel):
    """What a new key is for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Nightly report", "role": "viewer", "days": 90}]},
    )

    name: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$")
    role: KeyRole
    group: KeyGroup | None = None
    days: int | None = Field(
        default=90, ge=1, le=3650, description="For how long it works; null: until it is revoked."
    )
