"""An outcome's state, as a function of its actions.

Actions end without asking for an outcome; an outcome may be recorded before its actions end or after. So both sides settle:
whoever changes actions and whoever records outcomes call `settle_outcomes` in the same transaction, and whichever comes last sees
all. On PostgreSQL the actions' rows are locked first, so that two such transactions at once do come one after the other.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import OPEN, ActionKind, ActionState
from chatwarden.storage.models import Action, Outcome, OutcomeState, WebhookEvent
from chatwarden.storage.repositories import appeals
from chatwarden.storage.repositories.daily import count_outcome, recount, result_of
from chatwarden.storage.repositories.insert import insert_and_tell
from chatwarden.storage.repositories.keys import is_one_of
from chatwarden.storage.repositories.outcomes import OutcomeKey
from chatwarden.storage.repositories.webhooks import Happened, note_events


@dataclass(frozen=True, slots=True)
class Part:
    """What an outcome's state depends on, of one of its actions."""

    kind: ActionKind
    state: ActionState
    guard: str | None


def state_of(parts: Sequence[Part]) -> OutcomeState:
    """The state of an outcome that has these actions, one at least."""
    undos = {part.state for part in parts if part.kind == "undo"}
    others = {part.state for part in parts if part.kind != "undo"}
    guard = guard_of(parts)
    if undos & set(OPEN):
        return "undoing"
    if "done" in undos:
        return "undone"
    if others & set(OPEN):
        return "pending"
    if "dead" in undos | others:
        return "failed"
    if guard is None or others & {"done", "reversed"}:
        return "enforced"
    return "observed" if guard == "observe_mode" else "guarded"


def guard_of(parts: Sequence[Part]) -> str | None:
    """Why something was not done; None where nothing was held back."""
    return min((part.guard for part in parts if part.guard is not None), default=None)


async def record_outcomes(
    session: AsyncSession, rows: Sequence[dict[str, Any]], *, now: datetime
) -> None:
    """Insert outcomes that are not there yet. Where actions were faster, the state is what they made of it."""
    if not rows:
        return
    counted = {
        OutcomeKey(row["bot_id"], row["update_id"], row["round"]): row
        | {"counted_as": result_of(row["verdict"], row["state"], None)}
        for row in rows
    }
    opened = []
    for new in await insert_and_tell(session, Outcome, list(counted.values()), *_TOLD):
        row = counted[OutcomeKey(*new[:3])]
        told = ((row["bot_id"], row["chat_id"]), row["date"], row["verdict"])
        count_outcome(session, *told, row["counted_as"])
        if row["state"] == "review":
            opened.append(_happened("case.opened", new))
    await note_events(session, opened, now=now)
    await settle_outcomes(session, {key.trace_id for key in counted}, now=now)
    # Something may have been said of the message in its first round.
    await recount(session, [(key.bot_id, key.update_id) for key in counted if key.round > 1])


async def settle_outcomes(
    session: AsyncSession, trace_ids: Collection[str], *, now: datetime
) -> None:
    """Give outcomes the state that their actions make. One without actions keeps its verdict's; one not recorded is passed over."""
    parts = await _lock_actions(session, trace_ids)
    found: dict[tuple[OutcomeState, str | None], list[tuple[int, int, int]]] = defaultdict(list)
    for trace_id, of_outcome in parts.items():
        key = OutcomeKey.parse(trace_id)
        if key is not None:
            place = (key.bot_id, key.update_id, key.round)
            found[state_of(of_outcome), guard_of(of_outcome)].append(place)
    settled: list[tuple[int, int]] = []
    for (state, guard), keys in found.items():
        changes = {"state": state, "updated_at": now}
        named = is_one_of((Outcome.bot_id, Outcome.update_id, Outcome.round), keys)
        answer = await session.execute(
            update(Outcome)
            .where(named, Outcome.state != state)
            .values(changes if guard is None else changes | {"guard": guard})
            .returning(*_TOLD)
            .execution_options(synchronize_session=False)
        )
        changed = answer.all()
        settled += [(row.bot_id, row.update_id) for row in changed]
        if (event := _EVENTS.get(state)) is not None:
            await note_events(session, [_happened(event, row) for row in changed], now=now)
        if state == "undone":
            # Whoever undoes it grants what its sender asked for.
            undone = {(row.bot_id, row.update_id) for row in changed}
            await appeals.decide(session, undone, "accepted", now=now)
    await recount(session, settled)


_EVENTS: dict[OutcomeState, WebhookEvent] = {
    "enforced": "outcome.punished",
    "undone": "outcome.overturned",
    "failed": "outcome.failed",
}
_TOLD = (Outcome.bot_id, Outcome.update_id, Outcome.round, Outcome.chat_id)


def _happened(event: WebhookEvent, row: Row[int, int, int, int]) -> Happened:
    bot_id, update_id, number, chat_id = row
    trace_id = OutcomeKey(bot_id, update_id, number).trace_id
    return Happened(event=event, bot_id=bot_id, chat_id=chat_id, trace_id=trace_id)


async def _lock_actions(session: AsyncSession, trace_ids: Collection[str]) -> dict[str, list[Part]]:
    if not trace_ids:
        return {}
    query = (
        select(Action.trace_id, Action.kind, Action.state, Action.guard)
        .where(Action.trace_id.in_(trace_ids))
        .order_by(Action.id)  # The same order for everybody: nobody waits in a circle.
        .with_for_update()
    )
    parts: dict[str, list[Part]] = defaultdict(list)
    for trace_id, kind, state, guard in await session.execute(query):
        assert trace_id is not None
        parts[trace_id].append(Part(kind, state, guard))
    return parts
