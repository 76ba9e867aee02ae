"""What the API says about a rule that is tried. Rules themselves are part of the policy."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.api.outcomes.schemas import MessageVerdict, Sender, Span
from chatwarden.storage.models import FeedbackLabel

_RULE: dict[str, Any] = {
    "id": "casino",
    "kind": "wildcard",
    "pattern": "casin*",
    "verdict": {"message": "delete", "sender": "mute"},
}


class RuleTry(BaseModel):
    """A rule, and a text to try it on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"rule": _RULE, "text": "The best casinos in town"}]},
    )

    rule: dict[str, Any] = Field(
        description="By the schema `Rule` of a policy. It is tried even if it is switched off or has expired."
    )
    text: str | None = Field(default=None, min_length=1, max_length=16_384)


class RuleOnText(BaseModel):
    """Whether the rule meets the text, as a newcomer's message."""

    is_hit: bool
    spans: list[Span] = Field(description="The words it meets; none of a rule that keeps.")


class RuleExample(BaseModel):
    """A message that the rule would have met."""

    trace_id: str
    date: datetime
    sender: Sender
    text: str = Field(description="Its first 300 characters.")
    message: MessageVerdict = Field(description="What the verdict was.")
    label: FeedbackLabel | None = Field(description="What was said of it.")


class RuleTried(BaseModel):
    """What the rule would have met among the outcomes whose texts are still kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "on_text": {
                        "is_hit": True,
                        "spans": [{"place": "text", "offset": 9, "length": 7}],
                    },
                    "looked_at": 120,
                    "is_complete": True,
                    "hits": 14,
                    "were_deleted": 12,
                    "were_not_deleted": 2,
                    "called_spam": 5,
                    "called_ham": 1,
                    "examples": [],
                }
            ]
        }
    )

    on_text: RuleOnText | None = Field(description="Null where no text was given.")
    looked_at: int = Field(description="Messages whose texts could be read.")
    is_complete: bool = Field(description="False where there are older ones that were left out.")
    hits: int
    were_deleted: int = Field(description="Of the hits; a rule that keeps would spare them.")
    were_not_deleted: int = Field(description="Of the hits; a rule that deletes would take them.")
    called_spam: int = Field(description="Of the hits, by people.")
    called_ham: int = Field(description="Of the hits, by people: it would hit good messages.")
    examples: list[RuleExample] = Field(
        max_length=20, description="The newest first; those not deleted go first."
    )
