"""What is kept of a judged batch.

In: the engine's items and the groups' modes. Out: rows to store. Pure: no clock but the one given, no database.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chatwarden._engine import Item
from chatwarden.storage.models import ActionKind, GroupMode, OutcomeState
from chatwarden.storage.sealing import Sealer

MUTE = timedelta(days=7)
BAN = timedelta(days=30)
"""A person's ban ends by itself: a real bot does not wait, a false positive heals (DETECTION rule 4)."""
KICK = timedelta(days=1)
"""A kick is a ban that is lifted at once; should the process die in between, it ends by itself."""

_SPANS: dict[str, tuple[ActionKind, timedelta]] = {
    "mute": ("mute", MUTE),
    "kick": ("kick", KICK),
    "ban": ("ban", BAN),
}
_LATEST = datetime.max.replace(tzinfo=UTC) - BAN

_ROUND = 1


@dataclass(frozen=True, slots=True)
class BatchRows:
    """Rows of one batch, ready to insert."""

    outcomes: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    dead_letters: list[dict[str, Any]] = field(default_factory=list)


def rows_of(
    bot_id: int,
    updates: Sequence[bytes],
    items: Sequence[Item],
    *,
    modes: Mapping[int, GroupMode],
    sealer: Sealer,
    now: datetime,
) -> BatchRows:
    """Rows for `items`, which stand for `updates` at the same positions."""
    rows = BatchRows()
    counts: dict[tuple[int, datetime], Counter[str]] = {}
    for raw, item in zip(updates, items, strict=True):
        if item.status == "invalid":
            rows.dead_letters.append(_dead_letter(bot_id, raw, item, sealer=sealer, now=now))
        elif item.status == "judged" and item.chat_id is not None and item.date is not None:
            _count(counts, item, chat_id=item.chat_id, date=item.date)
            if item.flagged:
                outcome = _outcome(bot_id, raw, item, modes=modes, sealer=sealer, now=now)
                rows.outcomes.append(outcome)
                rows.actions.extend(_actions(outcome))
    rows.counts.extend(
        {"bot_id": bot_id, "chat_id": chat_id, "hour": hour, **_COUNTED, **counter}
        for (chat_id, hour), counter in counts.items()
    )
    return rows


_COUNTED = {"judged": 0, "flagged": 0, "deleted": 0, "punished": 0}


def _count(
    counts: dict[tuple[int, datetime], Counter[str]], item: Item, *, chat_id: int, date: int
) -> None:
    hour = datetime.fromtimestamp(date - date % 3600, UTC)
    counter = counts.setdefault((chat_id, hour), Counter())
    counter["judged"] += 1
    counter["flagged"] += item.flagged
    counter["deleted"] += item.message == "delete"
    counter["punished"] += item.sender in ("mute", "kick", "ban")


def _outcome(
    bot_id: int,
    raw: bytes,
    item: Item,
    *,
    modes: Mapping[int, GroupMode],
    sealer: Sealer,
    now: datetime,
) -> dict[str, Any]:
    assert item.verdict is not None
    assert item.chat_id is not None
    assert item.date is not None
    verdict = msgspec.json.decode(item.verdict)
    return {
        "bot_id": bot_id,
        "update_id": item.update_id,
        "round": _ROUND,
        "date": datetime.fromtimestamp(item.date, UTC),
        "chat_id": item.chat_id,
        "message_id": item.message_id,
        "event": verdict["event"],
        "sender_kind": item.sender_kind,
        "sender_id": item.sender_id,
        "score": item.score,
        "message_verdict": item.message,
        "sender_verdict": item.sender,
        "verdict": verdict,
        "sealed": _sealed_texts(f"{bot_id}-{item.update_id}-{_ROUND}", raw, item, sealer),
        "state": _first_state(
            item, mode=modes.get(item.chat_id, "observe"), guard=verdict["guard"]
        ),
        "guard": verdict["guard"],
        "created_at": now,
        "updated_at": now,
    }


def _first_state(item: Item, *, mode: GroupMode, guard: str | None) -> OutcomeState:
    if guard is not None:
        return "guarded"
    if item.message == "keep":
        return "kept"
    if mode == "observe":
        return "observed"
    return "pending" if item.message == "delete" else "review"


def _actions(outcome: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    if outcome["state"] != "pending":
        return
    if outcome["message_id"] is not None:
        yield _action(outcome, "delete_message", until_date=None)
    if outcome["sender_verdict"] in _SPANS:
        kind, span = _SPANS[outcome["sender_verdict"]]
        # Telegram knows no end for a channel's ban. A date of the far future must not end the process.
        ends = None if outcome["sender_kind"] == "channel" else min(outcome["date"], _LATEST) + span
        yield _action(outcome, kind, until_date=ends)


def _action(
    outcome: Mapping[str, Any], kind: ActionKind, *, until_date: datetime | None
) -> dict[str, Any]:
    trace_id = f"{outcome['bot_id']}-{outcome['update_id']}-{outcome['round']}"
    taken = ("bot_id", "update_id", "round", "chat_id", "message_id", "sender_kind", "sender_id")
    return {
        "id": f"{trace_id}-{kind}",
        **{name: outcome[name] for name in taken},
        "kind": kind,
        "until_date": until_date,
        "state": "pending",
        "requested_by": "verdict",
        "attempts": 0,
        "due_at": outcome["created_at"],
    }


def _sealed_texts(trace_id: str, raw: bytes, item: Item, sealer: Sealer) -> bytes:
    texts = [*msgspec.json.decode(item.texts or b"[]"), *_link_targets(raw)]
    clear = msgspec.json.encode({"sender_name": item.sender_name, "texts": texts})
    return sealer.seal(clear, place=f"outcome:{trace_id}")


class _Entity(msgspec.Struct):
    type: str = ""
    url: str = ""


class _Message(msgspec.Struct):
    entities: list[_Entity] = []
    caption_entities: list[_Entity] = []


class _Update(msgspec.Struct):
    message: _Message | None = None
    edited_message: _Message | None = None


_MOST_TARGETS = 20
"""A moderator reads no more of them."""


def _link_targets(raw: bytes) -> list[dict[str, str]]:
    """Where links behind words lead, which no text shows: `link_target:0` and so on, in their order."""
    try:
        update = msgspec.json.decode(raw, type=_Update)
    except msgspec.MsgspecError:
        return []  # The engine took it: what it reads of it is shown.
    message = update.message or update.edited_message or _Message()
    entities = [*message.entities, *message.caption_entities]
    targets = dict.fromkeys(each.url for each in entities if each.type == "text_link" and each.url)
    return [
        {"place": f"link_target:{index}", "text": target}
        for index, target in enumerate(list(targets)[:_MOST_TARGETS])
    ]


def _dead_letter(
    bot_id: int, raw: bytes, item: Item, *, sealer: Sealer, now: datetime
) -> dict[str, Any]:
    return {
        "bot_id": bot_id,
        "update_id": item.update_id,
        "reason": (item.error or "unreadable")[:256],
        "sealed": sealer.seal(raw, place=f"dead-letter:{bot_id}"),
        "received_at": now,
    }
