"""The queries the API stands on, on both databases."""

from datetime import timedelta

from tests.support.rows import BOT_ID, CHAT_ID, DAY, action_row, group_row, outcome_row

from chatwarden.storage.database import Database
from chatwarden.storage.models import HourlyCount
from chatwarden.storage.repositories import actions, groups, outcomes, sessions
from chatwarden.storage.repositories.outcomes import OutcomeKey, PageStart
from chatwarden.storage.repositories.scope import Scope

OPERATOR = Scope.of_subject("operator")
STRANGER = Scope.of_subject("user:5")


async def test_pages_follow_each_other_without_gap_or_repetition(database: Database) -> None:
    async with database.transaction() as session:
        session.add(group_row())
        session.add_all(outcome_row(n, date=DAY + timedelta(seconds=n // 3)) for n in range(20))
    seen: list[int] = []
    before: PageStart | None = None
    while True:
        async with database.transaction() as session:
            page = await outcomes.list_outcomes(session, OPERATOR, limit=6, before=before)
        if not page:
            break
        seen += [row.update_id for row in page]
        last = page[-1]
        before = PageStart(last.date, last.bot_id, last.update_id, last.round)
    assert seen == list(range(19, -1, -1))


async def test_out_of_scope_is_not_found(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all([group_row(), outcome_row(1)])
    key = OutcomeKey(BOT_ID, 1, 1)
    async with database.transaction() as session:
        assert await outcomes.find_visible_outcome(session, key, OPERATOR) is not None
        assert await outcomes.find_visible_outcome(session, key, STRANGER) is None
        assert await outcomes.list_outcomes(session, STRANGER, limit=5) == []
        assert await groups.list_visible_groups(session, STRANGER) == []
        assert await groups.titles_and_policies(session, STRANGER, [CHAT_ID]) == {}


async def test_actions_come_with_their_outcome_and_no_other(database: Database) -> None:
    first, second = outcome_row(1), outcome_row(2)
    async with database.transaction() as session:
        session.add_all([first, second, action_row(first, "mute"), action_row(second, "ban")])
    never = OutcomeKey(BOT_ID, 3, 1).trace_id
    async with database.transaction() as session:
        found = await actions.actions_of(session, [first.trace_id, never])
    assert {trace_id: [one.kind for one in taken] for trace_id, taken in found.items()} == {
        first.trace_id: ["mute"],
        never: [],
    }


async def test_counts_are_summed_from_an_hour_on(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all(
            HourlyCount(
                bot_id=BOT_ID,
                chat_id=CHAT_ID,
                hour=DAY + timedelta(hours=hour),
                judged=10,
                flagged=3,
                deleted=2,
                punished=1,
            )
            for hour in (-1, 0, 1)
        )
    async with database.transaction() as session:
        counts = await groups.counts_since(session, DAY)
    assert counts == {(BOT_ID, CHAT_ID): groups.Counts(20, 6, 4, 2)}


async def test_a_refresh_secret_is_swapped_once(database: Database) -> None:
    async with database.transaction() as session:
        opened = await sessions.open_session(
            session, subject="operator", refresh_secret="a", lifetime=timedelta(days=1)
        )
    async with database.transaction() as session:
        swaps = [
            await sessions.rotate_session(session, opened.id, old_secret="a", new_secret="b")
            for _ in range(2)
        ]
    assert swaps == [True, False]


async def test_a_revoked_session_cannot_be_swapped(database: Database) -> None:
    async with database.transaction() as session:
        opened = await sessions.open_session(
            session, subject="operator", refresh_secret="a", lifetime=timedelta(days=1)
        )
        await session.flush()
        await sessions.revoke_session(session, opened.id)
    async with database.transaction() as session:
        assert not await sessions.rotate_session(session, opened.id, old_secret="a", new_secret="b")


async def test_a_sign_in_link_is_used_once(database: Database) -> None:
    async with database.transaction() as session:
        secret = await sessions.make_sign_in_link(
            session, subject="operator", lifetime=timedelta(minutes=1)
        )
    async with database.transaction() as session:
        used = [await sessions.use_sign_in_link(session, secret) for _ in range(2)]
    assert used == ["operator", None]
