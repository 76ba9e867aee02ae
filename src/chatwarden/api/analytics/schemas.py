"""What the API says about analytics."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.actions import ActionKind


class AnalyticsDay(BaseModel):
    """A day, UTC; what was told later is counted on the day of the message."""

    day: date
    judged: int = Field(description="Messages.")
    caught: int = Field(description="Events whose message was deleted or sender muted or worse.")
    overturned: int = Field(description="Of what was caught: undone, or called no spam.")
    missed: int = Field(description="Kept, and called spam by an admin.")
    observed: int = Field(description="Would have been punished, but for observe mode.")


class AnalyticsSignal(BaseModel):
    """What a signal is worth."""

    name: str
    found: int = Field(description="Events in which it spoke for spam.")
    caught: int
    overturned: int = Field(description="Of what was caught.")
    precision: float | None = Field(
        description="Share of what was caught that nobody overturned; null under 10: too few to say."
    )


class AnalyticsAction(BaseModel):
    """What was done, by kind."""

    kind: ActionKind
    done: int
    undone: int = Field(description="Of what was done.")
    failed: int


class AnalyticsBucket(BaseModel):
    """How many took at most so long, and longer than the bucket before."""

    up_to_ms: int | None = Field(description="null: longer than all others.")
    count: int


class AnalyticsResponseTimes(BaseModel):
    """How long spam stood, from Telegram's date, which is whole seconds, to its deletion."""

    count: int
    p50_ms: int | None = Field(
        description="Half stood at most so long, up to the bound of a bucket; null where nothing was counted, or it is over the last bound."
    )
    p95_ms: int | None
    buckets: list[AnalyticsBucket]


class Analytics(BaseModel):
    """Figures of a group over days. They begin with the version that counts them; before it only `judged` is known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "first": "2026-11-20",
                    "last": "2026-11-20",
                    "days": [
                        {
                            "day": "2026-11-20",
                            "judged": 412,
                            "caught": 12,
                            "overturned": 1,
                            "missed": 2,
                            "observed": 0,
                        }
                    ],
                    "messages": {"keep": 3, "review": 2, "delete": 12},
                    "senders": {"none": 13, "ban": 4},
                    "signals": [
                        {
                            "name": "invite_link",
                            "found": 14,
                            "caught": 12,
                            "overturned": 1,
                            "precision": 0.917,
                        }
                    ],
                    "actions": [
                        {"kind": "delete_message", "done": 12, "undone": 0, "failed": 0},
                    ],
                    "raids": 0,
                    "response_times": {
                        "count": 12,
                        "p50_ms": 1000,
                        "p95_ms": 1500,
                        "buckets": [
                            {"up_to_ms": 1000, "count": 10},
                            {"up_to_ms": 1500, "count": 2},
                        ],
                    },
                }
            ]
        }
    )

    first: date
    last: date
    days: list[AnalyticsDay] = Field(description="Every day, the first one first.")
    messages: dict[str, int] = Field(
        description="Events in which something was found, by what the engine said of the message."
    )
    senders: dict[str, int] = Field(description="The same, by what it said of the sender.")
    signals: list[AnalyticsSignal] = Field(description="The most frequent first.")
    actions: list[AnalyticsAction]
    raids: int = Field(description="That began.")
    response_times: AnalyticsResponseTimes
