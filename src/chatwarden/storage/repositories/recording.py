"""What the distributed profile's recorder writes: batches once, actions as the queue has them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import Action, ActionState
from chatwarden.storage import models
from chatwarden.storage.models import RecordedBatch
from chatwarden.storage.repositories.actions import row_of
from chatwarden.storage.repositories.counts import count_done
from chatwarden.storage.repositories.daily import count_action
from chatwarden.storage.repositories.insert import insert_into
from chatwarden.storage.repositories.settling import settle_outcomes

_ROW = models.Action
_CARRIED_OUT: tuple[ActionState, ...] = ("done", "reversed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCopy:
    """An action as it was in the queue at some revision, with what its ending told."""

    action: Action
    revision: int
    guard: str | None = None
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_text: str | None = None

    @property
    def was_done(self) -> bool:
        """True where a call of its own did it."""
        return self.action.state in _CARRIED_OUT and not self.is_covered

    @property
    def is_covered(self) -> bool:
        """True where another action did it."""
        return "covered_by" in (self.result or {})


async def new_batches(
    session: AsyncSession, ids: Collection[bytes], *, now: datetime
) -> set[bytes]:
    """Those of the batches that were never recorded; from now on they were."""
    if not ids:
        return set()
    statement = insert_into(session, RecordedBatch).values(
        [{"id": one, "recorded_at": now} for one in ids]
    )
    taken = statement.on_conflict_do_nothing().returning(RecordedBatch.id)
    return set(await session.scalars(taken))


async def forget_batches(session: AsyncSession, *, before: datetime) -> None:
    """Batches that cannot come again."""
    await session.execute(delete(RecordedBatch).where(RecordedBatch.recorded_at < before))


async def record_actions(
    session: AsyncSession, copies: Sequence[ActionCopy], *, now: datetime
) -> set[str]:
    """Take copies that are newer than what is recorded, and count what was done; the trace ids of the outcomes concerned."""
    if not copies:
        return set()
    newest = {copy.action.id: copy for copy in sorted(copies, key=lambda copy: copy.revision)}
    before = await session.execute(
        select(_ROW.id, _ROW.state, _ROW.revision)
        .where(_ROW.id.in_(newest))
        .order_by(_ROW.id)  # The same order for everybody: nobody waits in a circle.
        .with_for_update()
    )
    known = {row.id: row for row in before}
    newer = [
        (copy, known[copy.action.id].state if copy.action.id in known else None)
        for copy in newest.values()
        if copy.action.id not in known or known[copy.action.id].revision < copy.revision
    ]
    statement = insert_into(session, _ROW)
    changing = {
        column.name: statement.excluded[column.name]
        for column in _ROW.__table__.columns
        if not column.primary_key
    }
    # An outcome's later round has taken the action over: its name of the outcome is the newer one.
    del changing["trace_id"]
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_=changing,
            where=_ROW.revision < statement.excluded.revision,
        ),
        [_row(copy) for copy in newest.values()],
    )
    await count_done(
        session,
        [copy.action for copy, state in newer if copy.was_done and state not in _CARRIED_OUT],
    )
    for copy, state in newer:
        if not copy.is_covered:
            count_action(session, copy.action, before=state)
    concerned = set(await session.scalars(select(_ROW.trace_id).where(_ROW.id.in_(newest))))
    trace_ids = {trace_id for trace_id in concerned if trace_id is not None}
    await settle_outcomes(session, trace_ids, now=now)
    return trace_ids


def _row(copy: ActionCopy) -> dict[str, Any]:
    told = {"guard": copy.guard, "result": copy.result, "revision": copy.revision}
    told |= {"error_code": copy.error_code, "error_text": copy.error_text}
    return row_of(copy.action) | told
