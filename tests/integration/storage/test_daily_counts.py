"""Figures by day follow what outcomes and actions have come to, each once, on its own day."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.support.rows import BOT_ID, CHAT_ID, DAY, action_row, contribution, outcome_row

from chatwarden.actions import Action, Ending
from chatwarden.storage.database import Database
from chatwarden.storage.models import DailyCount, Feedback, FeedbackLabel, Outcome
from chatwarden.storage.repositories import enrichments
from chatwarden.storage.repositories.actions import ask_for, mark_ended
from chatwarden.storage.repositories.feedback import give_feedback, take_back, take_back_all
from chatwarden.storage.repositories.outcomes import OutcomeKey
from chatwarden.storage.repositories.raids import begin_raid
from chatwarden.storage.repositories.recording import ActionCopy, record_actions
from chatwarden.storage.repositories.settling import record_outcomes

Step = Callable[[AsyncSession], Awaitable[object]]
FOUND = {("message", "delete"): 1, ("sender", "none"): 1, ("signal", "invite_link"): 1}
CAUGHT = FOUND | {("result", "caught"): 1, ("signal_caught", "invite_link"): 1}
DELETED = {("action_done", "delete_message"): 1, ("response", "500"): 1}
OVERTURNED = {("result", "overturned"): 1, ("signal_overturned", "invite_link"): 1}


def outcome(**changes: Any) -> Outcome:
    signals = [contribution("invite_link", 1500), contribution("regular", -1500)]
    return outcome_row(1, **({"state": "pending", "contributions": signals} | changes))


def recorded(row: Outcome) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in Outcome.__table__.columns}


def deletion(**changes: Any) -> Action:
    row = action_row(outcome(), "delete_message", state="pending")
    named = {name: getattr(row, name) for name in Action.__dataclass_fields__}
    return Action(**(named | changes))


def said(label: FeedbackLabel, *, by: str = "user:1", after: int = 0) -> Feedback:
    return Feedback(
        bot_id=BOT_ID,
        chat_id=CHAT_ID,
        update_id=1,
        message_date=DAY,
        label=label,
        given_by=by,
        source="admin",
        given_at=DAY + timedelta(days=3, seconds=after),
    )


async def counts_after(database: Database, *steps: Step) -> dict[tuple[str, str], int]:
    """Each step in a transaction of its own."""
    for step in steps:
        async with database.transaction() as session:
            await step(session)
    async with database.transaction() as session:
        rows = (await session.scalars(select(DailyCount))).all()
    assert {row.day for row in rows} <= {DAY.date()}
    return {(row.kind, row.name): row.count for row in rows if row.count}


def record(**changes: Any) -> Step:
    return lambda session: record_outcomes(session, [recorded(outcome(**changes))], now=DAY)


def ask(session: AsyncSession) -> Awaitable[object]:
    return ask_for(session, [deletion()], now=DAY)


def end(state: Any, **changes: Any) -> Step:
    ending = Ending(action_id=deletion().id, state=state, **changes)
    at = DAY + timedelta(seconds=1.2)
    return lambda session: mark_ended(session, [ending], now=at)


def say(label: FeedbackLabel, **changes: Any) -> Step:
    return lambda session: give_feedback(session, said(label, **changes))


def unsay(session: AsyncSession) -> Awaitable[object]:
    return take_back(session, bot_id=BOT_ID, update_id=1, given_by="user:1", now=DAY)


async def test_an_outcome_told_twice_counts_once(database: Database) -> None:
    assert await counts_after(database, record(), record()) == FOUND


@pytest.mark.parametrize("outcome_first", [True, False])
async def test_what_was_punished_is_caught_in_whatever_order_it_is_told(
    database: Database, outcome_first: bool
) -> None:
    steps = [record(), ask] if outcome_first else [ask, record()]
    assert await counts_after(database, *steps, end("done"), end("done")) == CAUGHT | DELETED
    assert await counts_after(database, record()) == CAUGHT | DELETED


async def test_ham_said_days_later_overturns_on_the_messages_day_until_it_is_taken_back(
    database: Database,
) -> None:
    caught = CAUGHT | DELETED
    assert (
        await counts_after(database, record(), ask, end("done"), say("ham"), say("ham"))
        == caught | OVERTURNED
    )
    assert await counts_after(database, unsay, unsay) == caught


async def test_an_undo_overturns_and_its_action_counts_as_undone(database: Database) -> None:
    undo = deletion(id="undo", kind="undo")
    counts = await counts_after(
        database,
        record(),
        ask,
        end("done"),
        lambda session: ask_for(session, [undo], now=DAY),
        end("reversed"),
    )

    undone = {("action_undone", "delete_message"): 1}
    assert counts == CAUGHT | DELETED | OVERTURNED | undone


async def test_what_was_kept_is_missed_once_an_admin_calls_it_spam(database: Database) -> None:
    kept = {("message", "keep"): 1, ("sender", "none"): 1, ("signal", "invite_link"): 1}
    keep = record(message_verdict="keep", state="kept")
    missed = await counts_after(database, keep, say("spam"), say("spam", by="user:2"))
    assert missed == kept | {("result", "missed"): 1}
    assert await counts_after(database, say("ham", after=1)) == kept
    again = lambda session: take_back_all(session, chat_id=CHAT_ID, now=DAY)  # noqa: E731
    assert await counts_after(database, say("spam", by="user:3", after=2)) == missed
    assert await counts_after(database, again) == kept


async def test_what_observe_mode_would_have_punished_is_counted_apart(database: Database) -> None:
    counts = await counts_after(database, record(state="observed"))

    assert counts == FOUND | {("result", "observed"): 1}


async def test_a_failed_action_that_is_asked_for_again_counts_as_what_it_comes_to(
    database: Database,
) -> None:
    failed = await counts_after(database, record(), ask, end("dead"))
    assert failed == FOUND | {("action_failed", "delete_message"): 1}
    assert await counts_after(database, ask, end("done")) == CAUGHT | DELETED


async def test_what_another_action_did_is_not_counted_again(database: Database) -> None:
    covered = end("done", result={"covered_by": "another"})

    assert await counts_after(database, record(), ask, covered) == CAUGHT


async def test_a_second_round_takes_the_firsts_place(database: Database) -> None:
    async def second(session: AsyncSession) -> None:
        former = await enrichments.first_outcome(session, bot_id=BOT_ID, update_id=1)
        assert former is not None
        await enrichments.hand_over(session, former, OutcomeKey(BOT_ID, 1, 2))
        await record_outcomes(session, [recorded(outcome()) | {"round": 2}], now=DAY)

    counts = await counts_after(database, record(message_verdict="keep", state="kept"), second)

    assert counts == FOUND


async def test_an_outcome_from_before_there_were_figures_stays_uncounted(
    database: Database,
) -> None:
    async def add(session: AsyncSession) -> None:
        session.add(outcome(state="enforced"))

    assert await counts_after(database, add, say("ham")) == {}


async def test_a_raid_is_counted_when_it_begins_and_not_as_it_goes_on(database: Database) -> None:
    def begin(minutes: int) -> Step:
        until = DAY + timedelta(minutes=minutes)
        return lambda session: begin_raid(
            session, bot_id=BOT_ID, chat_id=CHAT_ID, by="joins", now=DAY, until=until
        )

    assert await counts_after(database, begin(5), begin(9)) == {("raid", "begun"): 1}


async def test_copies_of_an_action_count_by_their_revision(database: Database) -> None:
    def copy(revision: int, state: Any) -> Step:
        action = deletion(state=state, done_at=DAY + timedelta(seconds=1.2))
        told = [ActionCopy(action=action, revision=revision)]
        return lambda session: record_actions(session, told, now=DAY)

    counts = await counts_after(
        database,
        record(),
        copy(1, "pending"),
        copy(2, "done"),
        copy(2, "done"),
        copy(3, "reversed"),
        copy(2, "done"),
    )

    assert counts == CAUGHT | DELETED | {("action_undone", "delete_message"): 1}
