"""Feedback as it is kept and weighed, on both databases."""

from datetime import timedelta
from typing import Any

from tests.support.rows import BOT_ID, CHAT_ID, DAY, outcome_row

from chatwarden.storage.database import Database
from chatwarden.storage.models import Feedback
from chatwarden.storage.repositories import feedback

ALICE, BORIS, CHEN = "user:1", "user:2", "user:3"


def row(number: int, given_by: str = ALICE, label: str = "spam", **changes: Any) -> Feedback:
    outcome = outcome_row(number)
    values: dict[str, Any] = {
        "bot_id": BOT_ID,
        "chat_id": CHAT_ID,
        "update_id": number,
        "message_date": outcome.date,
        "label": label,
        "given_by": given_by,
        "source": "admin",
        "given_at": DAY + timedelta(hours=1, seconds=number),
        "taken_back_at": None,
        "features": b"%d" % number,
        "sketch": b"%d" % number,
    }
    return Feedback(**values | changes)


async def taps(database: Database, *, limit: int = 100) -> list[feedback.Tap]:
    async with database.transaction() as session:
        return await feedback.taps_of_group(session, bot_id=BOT_ID, chat_id=CHAT_ID, limit=limit)


async def give(database: Database, *rows: Feedback) -> None:
    async with database.transaction() as session:
        for one in rows:
            await feedback.give_feedback(session, one)


async def test_the_newest_feedback_that_counts_is_learned(database: Database) -> None:
    await give(database, *(row(number) for number in range(5)), row(9, features=None))
    async with database.transaction() as session:
        taken = [
            await feedback.take_back(session, bot_id=BOT_ID, update_id=4, given_by=who, now=DAY)
            for who in (BORIS, ALICE, ALICE)
        ]
    assert taken == [False, True, False]
    assert [tap.features for tap in await taps(database, limit=3)] == [b"3", b"2", b"1"]


async def test_what_the_same_person_says_later_takes_the_place(database: Database) -> None:
    await give(database, row(1), row(1, label="ham"), row(1, BORIS))
    async with database.transaction() as session:
        labels = await feedback.labels_of(session, [outcome_row(1), outcome_row(2)])
    assert labels == {(BOT_ID, 1): "spam"}
    assert sorted(tap.is_spam for tap in await taps(database)) == [False, True]


def test_everyone_begins_trusted_and_loses_it_by_being_contradicted() -> None:
    assert feedback.trust_of(0, 0) == feedback.trust_of(50, 0) == 1000
    assert feedback.trust_of(1, 1) == 800
    assert feedback.trust_of(96, 96) == 40
    assert feedback.trust_of(96, 48) == 520


async def test_whoever_is_contradicted_counts_less_until_that_is_taken_back(
    database: Database,
) -> None:
    later: dict[str, Any] = {"label": "ham", "given_at": DAY + timedelta(days=1)}
    await give(database, *(row(number) for number in range(4)))
    await give(database, *(row(number, BORIS, **later) for number in range(4)))
    weights = {tap.is_spam: tap.weight for tap in await taps(database)}
    assert weights == {True: 500, False: 1000}
    async with database.transaction() as session:
        for number in range(4):
            await feedback.take_back(
                session, bot_id=BOT_ID, update_id=number, given_by=BORIS, now=DAY
            )
    assert {tap.weight for tap in await taps(database)} == {1000}


async def test_a_ban_in_telegram_counts_less_than_a_word_about_the_message(
    database: Database,
) -> None:
    await give(database, row(1, source="native_ban"))
    assert [tap.weight for tap in await taps(database)] == [300]
    async with database.transaction() as session:
        assert await feedback.labels_of(session, [outcome_row(1)]) == {}


async def test_reports_count_least_and_a_flood_of_them_no_more_than_three(
    database: Database,
) -> None:
    await give(database, *(row(1, f"user:{person}", source="report") for person in range(10, 20)))
    await give(database, row(0))
    counted = await taps(database)
    assert [tap.weight for tap in counted] == [1000, 100, 100, 100]
    assert [tap.weight for tap in await taps(database, limit=1)] == [1000]
    async with database.transaction() as session:
        marked = await feedback.changed_since(session, bot_id=BOT_ID, chat_id=CHAT_ID, since=None)
    assert [one.sketch for one in marked] == [b"0"]


async def test_versions_grow_and_what_changed_since_is_found(database: Database) -> None:
    noon = DAY + timedelta(hours=3)
    await give(database, row(1), row(2))
    found: list[object] = []
    async with database.transaction() as session:
        found += [await feedback.groups_to_learn(session, bot_id=BOT_ID, model=5)]
        for _ in range(2):
            found.append(
                await feedback.store_learned(
                    session,
                    bot_id=BOT_ID,
                    chat_id=CHAT_ID,
                    delta=b"d",
                    head=None,
                    model=5,
                    shared=None,
                    taps=2,
                    now=noon,
                )
            )
        found += [await feedback.groups_to_learn(session, bot_id=BOT_ID, model=5)]
        assert await feedback.groups_to_learn(session, bot_id=BOT_ID, model=6) == [CHAT_ID]
        assert await feedback.learned_of_bot(session, bot_id=BOT_ID, model=6) == []
        assert len(await feedback.learned_of_bot(session, bot_id=BOT_ID, model=5)) == 1
        await feedback.take_back(
            session,
            bot_id=BOT_ID,
            update_id=1,
            given_by=ALICE,
            now=noon + timedelta(minutes=1),
        )
        found += [await feedback.groups_to_learn(session, bot_id=BOT_ID, model=5)]
        changed = await feedback.changed_since(session, bot_id=BOT_ID, chat_id=CHAT_ID, since=noon)
    assert found == [[CHAT_ID], 1, 2, [], [CHAT_ID]]
    assert [one.sketch for one in changed] == [b"1"]
