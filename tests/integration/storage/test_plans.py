"""How SQLite answers what the API asks: by an index, not by reading tables that grow for years."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from tests.support.api import ApiUnderTest, api_over
from tests.support.rows import BOT_ID, CHAT_ID, action_row, appeal_row, group_row, outcome_row

from chatwarden.actions import OPEN, PUNISHMENTS
from chatwarden.cli.bench_api import questions
from chatwarden.outcomes.undo import undo_of_outcome
from chatwarden.storage.database import Database
from chatwarden.storage.models.action import HOLDING, WAITING
from chatwarden.storage.repositories import actions

_READS_ALL = re.compile(
    r"SCAN (outcomes|actions|feedback|appeals)(?:_\d+)?\b(?: USING (?:COVERING )?INDEX (\w+))?"
)
_SHORT = (
    "ix_outcomes_in_review",
    "ix_outcomes_with_texts",
    "ix_actions_waiting",
    "ix_appeals_open",
)
"""Indexes over few rows."""
_PAGES = (("outcomes", "ix_outcomes_date_bot_id_update_id_round"), ("feedback", None))
"""Of which a page is read from one end; without an index: by its key."""


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            found.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def _fill(api: ApiUnderTest) -> None:
    await api.add(group_row())
    for number in range(1, 61):
        outcome = outcome_row(number, sealer=api.sealer, state="enforced")
        await api.add(outcome, action_row(outcome, "delete_message"))
    await api.add(appeal_row(outcome))
    await api.add(outcome_row(61, sealer=api.sealer, state="review"))


def test_the_index_over_what_holds_is_of_every_action_that_may() -> None:
    assert f"kind IN {tuple(kind for kind in PUNISHMENTS if kind != 'kick')}" == HOLDING


async def test_no_question_reads_a_table_that_grows(sqlite_url: str) -> None:
    read: list[str] = []
    async with api_over(sqlite_url) as api:
        await _fill(api)
        database = api.ports.database
        async with api.client() as client:
            with statements(database) as asked:
                said = await client.post(
                    f"/api/v1/outcomes/{BOT_ID}-30-1/feedback", json={"label": "spam"}
                )
                assert said.status_code == 200
                for some in (await questions(client, bot_id=BOT_ID)).values():
                    for one in some:
                        answer = await client.request(one.method, one.path, json=one.body)
                        assert answer.status_code < 400, (one, answer.text)
                undone = await client.post(f"/api/v1/outcomes/{BOT_ID}-1-1/undo")
                assert undone.status_code == 202
        assert any(str(CHAT_ID) in str(parameters) for _, parameters in asked)
        async with database.engine.connect() as connection:
            for statement, parameters in dict(asked).items():
                plan = await connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {statement}", parameters
                )
                for row in plan:
                    found = _READS_ALL.match(row.detail)
                    if found is None or found[2] in _SHORT:
                        continue
                    if found.groups() not in _PAGES or "LIMIT" not in statement:
                        read.append(f"{row.detail}: {statement}")
    assert read == []


def test_the_index_over_what_waits_is_of_every_open_action() -> None:
    assert f"state IN {OPEN}" == WAITING


@pytest.mark.parametrize("is_analyzed", [False, True])
async def test_what_is_to_be_done_is_found_among_a_years_actions(
    sqlite_url: str, *, is_analyzed: bool
) -> None:
    now = datetime.now(UTC)
    async with api_over(sqlite_url) as api:
        await _fill(api)
        database = api.ports.database
        if is_analyzed:
            async with database.engine.begin() as connection:
                await connection.exec_driver_sql("ANALYZE")
        undo = undo_of_outcome(outcome_row(1), requested_by="operator", now=now)
        assert undo is not None
        with statements(database) as asked:
            async with database.transaction() as session:
                await actions.chats_with_due_actions(
                    session, bot_id=BOT_ID, now=now, besides=[], limit=5
                )
                await actions.next_due_at(session, bot_id=BOT_ID)
                await actions.due_actions(session, bot_id=BOT_ID, chat_id=CHAT_ID, now=now, limit=5)
                await actions.postpone(session, bot_id=BOT_ID, chat_id=CHAT_ID, until=now)
                await actions.cancel_for_undo(session, undo, now=now)
        plans = []
        async with database.engine.connect() as connection:
            for statement, parameters in asked:
                plan = await connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {statement}", parameters
                )
                plans.append(" ".join(row.detail for row in plan))
    assert len(plans) == 5
    assert [plan for plan in plans if "ix_actions_waiting" not in plan] == []
