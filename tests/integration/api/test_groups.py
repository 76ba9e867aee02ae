"""Letting a group be guarded, or only watched."""

from datetime import UTC, datetime

import pytest
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, group_row

from chatwarden.storage.models import HourlyCount
from chatwarden.storage.repositories.groups import find_group

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}"


async def _mode(api: ApiUnderTest) -> str:
    async with api.ports.database.transaction() as session:
        group = await find_group(session, bot_id=BOT_ID, chat_id=CHAT_ID)
    assert group is not None
    return group.mode


async def test_an_observing_group_is_made_to_guard_and_the_pipeline_hears_of_it(
    api: ApiUnderTest,
) -> None:
    counted = HourlyCount(
        bot_id=BOT_ID,
        chat_id=CHAT_ID,
        hour=datetime.now(UTC).replace(minute=0, second=0, microsecond=0),
        judged=9,
        flagged=3,
        deleted=2,
        punished=1,
    )
    await api.add(group_row(mode="observe"), counted)
    async with api.client() as client:
        answer = await client.patch(ADDRESS, json={"posture": "guarding"})
        (listed,) = (await client.get("/api/v1/groups")).json()["items"]
    assert answer.status_code == 200
    assert answer.json() == listed
    assert listed["posture"] == "guarding"
    assert listed["today"]["judged"] == 9
    assert await _mode(api) == "guard"
    assert api.changed_groups == [(BOT_ID, CHAT_ID)]


async def test_a_guarded_group_goes_back_to_being_watched_and_asked_twice_stays_so(
    api: ApiUnderTest,
) -> None:
    await api.add(group_row())
    async with api.client() as client:
        answers = [await client.patch(ADDRESS, json={"posture": "observing"}) for _ in range(2)]
    assert [answer.json()["posture"] for answer in answers] == ["observing", "observing"]
    assert await _mode(api) == "observe"


async def test_nobody_else_changes_a_group(api: ApiUnderTest) -> None:
    await api.add(group_row(mode="observe"))
    async with api.client(subject="user:5") as client:
        foreign = await client.patch(ADDRESS, json={"posture": "guarding"})
    async with api.client() as client:
        unknown = await client.patch(f"/api/v1/groups/{BOT_ID}/-5", json={"posture": "guarding"})
    async with api.client(subject=None) as client:
        signed_out = await client.patch(ADDRESS, json={"posture": "guarding"})
    assert (foreign.status_code, unknown.status_code, signed_out.status_code) == (404, 404, 401)
    assert await _mode(api) == "observe"
    assert api.changed_groups == []


@pytest.mark.parametrize(
    ("address", "body"),
    [
        (ADDRESS, {"posture": "asleep"}),
        (ADDRESS, {}),
        (ADDRESS, {"posture": "guarding", "policy": {}}),
        (f"/api/v1/groups/{BOT_ID}/x", {"posture": "guarding"}),
        (f"/api/v1/groups/{BOT_ID}/{2**70}", {"posture": "guarding"}),
    ],
)
async def test_a_malformed_change_is_refused(
    api: ApiUnderTest, address: str, body: dict[str, object]
) -> None:
    await api.add(group_row(mode="observe"))
    async with api.client() as client:
        answer = await client.patch(address, json=body)
    assert answer.status_code == 422
    assert await _mode(api) == "observe"
