"""What the operator does where a person asks what is held about them, or to be erased."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from tests.support.api import PSEUDONYMS, ApiUnderTest, api_over
from tests.support.rows import CHAT_ID, action_row, group_row, outcome_row

from chatwarden.storage.models import Outcome

PERSON = 6000000071
ADDRESS = f"/api/v1/privacy/people/{PERSON}"


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[ApiUnderTest]:
    async with api_over(database_url) as api:
        outcome = outcome_row(71, sender_id=PERSON)
        await api.add(group_row(), outcome, action_row(outcome, "delete_message"))
        yield api


async def names_them(api: ApiUnderTest) -> bool:
    """Whether an outcome stands under their id."""
    async with api.ports.database.transaction() as session:
        return PERSON in set(await session.scalars(select(Outcome.sender_id)))


async def test_what_is_held_is_counted_and_written_down(api: ApiUnderTest) -> None:
    async with api.client() as client:
        held = (await client.get(ADDRESS)).json()
        file = await client.get(f"{ADDRESS}/file")
        log = (await client.get("/api/v1/audit-log?kind=person_exported")).json()["items"]
    assert (held["outcomes"], held["actions"], held["feedback"]) == (1, 1, 0)
    assert file.headers["Content-Disposition"] == f'attachment; filename="person-{PERSON}.json"'
    assert file.json()["person"] == PERSON
    assert sorted(file.json()["held"]) == ["actions", "outcomes"]
    assert [event["target"] for event in log] == [f"user:{PERSON}"]


async def test_whoever_is_erased_is_held_no_more_and_no_log_names_them(api: ApiUnderTest) -> None:
    async with api.client() as client:
        await client.get(f"{ADDRESS}/file")
        erased = await client.delete(ADDRESS)
        again = await client.delete(ADDRESS)
        held = (await client.get(ADDRESS)).json()
        log = (await client.get("/api/v1/audit-log")).json()["items"]
    assert erased.json()["rows"] == 3  # outcome, action, and what the log said of the file
    assert again.json()["rows"] == 0
    assert set(held.values()) == {0, None}
    assert api.forgotten[0] == (CHAT_ID, PERSON)
    assert not await names_them(api)
    pseudonym = f"user:{PSEUDONYMS.of(PERSON)}"
    assert {event["target"] for event in log if event["kind"].startswith("person_")} == {pseudonym}


async def test_erasing_waits_for_what_is_under_way(api: ApiUnderTest) -> None:
    outcome = outcome_row(72, sender_id=PERSON)
    await api.add(outcome, action_row(outcome, "ban", state="pending"))
    async with api.client() as client:
        refused = await client.delete(ADDRESS)
    assert (refused.status_code, refused.json()["code"]) == (409, "erasure_must_wait")
    assert await names_them(api)
    assert api.forgotten == []


async def test_of_somebody_unknown_nothing_is_held(api: ApiUnderTest) -> None:
    async with api.client() as client:
        held = (await client.get("/api/v1/privacy/people/42")).json()
        file = (await client.get("/api/v1/privacy/people/42/file")).json()
    assert set(held.values()) == {0, None}
    assert set(file["held"]) <= {"audit_events"}
