"""What the API says about a group's webhooks."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chatwarden.storage.models import DeliveryState, OffBecause, WebhookEvent

MOST_LETTERS = 2048


class WebhookWanted(BaseModel):
    """Where to send what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"address": "https://example.org/chatwarden", "events": ["outcome.punished"]}
            ]
        },
    )

    address: str = Field(min_length=1, max_length=MOST_LETTERS, description="https.")
    events: list[WebhookEvent] = Field(min_length=1, max_length=16)

    @field_validator("events")
    @classmethod
    def _each_once(cls, events: list[WebhookEvent]) -> list[WebhookEvent]:
        return list(dict.fromkeys(events))


class WebhookChange(BaseModel):
    """Whether anything is sent."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"is_on": False}]})

    is_on: bool


class Webhook(BaseModel):
    """One address of a group's, and how it fares."""

    id: str
    address: str = Field(description="Empty where it was sealed with a key that is lost.")
    events: list[WebhookEvent]
    made_by: str
    made_at: datetime
    is_on: bool
    off_since: datetime | None
    off_because: OffBecause | None = Field(
        description="person: somebody turned it off; failures: nothing arrived for three days."
    )
    failing_since: datetime | None = Field(
        description="The first failure after the last success; null where it works."
    )
    former_until: datetime | None = Field(
        description="Until when deliveries are signed with the former secret, too."
    )
    waiting: int
    dead: int = Field(description="Deliveries that were given up.")


class Webhooks(BaseModel):
    items: list[Webhook] = Field(description="The oldest first.")


class WebhookMade(Webhook):
    secret: str = Field(description="Shown once: it verifies the signatures.")


class Tested(BaseModel):
    """What came of a test call."""

    arrived: bool
    status: int | None = Field(description="HTTP status; null where there was no answer.")
    error: str | None = Field(
        description="status, timeout, name, connection, tls, private_address or sealed."
    )
    milliseconds: int


class Delivery(BaseModel):
    """One event on its way to one address."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(description="As the receiver gets it in `webhook-id`.")
    event: WebhookEvent
    trace_id: str | None = Field(description="Of the outcome that it tells of.")
    created_at: datetime
    state: DeliveryState = Field(description="dead: given up after a day of tries.")
    tries: int
    due_at: datetime
    ended_at: datetime | None
    status: int | None = Field(description="HTTP status of the last answer.")
    error: str | None = Field(description="Of the last try; null where it arrived.")
    milliseconds: int | None


class Deliveries(BaseModel):
    items: list[Delivery] = Field(description="The newest first, of the last 30 days.")
