"""What is done to a sender by hand and not about one message: freed from everything, or banned. By the same queue as the bot's commands."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal

from chatwarden import actions
from chatwarden.actions import PUNISHMENTS
from chatwarden.errors import UndoImpossible
from chatwarden.outcomes.undo import stands
from chatwarden.storage.models import Action

SenderKind = Literal["user", "channel"]


def kind_of(sender_id: int) -> SenderKind:
    """Telegram's ids of channels are negative (Bot API, `Chat.id`), those of users never."""
    return "channel" if sender_id < 0 else "user"


def in_force(taken: Sequence[Action], *, now: datetime) -> list[Action]:
    """Which of a sender's actions hold now, the newest first."""
    held = [one for one in taken if stands(one, now)]
    return sorted(held, key=lambda one: (one.date, one.id), reverse=True)


def waiting(taken: Sequence[Action]) -> list[Action]:
    """What is to be done to a sender and has not begun; the deletion of a message is nothing that is done to them."""
    to_sender = (*PUNISHMENTS, "delete_reactions")
    return [one for one in taken if one.state == "pending" and one.kind in to_sender]


def undo_of_sender(
    taken: Sequence[Action],
    *,
    bot_id: int,
    chat_id: int,
    sender_id: int,
    requested_by: str,
    now: datetime,
) -> actions.Action | None:
    """What to queue so that the sender is freed from everything here; None where that was asked for already. Raises UndoImpossible.

    Its id is made from what it takes back: of several people who tap at once, one asks.
    """
    held = {one.id for one in (*in_force(taken, now=now), *waiting(taken))}
    if not held:
        raise UndoImpossible
    undo = _action("undo", held, bot_id, chat_id, sender_id, requested_by, now)
    return None if any(one.id == undo.id and one.state != "dead" for one in taken) else undo


def ban_of_sender(
    taken: Sequence[Action],
    *,
    bot_id: int,
    chat_id: int,
    sender_id: int,
    until: datetime | None,
    requested_by: str,
    now: datetime,
) -> actions.Action | None:
    """What to queue so that the sender is banned; None where a ban without end holds or waits.

    Its id is made from what was done to them before: of several people who tap at once, one asks.
    """
    standing = (*in_force(taken, now=now), *waiting(taken))
    if any(one.kind == "ban" and one.until_date is None for one in standing):
        return None
    before = {one.id for one in taken}
    return _action("ban", before, bot_id, chat_id, sender_id, requested_by, now, until=until)


def _action(
    kind: actions.ActionKind,
    cause: set[str],
    bot_id: int,
    chat_id: int,
    sender_id: int,
    requested_by: str,
    now: datetime,
    *,
    until: datetime | None = None,
) -> actions.Action:
    named = "\n".join((str(chat_id), str(sender_id), *sorted(cause)))
    return actions.Action(
        id=f"{bot_id}-{sha256(named.encode()).hexdigest()[:32]}-{kind}",
        bot_id=bot_id,
        chat_id=chat_id,
        kind=kind,
        sender_kind=kind_of(sender_id),
        sender_id=sender_id,
        date=now,
        until_date=None if until is None else until.replace(microsecond=0),
        requested_by=requested_by,
        due_at=now,
    )
