"""An outcome's state comes out right in whatever order it and its actions are written."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from tests.support.rows import DAY, action_row, appeal_row, outcome_row

from chatwarden.actions import ActionState, Ending
from chatwarden.storage.database import Database
from chatwarden.storage.models import Appeal, AppealState, Outcome
from chatwarden.storage.repositories.actions import mark_ended
from chatwarden.storage.repositories.settling import Part, record_outcomes, state_of


def recorded(number: int = 1) -> dict[str, object]:
    row = outcome_row(number, state="pending")
    return {column.name: getattr(row, column.name) for column in Outcome.__table__.columns}


async def state(database: Database) -> str:
    async with database.transaction() as session:
        return (await session.scalars(select(Outcome.state))).one()


@pytest.mark.parametrize("outcome_first", [True, False])
async def test_the_order_of_outcome_and_actions_does_not_matter(
    database: Database, outcome_first: bool
) -> None:
    async def record() -> None:
        async with database.transaction() as session:
            await record_outcomes(session, [recorded()], now=DAY)

    deletion = action_row(outcome_row(1), "delete_message", state="pending")
    async with database.transaction() as session:
        session.add(deletion)
    if outcome_first:
        await record()
        assert await state(database) == "pending"
    async with database.transaction() as session:
        done = Ending(action_id=deletion.id, state="done")
        assert await mark_ended(session, [done], now=DAY) == {deletion.trace_id}
    if not outcome_first:
        await record()

    assert await state(database) == "enforced"


@pytest.mark.parametrize("outcome_first", [True, False])
async def test_recorded_and_ended_at_the_same_time_it_comes_out_right(
    database: Database, outcome_first: bool
) -> None:
    """Each side writes before the other commits, as far as the database lets them."""
    deletion = action_row(outcome_row(1), "delete_message", state="pending")
    async with database.transaction() as session:
        session.add(deletion)
    done = Ending(action_id=deletion.id, state="done")
    first_wrote = asyncio.Event()

    async def record(*, first: bool) -> None:
        async with database.transaction() as session:
            if not first:
                await first_wrote.wait()
            await record_outcomes(session, [recorded()], now=DAY)
            first_wrote.set()
            await asyncio.sleep(0.1 if first else 0)

    async def end(*, first: bool) -> None:
        async with database.transaction() as session:
            if not first:
                await first_wrote.wait()
            await mark_ended(session, [done], now=DAY)
            first_wrote.set()
            await asyncio.sleep(0.1 if first else 0)

    await asyncio.gather(record(first=outcome_first), end(first=not outcome_first))

    assert await state(database) == "enforced"


@pytest.mark.parametrize(
    ("states", "undo", "guard", "expected"),
    [
        (["done", "started"], None, None, "pending"),
        (["done", "dead"], None, None, "failed"),
        (["done", "cancelled"], None, "admin", "enforced"),
        (["cancelled"], None, "admin", "guarded"),
        (["cancelled"], None, "observe_mode", "observed"),
        (["reversed"], None, None, "enforced"),
        (["done"], "pending", None, "undoing"),
        (["reversed"], "done", None, "undone"),
        (["done"], "dead", None, "failed"),
    ],
)
def test_a_state_follows_from_the_actions(
    states: list[ActionState], undo: ActionState | None, guard: str | None, expected: str
) -> None:
    parts = [Part("mute", one, guard if one == "cancelled" else None) for one in states]
    if undo is not None:
        parts.append(Part("undo", undo, None))

    assert state_of(parts) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [("draft", "draft"), ("open", "accepted"), ("lapsed", "lapsed")],
)
async def test_an_undo_accepts_the_appeal_that_waits(
    database: Database, before: AppealState, after: AppealState
) -> None:
    outcome = outcome_row(1)
    undo = action_row(outcome, "undo", state="started", requested_by="operator")
    async with database.transaction() as session:
        session.add_all([outcome, undo, appeal_row(outcome, state=before)])
    async with database.transaction() as session:
        await mark_ended(session, [Ending(action_id=undo.id, state="done")], now=DAY)
    async with database.transaction() as session:
        assert (await session.scalars(select(Appeal.state))).all() == [after]
    assert await state(database) == "undone"


async def test_of_an_outcome_one_appeal_waits_at_most(database: Database) -> None:
    outcome = outcome_row(1)
    async with database.transaction() as session:
        session.add(appeal_row(outcome))
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(appeal_row(outcome, number=2))
