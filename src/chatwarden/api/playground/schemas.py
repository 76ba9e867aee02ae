"""What the API says about a try in the playground. The words are those of outcomes."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chatwarden.api.outcomes.schemas import (
    Bar,
    Bound,
    Contribution,
    MessageVerdict,
    SenderVerdict,
    Text,
)
from chatwarden.authored import Standing

_LONGEST_TEXT = 16_384
"""Characters: four messages of Telegram's greatest length."""


class PlaygroundTry(BaseModel):
    """A text, or an update as Telegram sends it; one of the two."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"text": "Earn $500 a day, write to me in private", "standing": "newcomer"}
            ]
        },
    )

    text: str | None = Field(default=None, min_length=1, max_length=_LONGEST_TEXT)
    update: dict[str, Any] | None = Field(
        default=None,
        description="Of the Bot API, whatever its chat: it is judged as the first there.",
    )
    standing: Standing = Field(
        default=Standing.NEWCOMER,
        description="How well the sender of a text is known here; an update's sender is new.",
    )
    policy: dict[str, Any] | None = Field(
        default=None,
        description="By the schema `Policy`; null for the one that counts in the group.",
    )

    @model_validator(mode="after")
    def _has_one_message(self) -> Self:
        if (self.text is None) == (self.update is None):
            raise ValueError("either `text` or `update` is wanted")
        return self


class PlaygroundVerdict(BaseModel):
    """What the message would get, and why. Judged by the policy and the text model in use alone: what the group's feedback taught, its
    history and the operator's lists are left out.
    """

    event: str
    score: int = Field(description="Milli-logits.")
    probability: int = Field(description="Permille.")
    message: MessageVerdict
    sender_verdict: SenderVerdict
    texts: list[Text] = Field(description="None where no evidence fired.")
    bias: int = Field(description="Milli-logits: the score of an event without any signal.")
    contributions: list[Contribution]
    bounds: list[Bound]
    bars: list[Bar] = Field(description="Of the policy that was tried; the lowest first.")
