"""What is to be done in Telegram: the words that the queue, the enforcer, the API and the storage share.

An action stands on its own: it carries everything that its enforcement needs, whether or not an outcome is recorded for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

ActionKind = Literal[
    "delete_message",
    "delete_reactions",
    "challenge",  # the sender may not write until they have proved to be a person
    "mute",
    "kick",
    "ban",
    "undo",
]
ActionState = Literal[
    "pending",  # waits for its due time; no call was made, or Telegram refused it
    "started",  # a call to Telegram is under way, or was made and its answer lost
    "done",
    "dead",  # failed for good; `error_code` says why
    "cancelled",  # undone or guarded before it began
    "reversed",  # done, then taken back by an undo
]

EndState = Literal["done", "dead", "cancelled", "reversed"]
PUNISHMENTS: tuple[ActionKind, ...] = ("challenge", "mute", "kick", "ban")
OPEN: tuple[ActionState, ...] = ("pending", "started")
NOT_OURS = ("telegram", "gone")
"""What `covered_by` tells of an action that we had not to do: somebody else's restriction, or nobody being there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do. The id is made from its cause, so that a cause acts once."""

    id: str
    bot_id: int
    chat_id: int
    kind: ActionKind
    sender_kind: str
    """"user" or "channel"."""
    sender_id: int
    date: datetime
    """Telegram's date of the event that caused it; without an event the time at which it was asked for."""
    due_at: datetime
    requested_by: str
    """"verdict"; the subject of the person who asked; "bot" for what the bot tidies up of its own and of commands to it."""
    message_id: int | None = None
    message_date: datetime | None = None
    """When the message was sent: Telegram deletes none older than 48 hours. None: not known."""
    trace_id: str | None = None
    """Of the outcome it belongs to, where there is one. That may be recorded later than the action is carried out."""
    until_date: datetime | None = None
    """Absolute and in whole seconds, so that a repeated call changes nothing and Telegram's answer shows that it is ours. None: for
    ever, or not a timed action."""
    state: ActionState = "pending"
    attempts: int = 0
    """Failed tries, that of which it is dead included; waiting because Telegram asked to is none."""
    started_at: datetime | None = None
    done_at: datetime | None = None
    former: dict[str, Any] | None = None
    """The sender's membership before a mute, kick or ban: what undo restores."""

    def __post_init__(self) -> None:
        if self.until_date is not None and self.until_date.microsecond:
            raise ValueError("until_date has to be in whole seconds: Telegram keeps no fraction")


@dataclass(frozen=True, slots=True)
class Beginning:
    """A call is about to be made."""

    action_id: str
    former: dict[str, Any] | None = None
    """The sender's membership before a punishment. None leaves what an earlier try noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of an action for good."""

    action_id: str
    state: EndState
    guard: str | None = None
    """Why it was not done although the verdict said so: "admin", "observe_mode", …"""
    result: Mapping[str, object] | None = None
    """An undo: {"restored": [...], "not_restored": [...]} in words. Else {"covered_by": id of the action that did it}, or
    {"unconfirmed": true} where the answer to the call was lost and Telegram cannot be asked."""
    error_code: str | None = None
    error_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A call that has to be made again."""

    action_id: str
    due_at: datetime
    failed: bool
    """Counts as a failed try. Waiting because Telegram asked to is none."""
    made: bool
    """True where the call may have been carried out all the same: the action stays *started*. False: it has not begun."""


class ActionSink(Protocol):
    """Where actions are asked for."""

    async def add(self, actions: Sequence[Action]) -> None:
        """Have these carried out, each once by its id; one that failed for good is tried anew.

        An undo cancels at once what has not begun: punishments of its sender, the deletion of its message.
        """
        ...
