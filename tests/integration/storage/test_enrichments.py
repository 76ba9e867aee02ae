"""Events that wait for slow evidence, on both databases."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from tests.support.keys import keyring_over
from tests.support.rows import BOT_ID, CHAT_ID, DAY, action_row, outcome_row

from chatwarden.actions import Action as Asked
from chatwarden.actions import ActionKind
from chatwarden.pipeline.enrich.enricher import DEADLINE_SECONDS
from chatwarden.pipeline.enrich.jobs import LEASE, LEFT_TO_OTHERS, MOST_TRIES, JobStore
from chatwarden.pipeline.record import enrichment_place
from chatwarden.pipeline.store import BatchStore
from chatwarden.storage.database import Database
from chatwarden.storage.models import Action, Enrichment, HourlyCount, Model, Outcome, OutcomeState
from chatwarden.storage.repositories.outcomes import OutcomeKey, find_visible_outcome
from chatwarden.storage.repositories.scope import Scope
from chatwarden.storage.sealing import Sealer

KEY = bytes(32)
SEALER = Sealer(KEY)
RAW = b'{"update_id":1}'


def enrichment_row(update_id: int, **changes: Any) -> Enrichment:
    values: dict[str, Any] = {
        "bot_id": BOT_ID,
        "update_id": update_id,
        "chat_id": CHAT_ID,
        "sender_kind": "user",
        "sender_id": 5,
        "wants": ["profile"],
        "sealed": SEALER.seal(RAW, place=enrichment_place(BOT_ID, update_id)),
        "due_at": DAY,
        "tries": 0,
    }
    return Enrichment(**values | changes)


async def add(database: Database, *rows: Model) -> None:
    async with database.transaction() as session:
        session.add_all(rows)


async def all_of(database: Database, model: type[Any]) -> list[Any]:
    async with database.transaction() as session:
        return list(await session.scalars(select(model)))


def later(update_id: int, message: str, sender: str) -> dict[str, Any]:
    """The outcome of a second round, as scan hands it over."""
    row = outcome_row(
        update_id, round=2, message_verdict=message, sender_verdict=sender, state="pending"
    )
    columns = Outcome.__table__.columns
    return {column.name: getattr(row, column.name) for column in columns}


def action(update_id: int, kind: ActionKind) -> Asked:
    row = action_row(outcome_row(update_id, round=2), kind, state="pending")
    values = {field.name: getattr(row, field.name) for field in fields(Asked)}
    return Asked(**values | {"id": f"{BOT_ID}-{update_id}-2-{kind}", "attempts": 0})


async def store_again(
    database: Database, outcome: dict[str, Any] | None, *kinds: ActionKind
) -> bool:
    return await BatchStore(database, bot_id=BOT_ID).store_again(
        1,
        outcome=outcome,
        picture=None,
        keyring=keyring_over(database, KEY),
        sealer=SEALER,
        actions=[action(1, kind) for kind in kinds],
        context=[(b"key", b"value")],
        forgotten=[],
        now=DAY,
    )


async def test_a_job_taken_is_taken_again_only_after_its_lease(database: Database) -> None:
    jobs = JobStore(database, bot_id=BOT_ID, sealer=SEALER)
    await add(database, enrichment_row(1), enrichment_row(2, sender_kind="channel"))
    first = await jobs.take(now=DAY, limit=10)

    assert [(job.update_id, job.user_id, job.raw) for job in first] == [(1, 5, RAW), (2, None, RAW)]
    assert await jobs.take(now=DAY, limit=10) == []
    assert await jobs.next_due_at() == DAY + LEASE
    assert len(await jobs.take(now=DAY + LEASE, limit=1)) == 1


async def test_a_job_that_outlives_its_process_again_and_again_is_left_alone(
    database: Database,
) -> None:
    jobs = JobStore(database, bot_id=BOT_ID, sealer=SEALER)
    await add(database, enrichment_row(1))
    taken = [await jobs.take(now=DAY + n * LEASE, limit=1) for n in range(MOST_TRIES + 2)]

    assert [len(each) for each in taken] == [1] * MOST_TRIES + [0, 0]
    assert await all_of(database, Enrichment) == []


async def test_a_job_that_another_process_judges_is_left_to_it_and_counts_as_no_try(
    database: Database,
) -> None:
    jobs = JobStore(database, bot_id=BOT_ID, sealer=SEALER)
    await add(database, enrichment_row(1))
    now = DAY
    for _ in range(MOST_TRIES + 2):
        assert len(await jobs.take(now=now, limit=1)) == 1
        await jobs.leave(1, now=now)
        assert await jobs.take(now=now + LEASE, limit=1) == []
        now += LEFT_TO_OTHERS


async def test_a_job_sealed_with_a_lost_key_is_forgotten(database: Database) -> None:
    await add(database, enrichment_row(1))
    jobs = JobStore(database, bot_id=BOT_ID, sealer=Sealer(b"x" * 32))

    assert await jobs.take(now=DAY, limit=1) == []
    assert await all_of(database, Enrichment) == []


async def test_a_job_of_another_bot_is_not_taken(database: Database) -> None:
    await add(database, enrichment_row(1, bot_id=BOT_ID + 1), enrichment_row(2, due_at=DAY + LEASE))

    assert await JobStore(database, bot_id=BOT_ID, sealer=SEALER).take(now=DAY, limit=9) == []


async def test_a_stricter_round_takes_the_place_and_the_actions_of_the_first(
    database: Database,
) -> None:
    first = outcome_row(1, message_verdict="delete", sender_verdict="none")
    await add(database, enrichment_row(1), first, action_row(first, "delete_message"))
    assert await store_again(database, later(1, "delete", "ban"), "delete_message", "ban")
    (outcome,) = await all_of(database, Outcome)
    actions: list[Action] = await all_of(database, Action)

    assert (outcome.round, outcome.sender_verdict, outcome.state) == (2, "ban", "pending")
    assert sorted((one.kind, one.state) for one in actions) == [
        ("ban", "pending"),
        ("delete_message", "done"),
    ]
    assert {one.trace_id for one in actions} == {outcome.trace_id}
    assert await all_of(database, Enrichment) == []
    async with database.transaction() as session:
        key = OutcomeKey(BOT_ID, 1, 1)
        shown = await find_visible_outcome(session, key, Scope.of_subject("operator"))
    assert shown is not None
    assert shown.round == 2


async def test_a_round_that_is_not_stricter_changes_nothing(database: Database) -> None:
    first = outcome_row(1, message_verdict="delete", sender_verdict="mute")
    await add(database, enrichment_row(1), first)

    assert not await store_again(database, later(1, "delete", "mute"), "delete_message", "mute")
    (outcome,) = await all_of(database, Outcome)
    assert outcome.round == 1
    assert await all_of(database, Action) == []
    assert await all_of(database, Enrichment) == []


async def test_what_a_human_has_undone_stays_undone(database: Database) -> None:
    states: tuple[OutcomeState, ...] = ("undone", "undoing")
    for update_id, state in enumerate(states, 1):
        first = outcome_row(update_id, state=state, message_verdict="delete", sender_verdict="none")
        await add(database, enrichment_row(update_id), first)
        await BatchStore(database, bot_id=BOT_ID).store_again(
            update_id,
            outcome=later(update_id, "delete", "ban"),
            picture=None,
            keyring=keyring_over(database, KEY),
            sealer=SEALER,
            actions=[action(update_id, "ban")],
            context=[],
            forgotten=[],
            now=DAY,
        )

    assert await all_of(database, Action) == []
    assert {one.round for one in await all_of(database, Outcome)} == {1}


async def test_what_only_the_second_round_found_is_counted_and_stored_once(
    database: Database,
) -> None:
    await add(database, enrichment_row(1))

    assert await store_again(database, later(1, "delete", "none"), "delete_message")
    assert not await store_again(database, later(1, "delete", "none"), "delete_message")
    assert [row.flagged for row in await all_of(database, HourlyCount)] == [1]
    assert len(await all_of(database, Outcome)) == len(await all_of(database, Action)) == 1


async def test_a_second_round_that_finds_nothing_ends_the_wait(database: Database) -> None:
    await add(database, enrichment_row(1))

    assert not await store_again(database, None)
    assert await all_of(database, Enrichment) == []
    assert await all_of(database, Outcome) == []


async def test_a_lease_is_longer_than_a_job_may_take() -> None:
    assert timedelta(seconds=2 * DEADLINE_SECONDS) <= LEASE
