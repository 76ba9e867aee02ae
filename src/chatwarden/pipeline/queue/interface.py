"""The queue of actions, as the enforcer sees it. Every implementation passes `tests/integration/queue`.

Guarantees. What a method wrote is there after a crash. Between `begin` and `end` an action is *started*: it is taken again, and
whoever takes it finds out what became of it. An action that has ended never opens again, except by `add` where it was dead.
Every method may raise StorageUnavailable; then nothing of it is written. One lane works on a chat at a time: within a process that is the
caller's care, between processes the queue's: `due` names a chat to one of them only. `add` may come at any moment, from anybody.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chatwarden.actions import Action, ActionSink, Beginning, Ending, Retry


@dataclass(frozen=True, slots=True)
class Due:
    """Where something is to be done."""

    chat_ids: Sequence[int]
    """From now on held by whoever asked; the longest due first."""
    next_due_at: datetime | None
    """When the next open action of any chat is due, those of `chat_ids` included; None where there is none."""


class ActionQueue(ActionSink, Protocol):
    """One bot's actions."""

    async def due(self, *, now: datetime, held: Collection[int] = (), limit: int) -> Due:
        """Other chats than those held in which something is to be done now, or was begun by a process that died: `limit` at most.

        Between processes the held ones stay held, for seconds: ask again in time.
        """
        ...

    async def take(self, chat_id: int, *, now: datetime, limit: int) -> Sequence[Action]:
        """A chat's due actions: deletions first, then undos, bans, kicks, mutes, reactions; of a kind the longest due first."""
        ...

    async def begin(
        self, chat_id: int, beginnings: Sequence[Beginning], *, now: datetime
    ) -> set[str]:
        """Write a chat's actions as started; the ids that are still to be done: an undo may have been faster."""
        ...

    async def end(self, chat_id: int, endings: Sequence[Ending], *, now: datetime) -> None:
        """Write what became of a chat's actions, all or nothing. Only open ones end, only done ones are reversed; twice is once."""
        ...

    async def retry(self, chat_id: int, retries: Sequence[Retry]) -> None:
        """Put open actions of a chat back until they are due."""
        ...

    async def postpone(self, chat_id: int, *, until: datetime) -> None:
        """Everything open in a chat waits until then. That is no failed try."""
        ...

    async def deleted(self, chat_id: int, message_ids: Collection[int]) -> set[int]:
        """Which of the messages were deleted already."""
        ...

    async def in_force(
        self, chat_id: int, sender_ids: Collection[int], *, now: datetime
    ) -> Mapping[int, Sequence[Action]]:
        """By sender what was done to them, has not ended and was not taken back; the oldest first.

        One that is *started* may have been done: only Telegram knows. Senders without any are left out.
        """
        ...

    async def cancel_for_undo(self, undo: Action, *, now: datetime) -> None:
        """Between two calls of a chat's lane: cancel what `add` cancels, and the deletion of its message though it has begun."""
        ...
