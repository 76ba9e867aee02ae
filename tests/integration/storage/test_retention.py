"""What is purged when its time is over, and what is left."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from tests.support.rows import outcome_row

from chatwarden.storage.database import Database
from chatwarden.storage.models import (
    Appeal,
    Challenge,
    DeadLetter,
    Notice,
    Outcome,
    RaidRecord,
    SharedBan,
)
from chatwarden.storage.repositories.insert import insert_new
from chatwarden.storage.retention import (
    BANS_ARE_KEPT,
    NOTICES_ARE_KEPT,
    TEXTS_ARE_KEPT,
    TRACES_ARE_KEPT,
    Retention,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_texts_go_after_their_time_and_the_decision_stays(database: Database) -> None:
    ages = {1: TEXTS_ARE_KEPT + timedelta(hours=1), 2: TEXTS_ARE_KEPT - timedelta(hours=1)}
    async with database.transaction() as session:
        for number, age in ages.items():
            session.add(outcome_row(number, date=NOW - age, sealed=b"sealed"))

    purged = await Retention(database, clock=lambda: NOW).purge()
    again = await Retention(database, clock=lambda: NOW).purge()

    async with database.transaction() as session:
        left = {row.update_id: row.sealed for row in await session.scalars(select(Outcome))}
    assert (purged, again) == (1, 0)
    assert left == {1: None, 2: b"sealed"}


async def test_more_than_a_batch_is_purged_at_once(database: Database) -> None:
    async with database.transaction() as session:
        rows = [
            {
                "bot_id": 42,
                "update_id": number,
                "reason": "not valid JSON",
                "sealed": b"sealed",
                "received_at": NOW - TEXTS_ARE_KEPT - timedelta(days=1),
            }
            for number in range(1203)
        ]
        await insert_new(session, DeadLetter, rows)

    assert await Retention(database, clock=lambda: NOW).purge() == 1203


async def test_a_letter_that_was_replayed_goes_a_day_later(database: Database) -> None:
    replayed = {
        "just now": NOW,
        "yesterday": NOW - timedelta(hours=25),
        "never": None,
    }
    async with database.transaction() as session:
        for reason, replayed_at in replayed.items():
            session.add(
                DeadLetter(
                    bot_id=42,
                    reason=reason,
                    kind="update",
                    sealed=b"sealed",
                    received_at=NOW - timedelta(days=3),
                    replayed_at=replayed_at,
                )
            )

    assert await Retention(database, clock=lambda: NOW).purge() == 1
    async with database.transaction() as session:
        left = {letter.reason for letter in await session.scalars(select(DeadLetter))}
    assert left == {"just now", "never"}


async def test_questions_raids_and_shared_bans_are_forgotten(database: Database) -> None:
    fresh, old = NOW - timedelta(days=1), NOW - BANS_ARE_KEPT - timedelta(days=1)
    common = {"bot_id": 42, "chat_id": -5}
    async with database.transaction() as session:
        for name, at in (("fresh", fresh), ("old", old)):
            session.add_all(
                [
                    Challenge(
                        id=name,
                        user_id=7,
                        cause="join",
                        state="passed",
                        is_for_all_to_see=False,
                        tries=0,
                        last_press=0,
                        asked_at=at,
                        **common,
                    ),
                    RaidRecord(
                        id=name,
                        started_at=at,
                        started_by="joins",
                        until=at,
                        joins=1,
                        told=[],
                        **common,
                    ),
                    SharedBan(action_id=name, sender_id=7, others=[-6], banned_at=at, **common),
                ]
            )

    assert await Retention(database, clock=lambda: NOW).purge() == 3

    async with database.transaction() as session:
        left = [
            (await session.scalars(select(column))).all()
            for column in (Challenge.id, RaidRecord.id, SharedBan.action_id)
        ]
    assert left == [["fresh"]] * 3


async def test_appeals_and_notices_are_forgotten_each_after_its_time(database: Database) -> None:
    common = {"bot_id": 42, "chat_id": -5, "user_id": 7}
    moment = timedelta(minutes=1)
    async with database.transaction() as session:
        for name, longer in (("old", moment), ("fresh", -moment)):
            session.add_all(
                [
                    Appeal(
                        id=name,
                        update_id=1,
                        about="ban",
                        state="refused",
                        asked_at=NOW - TRACES_ARE_KEPT - longer,
                        **common,
                    ),
                    Notice(action_id=name, noted_at=NOW - NOTICES_ARE_KEPT - longer, **common),
                ]
            )

    assert await Retention(database, clock=lambda: NOW).purge() == 2

    async with database.transaction() as session:
        left = [
            (await session.scalars(select(column))).all()
            for column in (Appeal.id, Notice.action_id)
        ]
    assert left == [["fresh"]] * 2
