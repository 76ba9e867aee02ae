"""What the API says about signals."""

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.outcomes.catalogue import SignalKind


class Signal(BaseModel):
    """One thing that the engine looks for."""

    model_config = ConfigDict(
        frozen=True,
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "invite_link",
                    "kind": "evidence",
                    "group": "links",
                    "weight": 1500,
                    "title": "Invite link",
                    "sentence": "The message invites into another group or channel.",
                }
            ]
        },
    )

    name: str
    kind: SignalKind = Field(
        description="evidence: what the message says; context: who sends and how; trust: what speaks for the sender."
    )
    group: str | None = Field(description="Signals of one group are correlated and share a cap.")
    weight: int = Field(description="Milli-logits at full strength, before the policy's factor.")
    title: str
    sentence: str = Field(description="One sentence that an admin understands.")


class Signals(BaseModel):
    items: list[Signal]
