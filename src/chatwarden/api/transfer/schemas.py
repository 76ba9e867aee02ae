"""What the API says about files of policies."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.api.policy.schemas import FieldChange


class TransferFile(BaseModel):
    """A file to be taken in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "chatwarden.yaml", "content": "format: 1\npolicy:\n  preset: strict\n"}
            ]
        },
    )

    name: str = Field(
        default="",
        max_length=255,
        description="As it is called; its ending tells CSV and stop words.",
    )
    content: str = Field(description="Its text, 512 KiB at most.")


class TransferSender(BaseModel):
    """Somebody who would be put on the allow list."""

    sender_kind: Literal["user", "channel"]
    sender_id: int


class TransferLeftOut(BaseModel):
    """Something of the file that has no counterpart."""

    place: str = Field(description="A line, or the field's path.")
    reason: str


class TransferPlan(BaseModel):
    """What a file changes."""

    source: Literal["chatwarden", "rules_csv", "rose", "tg_spam"] = Field(
        description="Whose format it is."
    )
    changes: list[FieldChange]
    newly_allowed: list[TransferSender]
    left_out: list[TransferLeftOut]
