"""Keys that programs use the API with."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select, update
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID
from tests.support.team import FOREIGN, OWN, USERS, fill

from chatwarden.storage.models import ApiKey, TeamMember

ADDRESS = "/api/v1/api-keys"
OWNER = f"user:{USERS['owner']}"


async def _make(api: ApiUnderTest, subject: str = OWNER, **wanted: Any) -> dict[str, Any]:
    async with api.client(subject=subject) as client:
        answer = await client.post(ADDRESS, json={"name": "report", "role": "viewer"} | wanted)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _ask(api: ApiUnderTest, key: str, address: str = "/api/v1/groups") -> httpx.Response:
    async with api.client(subject=None) as client:
        return await client.get(address, headers={"Authorization": f"Bearer {key}"})


async def test_a_key_sees_what_its_maker_sees(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    made = await _make(each_api)
    groups = (await _ask(each_api, made["key"])).json()["items"]
    assert [(one["chat_id"], one["role"]) for one in groups] == [(OWN, "viewer")]
    assert made["key"].startswith(f"cw_{made['id']}_")


async def test_of_a_key_only_a_hash_is_kept(each_api: ApiUnderTest) -> None:
    made = await _make(each_api)
    async with each_api.ports.database.transaction() as session:
        (row,) = await session.scalars(select(ApiKey))
    secret = made["key"].rpartition("_")[2]
    assert secret.encode() not in row.hash
    assert len(row.hash) == 32
    async with each_api.client(subject=OWNER) as client:
        (listed,) = (await client.get(ADDRESS)).json()["items"]
    assert "key" not in listed


async def test_a_key_for_one_group_sees_no_other(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    made = await _make(each_api, "operator", group={"bot_id": BOT_ID, "chat_id": OWN})
    groups = (await _ask(each_api, made["key"])).json()["items"]
    foreign = await _ask(each_api, made["key"], f"/api/v1/groups/{BOT_ID}/{FOREIGN}/policy")
    outcome = await _ask(each_api, made["key"], f"/api/v1/outcomes/{BOT_ID}-72-1")
    assert [one["chat_id"] for one in groups] == [OWN]
    assert (foreign.status_code, outcome.status_code) == (404, 404)


async def test_no_key_is_made_for_somebody_elses_group(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    async with each_api.client(subject=OWNER) as client:
        answer = await client.post(
            ADDRESS,
            json={"name": "x", "role": "viewer", "group": {"bot_id": BOT_ID, "chat_id": FOREIGN}},
        )
    assert answer.status_code == 404


async def test_a_key_loses_a_group_with_its_maker(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    made = await _make(each_api)
    async with each_api.ports.database.transaction() as session:
        row = await session.get(TeamMember, (BOT_ID, OWN, USERS["owner"], "telegram"))
        await session.delete(row)
    assert (await _ask(each_api, made["key"])).json()["items"] == []


async def test_a_rotated_key_has_two_secrets_for_a_day(each_api: ApiUnderTest) -> None:
    made = await _make(each_api)
    async with each_api.client(subject=OWNER) as client:
        rotated = (await client.post(f"{ADDRESS}/{made['id']}/rotate")).json()
    assert rotated["key"] != made["key"]
    for key in (made["key"], rotated["key"]):
        assert (await _ask(each_api, key)).status_code == 200
    async with each_api.ports.database.transaction() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(update(ApiKey).values(former_until=past))
    assert (await _ask(each_api, made["key"])).status_code == 401
    assert (await _ask(each_api, rotated["key"])).status_code == 200


async def test_a_revoked_an_expired_and_a_forged_key_are_refused(each_api: ApiUnderTest) -> None:
    revoked, expired, good = [await _make(each_api, name=name) for name in ("a", "b", "c")]
    async with each_api.client(subject=OWNER) as client:
        assert (await client.delete(f"{ADDRESS}/{revoked['id']}")).status_code == 204
        assert (await client.delete(f"{ADDRESS}/{revoked['id']}")).status_code == 404
    async with each_api.ports.database.transaction() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(
            update(ApiKey).where(ApiKey.id == expired["id"]).values(expires_at=past)
        )
    forged = good["key"][:-2] + ("AA" if not good["key"].endswith("AA") else "BB")
    for key in (revoked["key"], expired["key"], forged, "cw_", "cw_x_y", good["key"] + "x"):
        assert (await _ask(each_api, key)).status_code == 401, key
    assert (await _ask(each_api, good["key"])).status_code == 200


async def test_guessing_keys_has_to_wait(each_api: ApiUnderTest) -> None:
    answers = [await _ask(each_api, f"cw_{number:012x}_{'A' * 43}") for number in range(11)]
    assert [one.status_code for one in answers] == [401] * 10 + [429]


async def test_somebody_elses_key_can_be_neither_seen_nor_ended(each_api: ApiUnderTest) -> None:
    made = await _make(each_api)
    async with each_api.client(subject="user:31") as client:
        assert (await client.get(ADDRESS)).json()["items"] == []
        assert (await client.delete(f"{ADDRESS}/{made['id']}")).status_code == 404
        assert (await client.post(f"{ADDRESS}/{made['id']}/rotate")).status_code == 404


async def test_a_key_makes_no_key_and_signs_nobody_out(each_api: ApiUnderTest) -> None:
    made = await _make(each_api, role="admin")
    async with each_api.client(subject=None) as client:
        client.headers["Authorization"] = f"Bearer {made['key']}"
        asked = [
            await client.post(ADDRESS, json={"name": "x", "role": "viewer"}),
            await client.delete("/api/v1/me/sessions"),
        ]
    assert [one.json()["code"] for one in asked] == ["person_needed"] * 2


async def test_a_key_that_asks_too_often_has_to_wait_and_others_do_not(
    each_api: ApiUnderTest,
) -> None:
    busy, calm = await _make(each_api), await _make(each_api)
    limit = each_api.ports.settings.api_key_requests_a_minute
    answers = [await _ask(each_api, busy["key"], "/api/v1/me") for _ in range(limit + 1)]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert {one.status_code for one in answers[:-1]} == {200}
    assert (await _ask(each_api, calm["key"], "/api/v1/me")).status_code == 200


async def test_the_last_use_is_told(each_api: ApiUnderTest) -> None:
    made = await _make(each_api)
    assert made["last_used_at"] is None
    await _ask(each_api, made["key"])
    async with each_api.client(subject=OWNER) as client:
        (listed,) = (await client.get(ADDRESS)).json()["items"]
    assert listed["last_used_at"] is not None


async def test_what_a_key_does_is_told_of_the_key(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    made = await _make(each_api, role="admin")
    async with each_api.client(subject=None) as client:
        client.headers["Authorization"] = f"Bearer {made['key']}"
        await client.patch(f"/api/v1/groups/{BOT_ID}/{OWN}", json={"posture": "observing"})
        newest = (await client.get("/api/v1/audit-log")).json()["items"][0]
    assert (newest["kind"], newest["subject"]) == ("posture_changed", OWNER)
    assert newest["key_id"] == made["id"]
