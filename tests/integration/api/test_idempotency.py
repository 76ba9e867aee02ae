"""Writes that are asked for again under the same key."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import func, select, update
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID
from tests.support.team import OWN, USERS, fill

from chatwarden.storage.models import ApiKey, IdempotencyKey
from chatwarden.storage.retention import ANSWERS_ARE_KEPT, Retention

KEYS = "/api/v1/api-keys"
OWNER = f"user:{USERS['owner']}"
WANTED = {"name": "report", "role": "viewer"}


async def _make(
    api: ApiUnderTest, key: str, wanted: dict[str, Any] = WANTED, *, subject: str = OWNER
) -> httpx.Response:
    async with api.client(subject=subject) as client:
        return await client.post(KEYS, json=wanted, headers={"Idempotency-Key": key})


async def _made(api: ApiUnderTest) -> int:
    async with api.ports.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(ApiKey)) or 0


async def _claim(api: ApiUnderTest, key: str, *, ago: timedelta) -> None:
    """As a process leaves it that claimed the key that long ago and has not answered."""
    await _make(api, key)
    async with api.ports.database.transaction() as session:
        changed = update(IdempotencyKey).values(answer=None, claimed_at=datetime.now(UTC) - ago)
        await session.execute(changed)


async def test_a_write_that_is_asked_for_again_is_carried_out_once_and_answered_alike(
    each_api: ApiUnderTest,
) -> None:
    first, again, other = [await _make(each_api, key) for key in ("a", "a", "b")]

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 201)
    assert again.json() == first.json() != other.json()
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await _made(each_api) == 2


async def test_an_answer_without_a_body_is_given_again(each_api: ApiUnderTest) -> None:
    made = (await _make(each_api, "a")).json()
    async with each_api.client(subject=OWNER) as client:
        asked = [
            await client.delete(f"{KEYS}/{made['id']}", headers={"Idempotency-Key": key})
            for key in ("gone", "gone", "more")
        ]
    assert [answer.status_code for answer in asked] == [204, 204, 404]


async def test_the_same_key_for_anything_else_is_refused(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await _make(each_api, "a")
    answer = await _make(each_api, "a", WANTED | {"name": "another"})
    async with each_api.client(subject=OWNER) as client:
        elsewhere = await client.patch(
            f"/api/v1/groups/{BOT_ID}/{OWN}",
            json={"posture": "observing"},
            headers={"Idempotency-Key": "a"},
        )

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "idempotency_key_reused")
    assert await _made(each_api) == 1


async def test_the_same_change_of_another_version_is_another_request(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    address = f"/api/v1/groups/{BOT_ID}/{OWN}/policy"
    async with each_api.client(subject=OWNER) as client:
        now = await client.get(address)
        answers = [
            await client.put(
                address,
                json={"policy": now.json()["policy"] | {"mute_days": 3}},
                headers={"Idempotency-Key": "a", "If-Match": tag},
            )
            for tag in (now.headers["ETag"], now.headers["ETag"], '"77"')
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert answers[1].headers["ETag"] == answers[0].headers["ETag"] != now.headers["ETag"]


async def test_keys_of_other_people_are_others(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    mine = await _make(each_api, "a")
    theirs = await _make(each_api, "a", subject=f"user:{USERS['admin']}")
    assert mine.json()["id"] != theirs.json()["id"]


async def test_what_was_refused_may_be_asked_for_again(each_api: ApiUnderTest) -> None:
    malformed = await _make(each_api, "a", {"name": "report"})
    mended = await _make(each_api, "a")
    assert (malformed.status_code, mended.status_code) == (422, 201)


async def test_a_key_is_visible_ascii_and_not_too_long(each_api: ApiUnderTest) -> None:
    answers = [await _make(each_api, key) for key in ("", "two words", "k" * 256)]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(422, "request_invalid")}
    assert await _made(each_api) == 0


async def test_who_asks_while_the_first_is_under_way_waits(each_api: ApiUnderTest) -> None:
    await _claim(each_api, "a", ago=timedelta(seconds=50))
    answer = await _make(each_api, "a")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert answer.headers["Retry-After"] == "1"


async def test_many_who_ask_at_once_get_one_write(each_api: ApiUnderTest) -> None:
    answers = await asyncio.gather(*(_make(each_api, "a") for _ in range(6)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({one.json()["key"] for one in answers if one.status_code == 201}) == 1
    assert await _made(each_api) == 1


async def test_the_key_of_a_process_that_died_is_free_after_a_minute(
    each_api: ApiUnderTest,
) -> None:
    await _claim(each_api, "a", ago=timedelta(seconds=61))
    answer = await _make(each_api, "a")
    assert answer.status_code == 201
    assert (await _make(each_api, "a")).json() == answer.json()


async def test_answers_are_sealed_and_kept_for_a_day(each_api: ApiUnderTest) -> None:
    made = (await _make(each_api, "a")).json()
    database = each_api.ports.database
    async with database.transaction() as session:
        (row,) = await session.scalars(select(IdempotencyKey))
    assert row.answer is not None
    assert made["key"].encode() not in row.answer

    later = datetime.now(UTC) + ANSWERS_ARE_KEPT
    await Retention(database, clock=lambda: later - timedelta(minutes=1)).purge()
    assert (await _make(each_api, "a")).json() == made
    await Retention(database, clock=lambda: later + timedelta(minutes=1)).purge()
    assert (await _make(each_api, "a")).json() != made


async def test_a_read_ignores_a_key(each_api: ApiUnderTest) -> None:
    async with each_api.client(subject=OWNER) as client:
        client.headers["Idempotency-Key"] = "a"
        answers = [await client.get("/api/v1/me") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "Idempotency-Replayed" not in answers[1].headers
