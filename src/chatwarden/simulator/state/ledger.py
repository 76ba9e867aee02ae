"""The ledger: what was really done to every message and every sender, and what was asked for again
in vain.

A call is *effective* when it changed something and a *repeat* when all was already so. "Nobody
punished twice" means that no entry has repeats and no message more than one effective deletion
(which cannot be: it would be a defect here).
"""

from typing import Any

import msgspec


class Deletion(msgspec.Struct, kw_only=True):
    """What became of one message. Times are seconds since the epoch."""

    chat_id: int
    message_id: int
    sender: int | None = None
    posted_at: float | None = None
    deleted_at: float | None = None
    method: str | None = None
    effective: int = 0
    repeated: int = 0


class Sanction(msgspec.Struct, kw_only=True):
    """One call that changed somebody's standing in a chat. `until_date` 0 is for ever."""

    method: str
    at: float
    by: int
    until_date: int
    status_before: str
    status_after: str
    permissions_before: dict[str, Any] | None = None
    permissions_after: dict[str, Any] | None = None


class Record(msgspec.Struct, kw_only=True):
    """All that bots did to one sender (a person or a channel) in one chat."""

    chat_id: int
    sender: int
    sanctions: list[Sanction] = msgspec.field(default_factory=list)
    repeats: dict[str, int] = msgspec.field(default_factory=dict)
    """How often a method was called without changing anything."""


class Ledger(msgspec.Struct, kw_only=True):
    """Every deletion and every sanction by bots."""

    deletions: dict[tuple[int, int], Deletion] = msgspec.field(default_factory=dict)
    records: dict[tuple[int, int], Record] = msgspec.field(default_factory=dict)

    def deletion(self, chat_id: int, message_id: int) -> Deletion:
        """The entry of a message, made if it is the first call about it."""
        key = (chat_id, message_id)
        found = self.deletions.get(key)
        if found is None:
            found = self.deletions[key] = Deletion(chat_id=chat_id, message_id=message_id)
        return found

    def record(self, chat_id: int, sender: int) -> Record:
        """The entry of a sender, made if it is the first call about them."""
        key = (chat_id, sender)
        found = self.records.get(key)
        if found is None:
            found = self.records[key] = Record(chat_id=chat_id, sender=sender)
        return found

    def repeat(self, chat_id: int, sender: int, method: str) -> None:
        """Count a call that changed nothing."""
        repeats = self.record(chat_id, sender).repeats
        repeats[method] = repeats.get(method, 0) + 1
