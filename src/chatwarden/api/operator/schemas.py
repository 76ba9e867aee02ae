"""What the API says to the operator of the deployment."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.api.groups.schemas import MissingRight
from chatwarden.api.health.schemas import Part
from chatwarden.storage.models import DeadLetterKind
from chatwarden.waiting import Queue

MOST_REPLAYED = 500


class Versions(BaseModel):
    """What runs."""

    package: str
    engine: str
    text_model: str = Field(description="Fingerprint of the model that judges.")
    layout: str | None = Field(description="Of the database; null where it is empty.")
    newest_layout: str | None = Field(description="The one that this version needs.")


class DatabaseFacts(BaseModel):
    kind: Literal["sqlite", "postgresql"]
    size: int = Field(description="Bytes.")


class QueueState(BaseModel):
    """What waits between two steps."""

    queue: Queue
    waiting: int
    late_seconds: int = Field(description="How long the first of what is due has waited.")


class LyingLetters(BaseModel):
    """Dead letters that are not on their way again."""

    update: int
    interaction: int


class Census(BaseModel):
    """How many groups there are."""

    model_config = ConfigDict(from_attributes=True)

    bots: int
    groups: int
    guarded: int
    lacking_rights: int = Field(description="Groups in which the bot lacks a right.")


class Deployment(BaseModel):
    """How the deployment is, now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "profile": "embedded",
                    "demo": False,
                    "parts": [
                        {"name": "telegram", "state": "ok", "detail": "Updates are being polled."}
                    ],
                    "queues": [{"queue": "actions", "waiting": 2, "late_seconds": 0}],
                    "dead_letters": {"update": 1, "interaction": 0},
                    "census": {"bots": 1, "groups": 3, "guarded": 2, "lacking_rights": 0},
                    "database": {"kind": "sqlite", "size": 7340032},
                    "versions": {
                        "package": "0.1.0",
                        "engine": "0.1.0",
                        "text_model": "9f86d081",
                        "layout": "0015",
                        "newest_layout": "0015",
                    },
                }
            ]
        }
    )

    profile: Literal["embedded", "distributed"]
    demo: bool
    parts: list[Part] = Field(
        description="Of this process; embedded, that is all. Each service tells its own at /readyz."
    )
    queues: list[QueueState] | None = Field(
        description="In the order in which a message passes; null where they cannot be asked now."
    )
    dead_letters: LyingLetters
    census: Census
    database: DatabaseFacts
    versions: Versions


class Setup(BaseModel):
    """How far a deployment is from guarding its first group."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "demo": False,
                    "bot": "warden_bot",
                    "problem": "",
                    "add_to_group": "https://t.me/warden_bot?startgroup=setup&admin=delete_messages+restrict_members",
                    "rights": [
                        {
                            "name": "can_delete_messages",
                            "title": "Delete messages",
                            "hint": "Open the group's administrators, choose the bot, and allow “Delete messages”.",
                        }
                    ],
                }
            ]
        }
    )

    demo: bool = Field(description="True where no token is set: the demo group is guarded.")
    bot: str | None = Field(description="Its name in Telegram; null while that is not known.")
    problem: str = Field(description="Why it is not known, where something is wrong.")
    add_to_group: str | None = Field(
        description="Opened in Telegram, it adds the bot to a group with the rights it needs."
    )
    rights: list[MissingRight] = Field(description="The rights that it needs in a group.")


class Check(BaseModel):
    """What an examination found about one part."""

    model_config = ConfigDict(from_attributes=True)

    part: str
    state: Literal["ok", "warning", "failing"]
    detail: str
    mend: str = Field(description="What to do; empty where nothing is to be done.")


class Examination(BaseModel):
    """What `chatwarden doctor` finds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "made_at": "2026-11-20T09:00:00Z",
                    "items": [
                        {
                            "part": "backups",
                            "state": "warning",
                            "detail": "None are made that this deployment knows of.",
                            "mend": "Set CHATWARDEN_BACKUP_DIR, and run `chatwarden backup make` once a day.",
                        }
                    ],
                }
            ]
        }
    )

    made_at: datetime
    items: list[Check] = Field(description="In the order in which to mend them.")


class DeadLetter(BaseModel):
    """An update that could not be judged or answered; never its text."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 12,
                    "kind": "update",
                    "update_id": 4711,
                    "reason": "message: expected an object",
                    "received_at": "2026-11-20T09:00:00Z",
                    "tries": 1,
                    "replayed_at": None,
                }
            ]
        },
    )

    id: int
    kind: DeadLetterKind = Field(
        description="update: could not be judged; interaction: could not be answered."
    )
    update_id: int | None = Field(description="Telegram's number; null where it cannot be read.")
    reason: str
    received_at: datetime = Field(description="When it failed last.")
    tries: int = Field(description="How often it was set aside.")
    replayed_at: datetime | None = Field(
        description="Since when it is on its way again; null while it lies here. Forgotten a day later, where it has not failed again."
    )


class DeadLetters(BaseModel):
    """The newest first."""

    items: list[DeadLetter]
    next_cursor: str | None = Field(description="For the next page; null on the last.")


class ReplayWanted(BaseModel):
    """What to replay."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "update"}]})

    kind: DeadLetterKind


class Replayed(BaseModel):
    """What came of it so far. What fails again lies where it lay, with one more try."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"replayed": 3, "sealed": 0, "left": 0}]}
    )

    replayed: int
    sealed: int = Field(description="Letters that do not open with the master key.")
    left: int = Field(description=f"Still to replay: {MOST_REPLAYED} go at once.")
