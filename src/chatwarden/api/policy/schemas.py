"""What the API says about policies."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.api.outcomes.schemas import Bar
from chatwarden.policies import changes

_VERSION: dict[str, Any] = {
    "version": 4,
    "made_at": "2026-11-20T09:00:00Z",
    "made_by": "operator",
    "reason": "Fewer mutes for the holidays",
}


class PolicyAuthorship(BaseModel):
    """Which version of a policy, and whose."""

    version: int
    made_at: datetime
    made_by: str | None = Field(
        description='"operator", "user:<Telegram id>", "thresholds" for the hourly job; null where that is not known.'
    )
    reason: str


class GroupPolicy(PolicyAuthorship):
    """A version of a group's policy, whole."""

    policy: dict[str, Any] = Field(description="By the schema `Policy`, every field there.")


class PolicyChange(BaseModel):
    """The policy that is to count from now on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"policy": {"preset": "strict"}, "reason": "We are being raided"}]
        },
    )

    policy: dict[str, Any] = Field(
        description="By the schema `Policy`; what is left out has its default."
    )
    reason: str = Field(
        default="",
        max_length=200,
        pattern=r"^[^\x00-\x1f]*$",
        description="For whoever looks at the history later.",
    )


class FieldChange(BaseModel):
    """One field that differs between two versions."""

    field: str = Field(description="E.g. `signals.invite_link.factor`, `rules.casino`.")
    before: Any = Field(description="null for a rule that was added.")
    after: Any = Field(description="null for a rule that was taken out.")

    @classmethod
    def of(cls, change: changes.FieldChange) -> Self:
        return cls(field=change.field, before=change.before, after=change.after)


class PolicyVersion(PolicyAuthorship):
    """A line of the history."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [_VERSION | {"changes": [{"field": "mute_days", "before": 7, "after": 3}]}]
        }
    )

    changes: list[FieldChange] = Field(description="Against the version before; none of the first.")


class PolicyVersions(BaseModel):
    items: list[PolicyVersion]
    next_cursor: str | None


class PolicyOfGroup(BaseModel):
    """Which policy a group of the workspace has now."""

    chat_id: int
    title: str
    version: int
    is_new: bool = Field(description="False where the group had just this policy already.")


class PoliciesOfWorkspace(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "chat_id": -1001234567891,
                            "title": "Balcony market",
                            "version": 4,
                            "is_new": True,
                        }
                    ]
                }
            ]
        }
    )

    items: list[PolicyOfGroup] = Field(description="By title; the group itself is not among them.")


class PolicyDraft(BaseModel):
    """A policy that might count."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"policy": {"preset": "strict"}}]}
    )

    policy: dict[str, Any] = Field(
        description="By the schema `Policy`; what is left out has its default."
    )


class Answer(BaseModel):
    """What was or would be decided."""

    message: Literal["keep", "review", "delete"]
    sender: Literal["none", "challenge", "mute", "kick", "ban"]


class AnswerChange(BaseModel):
    """Outcomes that would be decided otherwise, all in the same way."""

    before: Answer
    after: Answer
    is_stricter: bool
    outcomes: int
    called_spam: int = Field(description="Of these, what admins called spam.")
    called_ham: int = Field(description="Of these, what admins said is none.")
    examples: list[str] = Field(description="Trace ids of some, the newest first.")


class PolicyPreview(BaseModel):
    """What would have been decided under another policy: both are applied to what was found in messages then."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "since": "2026-11-12T09:00:00Z",
                    "judged": 18230,
                    "outcomes": 412,
                    "left_out": 3,
                    "changes": [
                        {
                            "before": {"message": "review", "sender": "none"},
                            "after": {"message": "delete", "sender": "none"},
                            "is_stricter": True,
                            "outcomes": 12,
                            "called_spam": 9,
                            "called_ham": 0,
                            "examples": ["7-1200-1"],
                        }
                    ],
                    "untold": ["gate.ask"],
                }
            ]
        }
    )

    since: datetime = Field(description="Since when outcomes are looked at.")
    judged: int = Field(
        description="Messages since then. What has no outcome had no evidence, and would have been kept under either."
    )
    outcomes: int = Field(description="Outcomes that were decided anew.")
    left_out: int = Field(
        description="Outcomes of which it cannot be told: the sender is protected, or a rule spoke that the policy no longer holds."
    )
    changes: list[AnswerChange] = Field(
        description="The most frequent first; none where all stays."
    )
    untold: list[str] = Field(
        description="Fields that differ and are not in it: they need texts, or events that are not kept."
    )


class PresetBars(BaseModel):
    """From which probability on a preset acts."""

    preset: str
    bars: list[Bar]


class PolicyForm(BaseModel):
    """What a form for policies is built from."""

    document_schema: dict[str, Any] = Field(
        description="JSON Schema of a policy: limits, defaults, and words for each field."
    )
    presets: list[PresetBars] = Field(description="The mildest first.")
