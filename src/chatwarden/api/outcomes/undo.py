"""What an undo brings back and what it cannot, by Telegram's rules."""

from collections.abc import Sequence

from chatwarden.api.outcomes.schemas import Undo
from chatwarden.storage.models import Action, Outcome
from chatwarden.storage.repositories.actions import UNDOABLE

_BEGUN = ("started", "done", "dead")


def describe_undo(outcome: Outcome, actions: Sequence[Action]) -> Undo:
    """Sentences for each action that has begun, or may have; one that waits is simply not done."""
    begun = {action.kind for action in actions if action.state in _BEGUN}
    waiting = {action.kind for action in actions if action.state == "pending"} - begun
    restores: list[str] = []
    cannot: list[str] = []
    if "delete_message" in waiting:
        restores.append("The message stays: it has not been deleted yet.")
    if "delete_message" in begun:
        cannot.append("The deleted message: Telegram keeps no copy that a bot could bring back.")
    if "mute" in begun:
        restores.append("The sender may write again, with exactly the permissions they had.")
    if "ban" in begun and outcome.sender_kind == "channel":
        restores.append("The ban is lifted: the channel may write here again.")
    elif "ban" in begun:
        restores.append("The ban is lifted: the person may come back.")
        cannot.append("The membership: the person is outside and has to come back by themselves.")
    if "kick" in begun:
        cannot.append("The membership: the person is outside and has to come back by themselves.")
    if waiting - {"delete_message", "undo"}:
        restores.append("The sender is left alone: nothing has been done to them yet.")
    return Undo(
        possible=outcome.state in UNDOABLE,
        restores=restores,
        cannot_restore=list(dict.fromkeys(cannot)),
    )
