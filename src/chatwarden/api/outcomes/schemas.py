"""What the API says about outcomes. The words are those of the engine's verdict."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chatwarden.actions import ActionKind, ActionState
from chatwarden.api.outcomes.examples import OUTCOME
from chatwarden.outcomes.catalogue import SignalKind
from chatwarden.outcomes.texts import TextsState
from chatwarden.outcomes.undo import UndoEffect
from chatwarden.storage.models import FeedbackLabel, OutcomeState

MessageVerdict = Literal["keep", "review", "delete"]
SenderVerdict = Literal["none", "challenge", "mute", "kick", "ban"]
BarName = Literal["review", "delete", "challenge", "mute", "ban"]


class GroupName(BaseModel):
    """Which group, in short."""

    bot_id: int
    chat_id: int
    title: str


class Sender(BaseModel):
    """A user or a channel."""

    kind: Literal["user", "channel"]
    id: int
    name: str | None = Field(description="Null once purged or where it cannot be read.")


class Text(BaseModel):
    """A text of the event, at its place."""

    model_config = ConfigDict(from_attributes=True)

    place: str = Field(
        description="Where it stood in the message, e.g. `text`, `caption`; `link_target:0`: where a hidden link leads."
    )
    text: str


class Span(BaseModel):
    """Words that set a signal off: UTF-16 code units of the text at that place, as in JavaScript."""

    place: str
    offset: int
    length: int


class Contribution(BaseModel):
    """What one signal added to the score."""

    model_config = ConfigDict(from_attributes=True)

    signal: str
    kind: SignalKind
    group: str | None
    title: str
    sentence: str = Field(description="Empty for a signal that the catalogue no longer knows.")
    weight: int = Field(description="Milli-logits at full strength.")
    strength: int = Field(description="Thousandths.")
    contribution: int = Field(description="Milli-logits, after strength and caps.")
    spans: list[Span]
    detail: str | None


class Bound(BaseModel):
    """A bar or cap that held the verdict back."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    sentence: str
    short: str = Field(description="The sentence in a few words, for a list.")


class Edit(BaseModel):
    """What an edit added, as far as it is known: of a message's words nothing is kept."""

    model_config = ConfigDict(from_attributes=True)

    links_before: int | None = Field(
        description="Links and mentions before it; null where the message was not seen before."
    )
    links_added: int | None = Field(
        description="Null where there are no more than before, or nobody looked."
    )


class Bar(BaseModel):
    """From which score on something is done in the group, as its policy is now."""

    name: BarName
    probability: int = Field(description="Permille.")


class ActionError(BaseModel):
    """Why an action could not be done."""

    code: str
    text: str
    hint: str


class Action(BaseModel):
    """One thing to do in Telegram, or done."""

    id: str
    kind: ActionKind
    state: ActionState
    requested_by: str = Field(description='"verdict", or the subject of who asked.')
    due_at: datetime
    started_at: datetime | None
    done_at: datetime | None
    until_date: datetime | None = Field(description="When a mute or ban ends by itself.")
    error: ActionError | None
    result: dict[str, Any] | None = Field(
        description="What an undo did: `restored` and `not_restored`."
    )


class Undo(BaseModel):
    """What an undo would do, in honest words."""

    model_config = ConfigDict(from_attributes=True)

    possible: bool = Field(description="False where nothing would come of it.")
    effects: list[UndoEffect] = Field(
        description="What it would do; `stop`: keep what waits from being done."
    )
    restores: list[str]
    cannot_restore: list[str]


class FeedbackGiven(BaseModel):
    """What somebody says a message is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"label": "ham"}]})

    label: FeedbackLabel


class Outcome(BaseModel):
    """A judged event that evidence fired on, and what came of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [OUTCOME]})

    trace_id: str = Field(description="`<bot>-<update>-<round>`.")
    cursor: str = Field(description="Of the page of outcomes that begins after this one.")
    group: GroupName
    date: datetime = Field(description="Of the message or its edit, by Telegram's clock.")
    event: str
    edit: Edit | None = Field(description="Null for what is no edit.")
    message_id: int | None
    sender: Sender
    score: int = Field(description="Milli-logits.")
    probability: int = Field(description="Permille.")
    message: MessageVerdict
    sender_verdict: SenderVerdict
    state: OutcomeState
    guard: str | None = Field(description="Why nothing was done although the verdict said so.")
    texts: list[Text]
    texts_state: TextsState = Field(
        description="purged: past the group's retention time; unreadable: sealed with a lost key."
    )
    bias: int = Field(description="Milli-logits: the score of an event without any signal.")
    contributions: list[Contribution]
    bounds: list[Bound]
    bars: list[Bar] = Field(description="The lowest first.")
    actions: list[Action]
    undo: Undo
    feedback: FeedbackLabel | None = Field(
        description="What an admin said last of the message; null where none did."
    )


class OutcomePage(BaseModel):
    """The newest first."""

    items: list[Outcome]
    next_cursor: str | None = Field(description="For the next page; null on the last.")


class StreamStart(BaseModel):
    """The first line: from here on nothing is missed. Fetch what you show after it has come."""

    type: Literal["start"] = "start"
    id: int


class StreamOutcome(BaseModel):
    """An outcome that is new or has changed, whole."""

    type: Literal["outcome"] = "outcome"
    id: int = Field(description="To resume from, as `after`.")
    outcome: Outcome


class StreamReset(BaseModel):
    """What came before is unknown: fetch afresh."""

    type: Literal["reset"] = "reset"
    id: int


class StreamHeartbeat(BaseModel):
    """Nothing happened for a while; the connection lives."""

    type: Literal["heartbeat"] = "heartbeat"


StreamEvent = Annotated[
    StreamStart | StreamOutcome | StreamReset | StreamHeartbeat, Field(discriminator="type")
]
"""One line of the live stream."""
