"""Figures by day, which statistics are read from.

An outcome counts as what it has come to, and its row says as what (`counted_as`): whoever changes an outcome, its actions or
what was said of it calls `recount` in the same transaction, which moves the outcome from what it counted as to what it counts
as now, on its own day. So a thing told twice counts once, and what is taken back counts no more.

A day's rows are written by everything that happens in a group. They are written last, and in one order: nobody waits for them
for long, or in a circle.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import Action, ActionState
from chatwarden.storage.database import before_commit
from chatwarden.storage.models import (
    DailyCount,
    Feedback,
    FeedbackLabel,
    Outcome,
    OutcomeResult,
    OutcomeState,
)
from chatwarden.storage.repositories.insert import insert_into
from chatwarden.storage.repositories.keys import is_one_of

CountKind = Literal[
    "message",  # what the engine said of messages: keep, review, delete
    "sender",  # and of senders: none, challenge, mute, kick, ban
    "result",  # what came of it: observed, caught, overturned (of what was caught), missed
    "signal",  # evidence that spoke for spam, by its name
    "signal_caught",  # of what was caught
    "signal_overturned",
    "action_done",  # by the action's kind
    "action_undone",  # of what was done
    "action_failed",
    "response",  # how long spam stood until it was deleted: by the bound of RESPONSE_BOUNDS, or "over"
    "raid",  # begun
]

RESPONSE_BOUNDS = (500, 1000, 1500, 2000, 3000, 5000, 10_000, 30_000, 60_000, 600_000, 3_600_000)
"""Milliseconds. Percentiles are one of them: no single time is kept."""
_PUNISHED_BY = ("mute", "kick", "ban")
_ROWS_A_STATEMENT = 1000
_Key = tuple[int, int, date, CountKind, str]


def result_of(
    verdict: Mapping[str, Any], state: OutcomeState, label: FeedbackLabel | None
) -> OutcomeResult:
    """What an outcome has come to. `verdict`: the engine's own; `label`: what an admin said last of the message."""
    if verdict["message"] != "delete" and verdict["sender"] not in _PUNISHED_BY:
        return "missed" if verdict["message"] == "keep" and label == "spam" else "judged"
    if state in ("undoing", "undone") or (state == "enforced" and label == "ham"):
        return "overturned"
    if state == "enforced":
        return "caught"
    return "observed" if state == "observed" else "judged"


def count_outcome(
    session: AsyncSession,
    group: tuple[int, int],
    at: datetime,
    verdict: Mapping[str, Any],
    result: OutcomeResult,
    *,
    times: int = 1,
) -> None:
    """Count an outcome of then as `result`; -1 times: no longer."""
    signals = [one["signal"] for one in verdict["contributions"] if one["contribution"] > 0]
    counted: list[tuple[CountKind, str]] = [
        ("message", verdict["message"]),
        ("sender", verdict["sender"]),
        *(("signal", signal) for signal in signals),
    ]
    if result in ("caught", "overturned"):
        counted += [("result", "caught"), *(("signal_caught", signal) for signal in signals)]
    if result == "overturned":
        counted += [("signal_overturned", signal) for signal in signals]
    if result not in ("judged", "caught"):
        counted.append(("result", result))
    count(session, group, at, counted, times=times)


async def recount(session: AsyncSession, updates: Collection[tuple[int, int]]) -> None:
    """Count the outcomes of these updates, by bot and update, as what they have come to. Those recorded before there were figures stay uncounted."""
    ordered = sorted(set(updates))
    for start in range(0, len(ordered), _ROWS_A_STATEMENT):
        await _recount(session, ordered[start : start + _ROWS_A_STATEMENT])


async def _recount(session: AsyncSession, updates: Sequence[tuple[int, int]]) -> None:
    columns = (Outcome.bot_id, Outcome.update_id, Outcome.round, Outcome.chat_id, Outcome.date)
    rows = await session.execute(
        select(*columns, Outcome.verdict, Outcome.state, Outcome.counted_as)
        .where(
            is_one_of((Outcome.bot_id, Outcome.update_id), updates), Outcome.counted_as.is_not(None)
        )
        .order_by(Outcome.bot_id, Outcome.update_id)
        .with_for_update()
    )
    labels = await admin_labels(session, updates)
    changed: dict[OutcomeResult, list[tuple[int, int]]] = {}
    for row in rows:
        key = (row.bot_id, row.update_id)
        result = result_of(row.verdict, row.state, labels.get(key))
        if result != row.counted_as:
            told = ((row.bot_id, row.chat_id), row.date, row.verdict)
            count_outcome(session, *told, row.counted_as, times=-1)
            count_outcome(session, *told, result)
            changed.setdefault(result, []).append(key)
    for result, keys in changed.items():
        await session.execute(
            update(Outcome)
            .where(is_one_of((Outcome.bot_id, Outcome.update_id), keys))
            .values(counted_as=result)
            .execution_options(synchronize_session=False)
        )


async def admin_labels(
    session: AsyncSession, updates: Collection[tuple[int, int]]
) -> dict[tuple[int, int], FeedbackLabel]:
    """What an admin said last of each message, where any did, by bot and update."""
    if not updates:
        return {}
    query = (
        select(Feedback.bot_id, Feedback.update_id, Feedback.label)
        .where(
            is_one_of((Feedback.bot_id, Feedback.update_id), updates),
            Feedback.taken_back_at.is_(None),
            Feedback.source == "admin",
        )
        .order_by(Feedback.given_at, Feedback.id)
    )
    return {(row.bot_id, row.update_id): row.label for row in await session.execute(query)}


def count_action(session: AsyncSession, action: Action, *, before: ActionState | None) -> None:
    """Count what became of an action that a call of its own did or tried. What the bot tidies up of its own is nobody's spam."""
    if action.kind == "undo" or action.requested_by == "bot":
        return
    key = (action.bot_id, action.chat_id)
    former, now = _counts_of(before), _counts_of(action.state)
    count(session, key, action.date, ((kind, action.kind) for kind in former - now), times=-1)
    count(session, key, action.date, ((kind, action.kind) for kind in now - former))
    is_new = "action_done" in now - former
    if is_new and action.kind == "delete_message" and action.requested_by == "verdict":
        assert action.done_at is not None
        took = (action.done_at - action.date).total_seconds() * 1000
        bound = next((str(bound) for bound in RESPONSE_BOUNDS if took <= bound), "over")
        count(session, key, action.date, [("response", bound)])


def _counts_of(state: ActionState | None) -> set[CountKind]:
    if state == "dead":
        return {"action_failed"}
    if state == "reversed":
        return {"action_done", "action_undone"}
    return {"action_done"} if state == "done" else set()


def count(
    session: AsyncSession,
    group: tuple[int, int],
    at: datetime,
    counted: Iterable[tuple[CountKind, str]],
    *,
    times: int = 1,
) -> None:
    """Add to a day's figures of a group, at the end of the transaction."""
    tally: Counter[_Key] | None = session.info.get("daily_counts")
    if tally is None:
        tally = session.info["daily_counts"] = Counter()
        before_commit(session, partial(_write, session, tally))
    day = at.astimezone(UTC).date()
    for kind, name in counted:
        tally[*group, day, kind, name] += times


async def _write(session: AsyncSession, tally: Counter[_Key]) -> None:
    columns = ("bot_id", "chat_id", "day", "kind", "name")
    rows = [
        dict(zip(columns, key, strict=True)) | {"count": number}
        for key, number in sorted(tally.items())
        if number
    ]
    if not rows:
        return
    statement = insert_into(session, DailyCount)
    added = DailyCount.__table__.c["count"] + statement.excluded["count"]
    await session.execute(
        statement.on_conflict_do_update(index_elements=columns, set_={"count": added}), rows
    )
