"""Whom the admins let be, whom the bot asks whether they are a person, and raids."""

from datetime import datetime
from typing import Literal

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model

ChallengeCause = Literal["join", "message", "join_request"]
ChallengeState = Literal[
    "open",
    "passed",
    "failed",  # answered wrongly too often
    "expired",  # not answered in time
    "lifted",  # somebody decided otherwise meanwhile
]


class AllowedSender(Model):
    """On a group's allow list: nothing is ever done to them by a verdict. It counts in all groups of the workspace."""

    __tablename__ = "allowed_senders"

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sender_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sender_kind: Mapped[str] = mapped_column(String(16))
    allowed_by: Mapped[str] = mapped_column(String(64))
    allowed_at: Mapped[datetime]


class Challenge(Model):
    """Somebody is asked to prove to be a person."""

    __tablename__ = "challenges"
    __table_args__ = (
        Index(None, "bot_id", "state", "due_at"),
        Index(None, "bot_id", "chat_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(String(96), primary_key=True)
    """Of the action that took their writing; of a join request made from the update."""
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    user_id: Mapped[int] = mapped_column(BigId)
    cause: Mapped[ChallengeCause] = mapped_column(String(16))
    state: Mapped[ChallengeState] = mapped_column(String(16))
    asked_in: Mapped[int | None] = mapped_column(BigId)
    """The chat in which the question stands; None while it stands nowhere."""
    message_id: Mapped[int | None] = mapped_column(BigId)
    is_for_all_to_see: Mapped[bool]
    """False: nobody but them sees the question."""
    seed: Mapped[str | None] = mapped_column(String(40))
    """Of the question that they see."""
    tries: Mapped[int]
    """Wrong answers."""
    last_press: Mapped[int] = mapped_column(BigId)
    """The update of the last wrong one: a press that is carried out again counts once."""
    asked_at: Mapped[datetime]
    """When they were to be asked."""
    shown_at: Mapped[datetime | None]
    """Since when the question stands somewhere."""
    due_at: Mapped[datetime | None]
    """When it is over without an answer; None while whoever joined has not been asked."""
    decided_at: Mapped[datetime | None]
    followed_up_at: Mapped[datetime | None]
    """When what follows from the decision was asked for."""


class SharedBan(Model):
    """A ban in one group that other groups of its workspace took over."""

    __tablename__ = "shared_bans"
    __table_args__ = (Index(None, "bot_id", "chat_id", "sender_id"),)

    action_id: Mapped[str] = mapped_column(String(96), primary_key=True)
    """Of the ban in the first group."""
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    """The first group."""
    sender_id: Mapped[int] = mapped_column(BigId)
    others: Mapped[list[int]] = mapped_column(JSON)
    """The groups that took it over; none where there was no other."""
    banned_at: Mapped[datetime]
    """When the first group's was done."""
    lifted_at: Mapped[datetime | None]
    """When an undo in the first group lifted it in the others too."""


class RaidRecord(Model):
    """Many join at once, or admins said so."""

    __tablename__ = "raids"
    __table_args__ = (Index(None, "bot_id", "chat_id", "started_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Bot, group, and the millisecond at which it began."""
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(64))
    """"joins", or the subject of the admin who said so."""
    until: Mapped[datetime]
    """When it ends, if nobody joins until then."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(64))
    joins: Mapped[int]
    """Joins and requests that made the mass join, from its beginning on."""
    told: Mapped[list[list[int]]] = mapped_column(JSON)
    """What was said of it to admins: chat and message."""
