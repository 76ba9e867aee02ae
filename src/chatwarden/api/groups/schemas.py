"""What the API says about groups."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chatwarden.api.paths import LARGEST_ID
from chatwarden.storage.models import Role

Posture = Literal["observing", "guarding"]


class Counts(BaseModel):
    """What was judged since midnight UTC."""

    model_config = ConfigDict(from_attributes=True)

    judged: int
    flagged: int
    deleted: int
    punished: int


class DayCounts(BaseModel):
    """What was judged and deleted on a day."""

    model_config = ConfigDict(from_attributes=True)

    day: datetime = Field(description="Its beginning, UTC.")
    judged: int
    deleted: int


class MissingRight(BaseModel):
    """A right of a Telegram admin that the bot needs and lacks."""

    name: str = Field(description="Telegram's name of it.")
    title: str = Field(description="What Telegram's apps call it.")
    hint: str = Field(description="How to mend it.")


class Group(BaseModel):
    """A group that the bot is in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "bot_id": 7000000001,
                    "chat_id": -1001234567890,
                    "title": "Balcony gardeners",
                    "role": "admin",
                    "posture": "guarding",
                    "policy_version": 1,
                    "missing_rights": [],
                    "rights_checked_at": "2026-11-20T09:00:00Z",
                    "today": {"judged": 412, "flagged": 9, "deleted": 6, "punished": 2},
                    "week": [{"day": "2026-11-20T00:00:00Z", "judged": 412, "deleted": 6}],
                    "in_review": 1,
                }
            ]
        }
    )

    bot_id: int
    chat_id: int
    title: str
    role: Role = Field(description="The caller's.")
    posture: Posture = Field(description="observing: verdicts but no actions.")
    policy_version: int
    missing_rights: list[MissingRight]
    rights_checked_at: datetime | None
    today: Counts
    week: list[DayCounts] = Field(description="Seven days, today the last.")
    in_review: int = Field(description="Outcomes that wait for somebody to decide.")


class GroupChange(BaseModel):
    """What to change about a group; what is not mentioned stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"posture": "observing"}]}
    )

    posture: Posture | None = Field(default=None, description="null: as it is.")
    language: str | None = Field(
        default=None, max_length=8, description="Of what the bot says there; null: as it is."
    )
    card_chat_id: int | None = Field(
        default=None,
        ge=-LARGEST_ID,
        le=LARGEST_ID,
        description="A group of yours with the same bot where cards about this one go; null, where it is mentioned: "
        "to admins, in private.",
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        is_elsewhere = "card_chat_id" in self.model_fields_set
        if self.posture is None and self.language is None and not is_elsewhere:
            raise ValueError("nothing is to be changed")
        return self


class Language(BaseModel):
    code: str
    name: str = Field(description="What it calls itself.")


class Neighbour(BaseModel):
    """A group of the same workspace."""

    chat_id: int
    title: str
    shares_bans: bool


class Kept(BaseModel):
    """What is kept of this group's messages."""

    since: datetime = Field(description="When the bot came.")
    judged: int = Field(description="Messages that were looked at.")
    outcomes: int = Field(description="Of messages in which something was found: kept for good.")
    with_text: int = Field(description="Of those, how many are young enough to hold their text.")
    text_days: int = Field(description="How long a text is kept.")
    trace_days: int = Field(
        description="How long reports, warnings, questions of the gate, cards and raids are kept."
    )
    allowed: int = Field(description="Senders on the group's own allow list.")


class GroupSettings(BaseModel):
    """A group's settings beside its policy, and what it shares."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "language": "en",
                    "languages": [{"code": "en", "name": "English"}],
                    "card_chat_id": None,
                    "card_chat_title": None,
                    "has_card_chat": False,
                    "workspace": [
                        {"chat_id": -1001234567891, "title": "Balcony market", "shares_bans": True}
                    ],
                    "hidden_in_workspace": 0,
                    "kept": {
                        "since": "2026-11-20T09:00:00Z",
                        "judged": 41200,
                        "outcomes": 912,
                        "with_text": 88,
                        "text_days": 30,
                        "trace_days": 180,
                        "allowed": 3,
                    },
                }
            ]
        }
    )

    language: str
    languages: list[Language] = Field(description="Those that the bot speaks.")
    card_chat_id: int | None = Field(
        description="Where cards about the group go; null: to admins who opened a chat with the bot, or not yours to see."
    )
    card_chat_title: str | None
    has_card_chat: bool = Field(
        description="Whether cards go to a chat, be it yours to see or not."
    )
    workspace: list[Neighbour] = Field(
        description="Other groups of the same owner that the caller may see."
    )
    hidden_in_workspace: int = Field(description="How many more there are.")
    kept: Kept


class ErasedWorkspace(BaseModel):
    """A workspace was erased."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"groups": 2, "rows": 4711}]})

    groups: int = Field(description="How many groups were in it.")
    rows: int = Field(description="How many rows were deleted.")


class Groups(BaseModel):
    items: list[Group]
