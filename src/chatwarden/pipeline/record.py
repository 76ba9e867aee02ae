"""What is kept of a judged batch.

In: the engine's items. Out: rows to store. Pure: no clock but the one given, no database.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from chatwarden._engine import peek_update
from chatwarden.actions import Action
from chatwarden.errors import SealBroken
from chatwarden.pipeline.judged import JudgedItem
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Outcome
from chatwarden.storage.repositories import dead_letters, interactions
from chatwarden.storage.repositories.outcomes import OutcomeKey
from chatwarden.storage.repositories.raids import MassJoin
from chatwarden.storage.sealing import Sealer

_MESSAGES = frozenset({"message", "edited_message", "guest_message"})


@dataclass(frozen=True, slots=True)
class BatchRows:
    """Rows of one batch, ready to insert."""

    outcomes: list[dict[str, Any]] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    dead_letters: list[dict[str, Any]] = field(default_factory=list)
    enrichments: list[dict[str, Any]] = field(default_factory=list)
    trusted_scores: list[dict[str, Any]] = field(default_factory=list)
    interactions: list[dict[str, Any]] = field(default_factory=list)
    mass_joins: list[MassJoin] = field(default_factory=list)


def trace_id_of(outcome: Mapping[str, Any]) -> str:
    """Of a row that is not stored yet."""
    return OutcomeKey(outcome["bot_id"], outcome["update_id"], outcome["round"]).trace_id


def rows_of(
    bot_id: int,
    updates: Sequence[bytes],
    items: Sequence[JudgedItem],
    *,
    sealer: Sealer,
    of_groups: Mapping[int, Sealer],
    now: datetime,
    obtainable: frozenset[str] = frozenset(),
) -> BatchRows:
    """Rows for `items`, which stand for `updates` at the same positions.

    `sealer`: of what is on its way. `of_groups`: of the chats of `flagged_chats`. `obtainable`: the kinds of slow evidence that can be had; an event that wants none of them is judged for good.
    """
    rows = BatchRows()
    counts: dict[tuple[int, datetime], Counter[str]] = {}
    trusted: Counter[tuple[int, datetime, int]] = Counter()
    waves: dict[int, list[int]] = defaultdict(list)
    for raw, item in zip(updates, items, strict=True):
        if item.is_interaction and item.status in ("judged", "ignored"):
            rows.interactions.append(_interaction(bot_id, raw, item, sealer=sealer, now=now))
        if item.status == "invalid":
            rows.dead_letters.append(_dead_letter(bot_id, raw, item, sealer=sealer, now=now))
        elif item.status == "ignored":
            rows.actions.extend(actions_of(bot_id, item, now=now))
        elif item.status == "judged" and item.chat_id is not None and item.date is not None:
            # Joins and reactions are judged too, but nobody thinks of them as traffic.
            if item.kind in _MESSAGES:
                _count(counts, item, chat_id=item.chat_id, date=item.date)
            if item.is_mass_join:
                waves[item.chat_id].append(item.date)
            if item.trusted_bin is not None:
                day = datetime.fromtimestamp(item.date - item.date % 86_400, UTC)
                trusted[item.chat_id, day, item.trusted_bin] += 1
            if item.flagged:
                sealed_by = of_groups[item.chat_id]
                rows.outcomes.append(outcome_of(bot_id, item, sealer=sealed_by, now=now))
            rows.actions.extend(actions_of(bot_id, item, now=now))
            wants = sorted(obtainable & set(item.wants))
            if wants:
                row = _enrichment(bot_id, raw, item, wants, sealer=sealer, now=now)
                rows.enrichments.append(row)
    rows.mass_joins.extend(
        MassJoin(
            bot_id=bot_id,
            chat_id=chat_id,
            joins=len(dates),
            last=datetime.fromtimestamp(max(dates), UTC),
        )
        for chat_id, dates in waves.items()
    )
    rows.counts.extend(
        {"bot_id": bot_id, "chat_id": chat_id, "hour": hour, **counter}
        for (chat_id, hour), counter in counts.items()
    )
    rows.trusted_scores.extend(
        {"bot_id": bot_id, "chat_id": chat_id, "day": day, "bin": bin_, "messages": messages}
        for (chat_id, day, bin_), messages in trusted.items()
    )
    return rows


def flagged_chats(items: Iterable[JudgedItem]) -> set[int]:
    """Chats whose keys are needed to keep what was found."""
    return {item.chat_id for item in items if item.flagged and item.chat_id is not None}


def _count(
    counts: dict[tuple[int, datetime], Counter[str]], item: JudgedItem, *, chat_id: int, date: int
) -> None:
    hour = datetime.fromtimestamp(date - date % 3600, UTC)
    counter = counts.setdefault((chat_id, hour), Counter())
    # What was deleted and who was punished is counted by the queue, once it is done.
    counter["judged"] += 1
    counter["flagged"] += item.flagged


def outcome_of(
    bot_id: int, item: JudgedItem, *, sealer: Sealer, now: datetime, round: int = 1
) -> dict[str, Any]:
    """The row of a flagged item."""
    assert item.verdict is not None
    assert item.chat_id is not None
    assert item.date is not None
    verdict = msgspec.json.decode(item.verdict)
    return {
        "bot_id": bot_id,
        "update_id": item.update_id,
        "round": round,
        "date": datetime.fromtimestamp(item.date, UTC),
        "chat_id": item.chat_id,
        # Of a reaction it is somebody else's message, which no undo may touch.
        "message_id": item.message_id if verdict["event"] in ("message", "edit") else None,
        "event": verdict["event"],
        "sender_kind": item.sender_kind,
        "sender_id": item.sender_id,
        "score": item.score,
        "message_verdict": item.message,
        "sender_verdict": item.sender,
        "verdict": verdict,
        "sealed": _sealed_texts(f"{bot_id}-{item.update_id}-{round}", item, sealer),
        "state": item.state,
        "guard": verdict["guard"],
        "created_at": now,
        "updated_at": now,
    }


def actions_of(bot_id: int, item: JudgedItem, *, now: datetime, round: int = 1) -> Iterable[Action]:
    """What an item has to be done. Whoever joins may have something done to them though nothing was found: then there is no outcome.

    What was not judged is Telegram's own: the bot tidies it up, whoever caused it.
    """
    if not item.actions:
        return
    is_tidied = item.status == "ignored"
    sender_kind, sender_id = ("user", bot_id) if is_tidied else (item.sender_kind, item.sender_id)
    assert item.chat_id is not None
    assert item.date is not None
    assert sender_kind is not None
    assert sender_id is not None
    sent = None if item.sent is None else datetime.fromtimestamp(item.sent, UTC)
    for action_id, kind, message_id, until_date in item.actions:
        yield Action(
            id=action_id,
            bot_id=bot_id,
            chat_id=item.chat_id,
            kind=kind,
            sender_kind=sender_kind,
            sender_id=sender_id,
            date=datetime.fromtimestamp(item.date, UTC),
            message_id=message_id,
            message_date=sent,
            trace_id=f"{bot_id}-{item.update_id}-{round}",
            until_date=None if until_date is None else datetime.fromtimestamp(until_date, UTC),
            requested_by="bot" if is_tidied else "verdict",
            due_at=now,
        )


def _sealed_texts(trace_id: str, item: JudgedItem, sealer: Sealer) -> bytes:
    texts = msgspec.Raw(item.texts or b"[]")
    clear = {"sender_name": item.sender_name, "texts": texts, "picture": item.picture}
    return sealer.seal(msgspec.json.encode(clear), place=f"outcome:{trace_id}")


async def with_picture(
    outcome: Outcome, picture: str, keyring: Keyring, sealer: Sealer
) -> bytes | None:
    """What is sealed beside an outcome, with how its picture looks. None where it was purged, or its key is lost. `sealer`: the group's."""
    if outcome.sealed is None:
        return None
    place = f"outcome:{outcome.trace_id}"
    try:
        clear = msgspec.json.decode(await keyring.open(outcome.sealed, place=place))
    except SealBroken:
        return None
    return sealer.seal(msgspec.json.encode(clear | {"picture": picture}), place=place)


def _enrichment(
    bot_id: int, raw: bytes, item: JudgedItem, wants: list[str], *, sealer: Sealer, now: datetime
) -> dict[str, Any]:
    return {
        "bot_id": bot_id,
        "update_id": item.update_id,
        "chat_id": item.chat_id,
        "sender_kind": item.sender_kind,
        "sender_id": item.sender_id,
        "wants": wants,
        "sealed": sealer.seal(raw, place=enrichment_place(bot_id, item.update_id)),
        "due_at": now,
        "tries": 0,
    }


def _interaction(
    bot_id: int, raw: bytes, item: JudgedItem, *, sealer: Sealer, now: datetime
) -> dict[str, Any]:
    return {
        "bot_id": bot_id,
        "update_id": item.update_id,
        "chat_id": _lane(item),
        "sealed": sealer.seal(raw, place=interactions.place_of(bot_id, item.update_id)),
        "due_at": now,
        "tries": 0,
    }


def _lane(item: JudgedItem) -> int:
    """What is said in one chat is answered in its order. Telegram waits ten seconds for whoever asks to be let in: they wait for nobody."""
    if item.kind == "chat_join_request" and item.sender_id is not None:
        return item.sender_id
    return item.chat_id or 0


def enrichment_place(bot_id: int, update_id: int | None) -> str:
    """Where the update of an enrichment is sealed."""
    return f"enrichment:{bot_id}-{update_id}"


def _dead_letter(
    bot_id: int, raw: bytes, item: JudgedItem, *, sealer: Sealer, now: datetime
) -> dict[str, Any]:
    return {
        "bot_id": bot_id,
        # A processor that gives an update up does not read it; what stands at its beginning is enough to know it again.
        "update_id": peek_update(raw)[0] if item.update_id is None else item.update_id,
        "kind": "update",
        "reason": (item.error or "unreadable")[:256],
        "sealed": sealer.seal(raw, place=dead_letters.place_of(bot_id)),
        "received_at": now,
    }
