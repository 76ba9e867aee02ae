"""Raids: what the API tells of them, and those that people begin and end."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api import ApiUnderTest
from tests.support.rows import (
    BOT_ID,
    CHAT_ID,
    DAY,
    action_row,
    group_row,
    outcome_row,
)
from tests.support.team import member_row

from chatwarden.storage.models import Challenge, RaidRecord
from chatwarden.storage.repositories.raids import begin_raid, end_raid
from chatwarden.storage.repositories.team import seal_name

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/raids"


def raid_row(number: int, **changes: Any) -> RaidRecord:
    began = DAY + timedelta(hours=number)
    values: dict[str, Any] = {
        "id": f"{BOT_ID}-{CHAT_ID}-{number}",
        "bot_id": BOT_ID,
        "chat_id": CHAT_ID,
        "started_at": began,
        "started_by": "joins",
        "until": began + timedelta(minutes=15),
        "ended_at": began + timedelta(minutes=15),
        "ended_by": "time",
        "joins": 20,
        "told": [],
    }
    return RaidRecord(**values | changes)


def _challenge(number: int, state: str) -> Challenge:
    return Challenge(
        id=f"c{number}",
        bot_id=BOT_ID,
        chat_id=CHAT_ID,
        user_id=number,
        cause="join",
        state=state,
        is_for_all_to_see=False,
        tries=0,
        last_press=0,
        asked_at=DAY + timedelta(minutes=number),
    )


async def test_who_ends_a_raid_and_begins_another_in_the_same_second_has_two(
    each_api: ApiUnderTest,
) -> None:
    await each_api.add(group_row())
    async with each_api.ports.database.transaction() as session:
        key: dict[str, Any] = {"bot_id": BOT_ID, "chat_id": CHAT_ID, "by": "telegram:1"}
        for number in range(2):
            now = DAY + timedelta(milliseconds=100 * number)
            await begin_raid(session, **key, now=now, until=now + timedelta(minutes=30))
            if number == 0:
                await end_raid(session, **key, now=now + timedelta(milliseconds=50))
    async with each_api.client() as client:
        latest, first = (await client.get(ADDRESS)).json()["items"]
    assert first["ended_at"] is not None
    assert latest["ended_at"] is None


async def test_raids_come_in_pages_the_latest_first(api: ApiUnderTest) -> None:
    await api.add(group_row(), *(raid_row(number) for number in range(5)))
    found, cursor = [], None
    async with api.client() as client:
        while True:
            params = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
            page = (await client.get(ADDRESS, params=params)).json()
            found += [raid["started_at"] for raid in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert found == [f"2026-11-20T{9 + number:02}:00:00Z" for number in (4, 3, 2, 1, 0)]


async def test_a_raid_says_who_began_and_ended_it_and_what_it_came_to(api: ApiUnderTest) -> None:
    during = outcome_row(1, sealer=api.sealer, date=DAY + timedelta(minutes=1))
    after = outcome_row(2, sealer=api.sealer, date=DAY + timedelta(minutes=16))
    await api.add(
        group_row(),
        member_row(5, "admin", sealed_name=seal_name("Rosa Green", 5, api.sealer)),
        raid_row(0, started_by="user:5", ended_by="operator"),
        _challenge(1, "passed"),
        _challenge(2, "failed"),
        _challenge(3, "expired"),
        during,
        after,
    )
    # What was posted in the raid may go after its end; what was posted after it is not the raid's.
    done_at = DAY + timedelta(minutes=17)
    for outcome in (during, after):
        await api.add(
            action_row(outcome, "delete_message", done_at=done_at),
            action_row(outcome, "ban", done_at=done_at),
        )
    async with api.client() as client:
        (raid,) = (await client.get(ADDRESS)).json()["items"]
    assert raid["started_by"] == "user:5"
    assert raid["started_by_name"] == "Rosa Green"
    assert (raid["ended_by"], raid["ended_by_name"]) == ("operator", None)
    assert raid["figures"] == {"asked": 3, "passed": 1, "removed": 2, "deleted": 1, "banned": 1}


async def test_a_raid_is_begun_goes_on_and_is_ended_and_the_pipeline_hears_of_it(
    api: ApiUnderTest,
) -> None:
    await api.add(group_row())
    async with api.client() as client:
        begun = (await client.post(ADDRESS, json={"minutes": 30})).json()
        longer = (await client.post(ADDRESS, json={"minutes": 60})).json()
        shorter = (await client.post(ADDRESS, json={"minutes": 5})).json()
        ended = [(await client.delete(f"{ADDRESS}/current")).status_code for _ in range(2)]
        (raid,) = (await client.get(ADDRESS)).json()["items"]
        events = (await client.get("/api/v1/audit-log")).json()["items"]
    assert begun["ended_at"] is None
    assert longer["started_at"] == begun["started_at"]
    assert longer["until"] > begun["until"]
    assert shorter["until"] == longer["until"]
    assert ended == [204, 204]
    assert (raid["started_by"], raid["ended_by"]) == ("operator", "operator")
    assert [event["kind"] for event in events[:3]] == ["raid_ended", "raid_begun", "raid_begun"]
    assert api.changed_groups == [(BOT_ID, CHAT_ID)] * 4


async def test_where_a_group_is_only_watched_no_raid_begins(api: ApiUnderTest) -> None:
    await api.add(group_row(mode="observe"))
    async with api.client() as client:
        answer = await client.post(ADDRESS, json={"minutes": 30})
        raids = (await client.get(ADDRESS)).json()["items"]
    assert (answer.status_code, answer.json()["code"]) == (409, "only_watched")
    assert raids == []


@pytest.mark.parametrize("minutes", [4, 1441])
async def test_a_raid_lasts_from_five_minutes_to_a_day(api: ApiUnderTest, minutes: int) -> None:
    await api.add(group_row())
    async with api.client() as client:
        assert (await client.post(ADDRESS, json={"minutes": minutes})).status_code == 422
