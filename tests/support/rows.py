"""Rows as the pipeline writes them, for tests of whatever reads them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chatwarden.actions import ActionKind, ActionState
from chatwarden.storage.models import (
    Action,
    Appeal,
    AppealState,
    DeadLetter,
    Group,
    Outcome,
    OutcomeState,
)
from chatwarden.storage.repositories.appeals import place_of
from chatwarden.storage.sealing import Sealer

BOT_ID = 7000000001
CHAT_ID = -1001234567890
DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)

CATALOGUE: list[dict[str, Any]] = [
    {
        "name": "invite_link",
        "kind": "evidence",
        "group": "links",
        "weight": 1500,
        "title": "Invite link",
        "sentence": "The message invites into another group or channel.",
    },
    {
        "name": "text_model",
        "kind": "evidence",
        "group": None,
        "weight": 3000,
        "title": "Reads like spam",
        "sentence": "The text model, trained on confirmed spam, finds these words typical of it.",
    },
    {
        "name": "new_here",
        "kind": "context",
        "group": "newness",
        "weight": 2000,
        "title": "New here",
        "sentence": "The sender has written very little in this group so far.",
    },
    {
        "name": "regular",
        "kind": "trust",
        "group": "trust",
        "weight": -1500,
        "title": "A regular",
        "sentence": "The sender has written many good messages here.",
    },
]


def catalogue_bytes() -> bytes:
    return json.dumps(CATALOGUE).encode()


def group_row(*, chat_id: int = CHAT_ID, title: str = "Balcony gardeners", **changes: Any) -> Group:
    values: dict[str, Any] = {
        "bot_id": BOT_ID,
        "chat_id": chat_id,
        "title": title,
        "mode": "guard",
        "policy": {},
        "policy_version": 1,
        "linked_chat_id": None,
        "missing_rights": [],
        "rights_checked_at": None,
        "created_at": DAY,
    }
    return Group(**values | changes)


def contribution(
    signal: str,
    milli_logits: int,
    *,
    spans: Sequence[tuple[str, int, int]] = (),
    detail: str | None = None,
) -> dict[str, Any]:
    """A contribution of a verdict; spans are (place, offset, length)."""
    known = next((each for each in CATALOGUE if each["name"] == signal), CATALOGUE[0])
    return {
        "signal": signal,
        "kind": known["kind"],
        "group": known["group"],
        "weight": known["weight"],
        "strength": 1000,
        "contribution": milli_logits,
        "spans": [{"place": p, "offset": o, "length": n} for p, o, n in spans],
        "detail": detail,
    }


def outcome_row(
    update_id: int,
    *,
    sealer: Sealer | None = None,
    texts: Sequence[tuple[str, str]] = (("text", "Easy money, join t.me/+abc"),),
    sender_name: str | None = "Crypto Carla",
    state: OutcomeState = "enforced",
    date: datetime | None = None,
    chat_id: int = CHAT_ID,
    score: int = 2300,
    probability: int = 909,
    contributions: Sequence[dict[str, Any]] = (),
    bounds: Sequence[Any] = (),
    **changes: Any,
) -> Outcome:
    """An outcome; without a sealer its texts count as purged."""
    when = DAY + timedelta(seconds=update_id) if date is None else date
    trace_id = f"{BOT_ID}-{update_id}-1"
    clear = {
        "sender_name": sender_name,
        "texts": [{"place": place, "text": text} for place, text in texts],
    }
    values: dict[str, Any] = {
        "bot_id": BOT_ID,
        "update_id": update_id,
        "round": 1,
        "date": when,
        "chat_id": chat_id,
        "message_id": update_id + 1000,
        "event": "message",
        "sender_kind": "user",
        "sender_id": 6000000001,
        "score": score,
        "message_verdict": "delete",
        "sender_verdict": "none",
        "sealed": (
            None
            if sealer is None
            else sealer.seal(json.dumps(clear).encode(), place=f"outcome:{trace_id}")
        ),
        "state": state,
        "guard": None,
        "created_at": when,
        "updated_at": when,
    } | changes
    values["verdict"] = {
        "trace_id": trace_id,
        "bot_id": BOT_ID,
        "update_id": update_id,
        "round": 1,
        "event": values["event"],
        "chat_id": chat_id,
        "message_id": values["message_id"],
        "sender_kind": values["sender_kind"],
        "sender_id": values["sender_id"],
        "now": int(when.timestamp()),
        "versions": {"engine": "0.1.0", "policy": 1, "model": None},
        "guard": values["guard"],
        "score": score,
        "probability": probability,
        "message": values["message_verdict"],
        "sender": values["sender_verdict"],
        "contributions": list(contributions),
        "bounds": list(bounds),
        "context": {},
        "skipped": [],
    }
    return Outcome(**values)


def dead_letter_row(
    update: bytes = b'{"update_id": 9, "message": 1}', *, sealer: Sealer, **changes: Any
) -> DeadLetter:
    """An update that could not be judged."""
    values: dict[str, Any] = {
        "bot_id": BOT_ID,
        "update_id": 9,
        "kind": "update",
        "reason": "message: no object",
        "sealed": sealer.seal(update, place=f"dead-letter:{BOT_ID}"),
        "received_at": DAY,
    }
    return DeadLetter(**values | changes)


def action_row(
    outcome: Outcome, kind: ActionKind, *, state: ActionState = "done", **changes: Any
) -> Action:
    """An action of an outcome, carried out 200 ms after the message."""
    values: dict[str, Any] = {
        "id": f"{outcome.trace_id}-{kind}",
        "bot_id": outcome.bot_id,
        "trace_id": outcome.trace_id,
        "date": outcome.date,
        "chat_id": outcome.chat_id,
        "kind": kind,
        "message_id": outcome.message_id,
        "message_date": outcome.date,
        "sender_kind": outcome.sender_kind,
        "sender_id": outcome.sender_id,
        "state": state,
        "requested_by": "verdict",
        "attempts": 0,
        "due_at": outcome.date,
        "started_at": outcome.date if state != "pending" else None,
        "done_at": outcome.date + timedelta(milliseconds=200) if state == "done" else None,
    }
    return Action(**values | changes)


def appeal_row(
    outcome: Outcome,
    *,
    number: int = 1,
    state: AppealState = "open",
    words: str | None = "It was about seeds.",
    sealer: Sealer | None = None,
) -> Appeal:
    """An appeal of an outcome's sender, of that number of days later; decided an hour after it. Without a sealer its words cannot be read."""
    appeal_id = f"{outcome.bot_id}-9{outcome.update_id}{number}"
    sealed = None
    if words is not None:
        clear = words.encode()
        sealed = clear if sealer is None else sealer.seal(clear, place=place_of(appeal_id))
    opened_at = DAY + timedelta(days=number)
    return Appeal(
        id=appeal_id,
        bot_id=outcome.bot_id,
        chat_id=outcome.chat_id,
        update_id=outcome.update_id,
        user_id=outcome.sender_id,
        about="mute",
        state=state,
        sealed=sealed,
        asked_at=opened_at,
        opened_at=None if state == "draft" else opened_at,
        decided_at=None if state in ("draft", "open") else opened_at + timedelta(hours=1),
    )
