"""`chatwarden bench api`: a year is there, every question is answered, and what is not asked is named."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from tests.support.command import Run
from tests.support.rows import BOT_ID, CHAT_ID, DAY, action_row, group_row, outcome_row

from chatwarden.cli.bench_api import copy_a_day
from chatwarden.storage.database import Database
from chatwarden.storage.models import Action, DailyCount, HourlyCount, Outcome
from chatwarden.storage.sealing import Sealer


async def test_a_day_is_there_on_every_day_before(database: Database) -> None:
    of_day = {"bot_id": BOT_ID, "chat_id": CHAT_ID}
    async with database.transaction() as session:
        session.add(group_row())
        for number in (1, 2):
            outcome = outcome_row(number, sealer=Sealer(bytes(32)))
            session.add(outcome)
            await session.flush()
            session.add(action_row(outcome, "delete_message"))
        counts = {"judged": 9, "flagged": 2, "deleted": 2, "punished": 0}
        session.add(HourlyCount(hour=DAY, **of_day, **counts))
        session.add(DailyCount(day=DAY.date(), kind="result", name="caught", count=2, **of_day))

    stored = await copy_a_day(database.engine.url.render_as_string(hide_password=False), days=40)

    assert stored == 80
    async with database.transaction() as session:
        outcomes = list(await session.scalars(select(Outcome)))
        actions = list(await session.scalars(select(Action)))
        hours = set(await session.scalars(select(HourlyCount.hour)))
        days = set(await session.scalars(select(DailyCount.day)))
    assert Counter(one.date.date() for one in outcomes) == dict.fromkeys(days, 2)
    assert {one.trace_id for one in actions} == {one.trace_id for one in outcomes}
    assert hours == {DAY - timedelta(days=before) for before in range(40)}
    assert len({one.sender_id for one in outcomes}) == 30
    assert sum(one.sealed is not None for one in outcomes) == 2


def test_every_question_is_answered(run: Run, tmp_path: Path) -> None:
    ended = run(
        *("bench", "api", "--outcomes", 10_000, "--groups", 2),
        *("--seconds", 10, "--rate", 5, "--record", tmp_path),
    )

    assert ended.code == 0
    (record,) = tmp_path.glob("api-embedded-*.json")
    result = json.loads(record.read_text())
    assert result["outcomes"] >= 10_000
    assert result["wrong"] == {}
    assert result["requests"] == 50
    assert sum(one["cpu_alone"] for one in result["milliseconds"].values()) > 0
    assert {"getAnalytics", "listOutcomes", "previewPolicy"} <= set(result["milliseconds"])
    asked_of_the_process = {"getHealth", "getReadiness"}
    of_a_person = {"getPerson", "exportPerson"}  # Everything is read, at the operator's word.
    reads = {name for name in result["not_asked"] if name.startswith(("get", "list", "export"))}
    assert reads == asked_of_the_process | of_a_person
