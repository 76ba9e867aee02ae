"""What the API says about policies."""

from datetime import datetime
from typing import Any, Self

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
