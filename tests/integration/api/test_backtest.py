"""A file of messages under two policies: what differs, and that nothing of it stays."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from tests.support.api import ApiUnderTest
from tests.support.exports import as_telegram_writes, chat, exported
from tests.support.rows import BOT_ID, CHAT_ID, group_row
from tests.support.scene import HAM, SPAM
from tests.support.team import OWN, USERS, fill

from chatwarden.api.backtest import endpoints
from chatwarden.api.backtest.schemas import MOST_DIFFERENCES
from chatwarden.storage.models import Model

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/backtest"
RULE = {"id": "tulips", "kind": "literal", "pattern": "tulips", "verdict": {"message": "delete"}}


def lines(*texts: str) -> str:
    return "".join(json.dumps({"text": text}) + "\n" for text in texts)


async def ask(client: httpx.AsyncClient, content: str, **wanted: Any) -> list[dict[str, Any]]:
    answer = await client.post(ADDRESS, json={"content": content, "policy": {}} | wanted)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
async def client(api: ApiUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    await api.add(group_row())
    async with api.client() as client:
        yield client


async def counted(api: ApiUnderTest) -> dict[str, int]:
    async with api.ports.database.transaction() as session:
        return {
            name: await session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Model.metadata.tables.items()
        }


async def test_an_export_is_judged_by_both_policies_and_only_what_differs_is_shown(
    client: httpx.AsyncClient,
) -> None:
    export = chat(
        exported(1, HAM),
        exported(2, f"{HAM} with tulips", sender="user6"),
        exported(3, SPAM, sender="user7"),
    )
    *_, report = await ask(client, as_telegram_writes(export), policy={"rules": [RULE]})

    assert report["messages"] == 3
    assert report["before"] == {"kept": 2, "reviewed": 0, "deleted": 1, "punished": 1}
    assert report["after"]["deleted"] == 2
    assert (report["differing"], report["stricter"], report["faulty"]) == (1, 1, 0)
    (difference,) = report["differences"]
    assert (difference["id"], difference["text"]) == ("2", f"{HAM} with tulips")
    assert (difference["before"]["message"], difference["after"]["message"]) == ("keep", "delete")


async def test_the_same_policy_differs_nowhere(client: httpx.AsyncClient) -> None:
    *_, report = await ask(client, lines(HAM, SPAM))

    assert (report["differing"], report["differences"]) == (0, [])
    assert report["before"] == report["after"]
    assert report["before"]["deleted"] == 1


async def test_a_milder_policy_is_told_as_such(client: httpx.AsyncClient) -> None:
    off = {"signals": {"text_model": {"enabled": False}, "invite_link": {"enabled": False}}}
    *_, report = await ask(client, lines(SPAM), policy=off)

    assert (report["differing"], report["stricter"]) == (1, 0)
    assert (
        report["differences"][0]["probability_after"]
        < report["differences"][0]["probability_before"]
    )


async def test_lines_that_cannot_be_read_are_named_and_passed_over(
    client: httpx.AsyncClient,
) -> None:
    *_, report = await ask(client, lines(HAM) + "no json\n" + lines(HAM))

    assert (report["messages"], report["faulty"]) == (2, 1)
    assert report["faults"][0]["place"] == "2"


async def test_progress_is_told_on_the_way(client: httpx.AsyncClient) -> None:
    told = await ask(client, lines(*[HAM] * 1200))

    progress = [one["permille"] for one in told if one["event"] == "progress"]
    assert len(progress) >= 4
    assert progress == sorted(progress)
    assert told[-1]["event"] == "report"
    assert told[-1]["messages"] == 1200


async def test_of_very_many_differences_the_first_are_shown_and_all_counted(
    client: httpx.AsyncClient,
) -> None:
    many = MOST_DIFFERENCES + 10
    *_, report = await ask(client, lines(*["tulips"] * many), policy={"rules": [RULE]})

    assert (report["differing"], len(report["differences"])) == (many, MOST_DIFFERENCES)


async def test_nothing_of_it_is_stored(api: ApiUnderTest, client: httpx.AsyncClient) -> None:
    before = await counted(api)
    await ask(client, lines(SPAM, HAM), policy={"rules": [RULE]})

    assert await counted(api) == before


async def test_one_runs_a_person_at_a_time_and_the_next_once_it_has_ended(
    api: ApiUnderTest, client: httpx.AsyncClient
) -> None:
    body = {"content": lines(*[HAM] * 3000), "policy": {}}
    first = asyncio.create_task(client.post(ADDRESS, json=body))
    while not api.app.state.backtests:
        await asyncio.sleep(0)
    second = await client.post(ADDRESS, json=body)
    assert (second.status_code, second.json()["code"]) == (409, "backtest_runs")

    assert (await first).status_code == 200
    assert api.app.state.backtests == set()
    assert (await client.post(ADDRESS, json=body)).status_code == 200


async def test_a_file_beyond_the_limit_is_refused_before_anything_is_judged(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "LARGEST_FILE", 100)
    small = await client.post(ADDRESS, json={"content": "x" * 101, "policy": {}})
    large = await client.post(ADDRESS, json={"content": "x" * 1000, "policy": {}})

    assert [one.status_code for one in (small, large)] == [413, 413]
    assert small.json()["code"] == "export_too_large"


async def test_more_than_other_requests_may_hold_is_taken(client: httpx.AsyncClient) -> None:
    *_, report = await ask(client, json.dumps({"text": HAM, "id": "x" * (2 << 20)}) + "\n")

    assert report["messages"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", "body"),
        ('{"policy": {}}', "body.content"),
        ('{"content": "x", "policy": {"mute_days": -1}}', "mute_days"),
        ('{"content": "x", "policy": {}, "more": 1}', "body.more"),
    ],
)
async def test_what_is_no_backtest_names_its_field(
    client: httpx.AsyncClient, body: str, field: str
) -> None:
    answer = await client.post(ADDRESS, content=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_a_moderator_may_not(api: ApiUnderTest) -> None:
    await fill(api)
    async with api.client(subject=f"user:{USERS['moderator']}") as client:
        answer = await client.post(
            f"/api/v1/groups/{BOT_ID}/{OWN}/backtest", json={"content": "x", "policy": {}}
        )
    assert answer.status_code == 403
