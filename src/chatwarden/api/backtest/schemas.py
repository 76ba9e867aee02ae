"""What the API says about a backtest."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.api.policy.schemas import Answer
from chatwarden.authored import Standing

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes. A file lies in memory while it is judged, and nowhere else."""
MOST_AT_ONCE = 2
"""Of one process: so much of its memory files may take."""
MOST_MESSAGES = 100_000
MOST_DIFFERENCES = 2_000
MOST_FAULTS = 20
LONGEST_TEXT = 500


class BacktestWanted(BaseModel):
    """A file of messages, and a policy to compare with the one that counts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "content": '{"text": "Earn $500 a day, write to me in private"}',
                    "policy": {"preset": "strict"},
                    "standing": "newcomer",
                }
            ]
        },
    )

    content: str = Field(
        min_length=1,
        description='Telegram Desktop\'s result.json, or JSON Lines of Bot API updates or of {"text"}.',
    )
    policy: dict[str, Any] = Field(description="By the schema `Policy`.")
    standing: Standing = Field(
        default=Standing.NEWCOMER,
        description="How well the sender of a bare text is known; who writes in an export becomes known by writing.",
    )


class BacktestProgress(BaseModel):
    """How far it is."""

    event: Literal["progress"] = "progress"
    permille: int = Field(description="Of the file.")
    messages: int


class Totals(BaseModel):
    """What a policy comes to."""

    kept: int
    reviewed: int
    deleted: int
    punished: int = Field(
        description="Senders who would be asked, muted, removed or banned, by message."
    )


class BacktestSignal(BaseModel):
    name: str
    contribution: int = Field(description="Milli-logits.")


class Difference(BaseModel):
    """A message on which the policies differ."""

    id: str = Field(description="Of the message in the export, or its line.")
    text: str = Field(description=f"The first {LONGEST_TEXT} characters, from the file.")
    before: Answer
    after: Answer
    probability_before: int = Field(description="Permille.")
    probability_after: int = Field(description="Permille.")
    signals: list[BacktestSignal] = Field(
        description="That the other policy found, the heaviest first."
    )


class Fault(BaseModel):
    """What could not be read; it is passed over."""

    place: str
    text: str


class BacktestReport(BaseModel):
    """The end of a backtest. Nothing of it is kept here."""

    event: Literal["report"] = "report"
    messages: int
    before: Totals = Field(description="By the policy that counts.")
    after: Totals = Field(description="By the other one.")
    differing: int
    stricter: int = Field(description="Of them, those that the other policy is stricter with.")
    differences: list[Difference] = Field(description=f"The first {MOST_DIFFERENCES}.")
    faulty: int
    faults: list[Fault] = Field(description=f"The first {MOST_FAULTS}.")


BacktestEvent = Annotated[BacktestProgress | BacktestReport, Field(discriminator="event")]
"""A line of the answer: progress again and again, the report at the end."""
