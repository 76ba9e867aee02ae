"""Files of policies over the API: out, what one would change, and in."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.api import ApiUnderTest, api_over
from tests.support.rows import BOT_ID, CHAT_ID, group_row

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/transfer"
FILE = {
    "name": "chatwarden.yaml",
    "content": "format: 1\npolicy: {mute_days: 3}\nallowed:\n- {kind: user, id: 17}\n",
}


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[ApiUnderTest]:
    async with api_over(sqlite_url) as api:
        await api.add(group_row(policy={"ban_days": 9}))
        yield api


async def test_what_is_exported_is_taken_back_and_changes_nothing(api: ApiUnderTest) -> None:
    async with api.client() as client:
        exported = await client.get(ADDRESS)
        table = await client.get(ADDRESS, params={"form": "csv"})
        again = await client.post(f"{ADDRESS}/preview", json={"content": exported.text})
    assert exported.headers["content-type"].startswith("application/yaml")
    assert "ban_days: 9" in exported.text
    assert exported.headers["etag"] == '"1"'
    assert table.text.startswith("id,kind,pattern,")
    assert again.json() == {
        "source": "chatwarden",
        "changes": [],
        "newly_allowed": [],
        "left_out": [],
    }


async def test_a_file_is_compared_and_then_taken_in_over_the_version_that_was_seen(
    api: ApiUnderTest,
) -> None:
    async with api.client() as client:
        preview = await client.post(f"{ADDRESS}/preview", json=FILE)
        unseen = await client.post(ADDRESS, json=FILE)
        headers = {"If-Match": preview.headers["etag"]}
        taken = await client.post(ADDRESS, json=FILE, headers=headers)
        late = await client.post(ADDRESS, json=FILE, headers=headers)
        policy = (await client.get(ADDRESS.replace("transfer", "policy"))).json()

    shown = preview.json()
    assert [(one["field"], one["before"], one["after"]) for one in shown["changes"]] == [
        ("ban_days", 9, 30),
        ("mute_days", 7, 3),
    ]
    assert shown["newly_allowed"] == [{"sender_kind": "user", "sender_id": 17}]
    assert unseen.json()["code"] == "precondition_missing"
    assert (taken.status_code, taken.headers["etag"]) == (200, '"2"')
    assert late.json()["code"] == "policy_changed"
    assert (policy["version"], policy["policy"]["mute_days"]) == (2, 3)
    assert policy["reason"] == "a file of chatwarden"
    assert (BOT_ID, CHAT_ID) in api.changed_groups


async def test_what_was_taken_in_stands_in_the_audit_log(api: ApiUnderTest) -> None:
    async with api.client() as client:
        await client.post(ADDRESS, json=FILE, headers={"If-Match": "*"})
        log = (await client.get("/api/v1/audit-log")).json()["items"]
    kinds = {one["kind"] for one in log}
    assert {"policy_changed", "sender_allowed"} <= kinds


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ({"content": "format: 1\npolicy: {mute_days: 0}"}, "line 2, policy.mute_days"),
        ({"name": "r.csv", "content": "id,kind,pattern,message\na,b\n"}, "line 2"),
        ({"content": "format: 1\n\udc80"}, "line 2"),
    ],
)
async def test_a_fault_is_named_by_line_and_field(
    api: ApiUnderTest, file: dict[str, Any], field: str
) -> None:

    async with api.client() as client:
        answer = await client.post(
            f"{ADDRESS}/preview",
            content=json.dumps(file),
            headers={"Content-Type": "application/json"},
        )
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "transfer_invalid")
    assert told["errors"][0]["field"] == field
    assert told["hint"]
