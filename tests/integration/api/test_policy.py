"""A group's policy: read, changed under a precondition, refused by field, its history and the way back."""

import json
from typing import Any

import httpx
import pytest
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, DAY, group_row
from tests.support.team import member_row

from chatwarden.storage.models import Group, Workspace
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.repositories.policies import publish_policy

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/policy"
NEIGHBOUR, LIKE_IT, ELSEWHERE = CHAT_ID - 1, CHAT_ID - 2, CHAT_ID - 3
RULE: dict[str, Any] = {
    "id": "casino",
    "kind": "wildcard",
    "pattern": "casin*",
    "verdict": {"message": "delete"},
}


@pytest.fixture
def api(each_api: ApiUnderTest) -> ApiUnderTest:
    """Over each of the two databases."""
    return each_api


async def _put(
    client: httpx.AsyncClient, policy: Any, *, over: int | None, reason: str = ""
) -> httpx.Response:
    headers = {} if over is None else {"If-Match": f'"{over}"'}
    # Escaped, so that a lone surrogate gets as far as the server.
    content = json.dumps({"policy": policy, "reason": reason})
    headers["Content-Type"] = "application/json"
    return await client.put(ADDRESS, content=content, headers=headers)


async def _stored(api: ApiUnderTest) -> Group:
    async with api.ports.database.transaction() as session:
        group = await find_group(session, bot_id=BOT_ID, chat_id=CHAT_ID)
    assert group is not None
    return group


async def test_a_policy_is_read_whole_with_its_tag_and_how_the_group_began(
    api: ApiUnderTest,
) -> None:
    await api.add(group_row(policy={"preset": "gentle"}))
    async with api.client() as client:
        answer = await client.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"1"'
    shown = answer.json()
    assert (shown["version"], shown["made_by"], shown["reason"]) == (1, None, "as it was")
    assert shown["made_at"] == DAY.isoformat().replace("+00:00", "Z")
    assert (shown["policy"]["preset"], shown["policy"]["mute_days"]) == ("gentle", 7)


async def test_a_change_is_a_new_version_that_the_pipeline_hears_of(api: ApiUnderTest) -> None:
    await api.add(group_row())
    async with api.client() as client:
        answer = await _put(client, {"mute_days": 3}, over=1, reason=" Milder ")
        again = (await client.get(ADDRESS)).json()
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"2"'
    assert answer.json() == again
    assert (again["version"], again["made_by"], again["reason"]) == (2, "operator", "Milder")
    stored = await _stored(api)
    assert (stored.policy_version, stored.policy) == (2, again["policy"])
    assert stored.policy["mute_days"] == 3
    assert api.changed_groups == [(BOT_ID, CHAT_ID)]


async def test_a_change_that_changes_nothing_makes_no_version(api: ApiUnderTest) -> None:
    await api.add(group_row())
    async with api.client() as client:
        answer = await _put(client, {"mute_days": 7}, over=1)
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert api.changed_groups == []


async def test_who_saves_on_top_of_an_older_version_loses_nobody_s_change(
    api: ApiUnderTest,
) -> None:
    await api.add(group_row())
    async with api.client() as client:
        first = await _put(client, {"mute_days": 3}, over=1)
        second = await _put(client, {"ban_days": 9}, over=1)
        without = await _put(client, {"ban_days": 9}, over=None)
    assert (first.status_code, second.status_code, without.status_code) == (200, 412, 428)
    assert second.json()["code"] == "policy_changed"
    assert without.json()["code"] == "precondition_missing"
    stored = await _stored(api)
    assert (stored.policy["mute_days"], stored.policy["ban_days"]) == (3, 30)


async def test_of_two_who_read_the_same_version_only_the_first_publishes(
    api: ApiUnderTest,
) -> None:
    await api.add(group_row())
    stale = await _stored(api)
    async with api.client() as client:
        await _put(client, {"mute_days": 3}, over=1)
    async with api.ports.database.transaction() as session:
        made = await publish_policy(
            session, stale, {"preset": "strict"}, reason="late", made_by="user:5", now=DAY
        )
    assert not made
    stored = await _stored(api)
    assert (stored.policy_version, stored.policy["preset"]) == (2, "standard")


@pytest.mark.parametrize(
    ("policy", "field", "words"),
    [
        ({"mute_days": 0}, "mute_days", "1..=365"),
        ({"mute_days": "x"}, "mute_days", "expected u16"),
        ({"mute_days": 10**30}, "mute_days", "expected"),
        ({"preset": "harsh"}, "preset", "expected one of"),
        ({"thresholds": {"delete": 990}}, "thresholds", "must rise"),
        ({"signals": {"nonsense": {}}}, "signals.nonsense", "no signal"),
        ({"signals": {"newness": {"factor": 301}}}, "signals.newness.factor", "0..=300"),
        ({"rules": [RULE | {"pattern": "a"}]}, 'rules[0] ("casino"): pattern', "too short"),
        ({"colour": 1}, "colour", "unknown field"),
        ({"rules": [RULE | {"note": "\ud800"}]}, "rules[0].note", ""),
    ],
)
async def test_a_policy_that_the_engine_refuses_names_its_field(
    api: ApiUnderTest, policy: dict[str, Any], field: str, words: str
) -> None:
    await api.add(group_row())
    async with api.client() as client:
        answer = await _put(client, policy, over=1)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "policy_invalid"
    (error,) = problem["errors"]
    assert error["field"] == field
    assert words in error["text"]
    assert (await _stored(api)).policy_version == 1
    assert api.changed_groups == []


async def test_odd_characters_in_a_note_are_kept_and_refused_in_a_reason(
    api: ApiUnderTest,
) -> None:
    await api.add(group_row())
    async with api.client() as client:
        kept = await _put(client, {"rules": [RULE | {"note": "\x00 𝗰 ё"}]}, over=1)
        refused = await _put(client, {"mute_days": 3}, over=2, reason="\x00")
        torn = await _put(client, {"mute_days": 3}, over=2, reason="\ud800")
    assert kept.json()["policy"]["rules"][0]["note"] == "\x00 𝗰 ё"
    assert [refused.status_code, torn.status_code] == [422, 422]


async def test_the_history_tells_who_changed_what_in_pages(api: ApiUnderTest) -> None:
    await api.add(group_row())
    stricter = {"signals": {"newness": {"factor": 150}}, "rules": [RULE]}
    async with api.client() as client:
        await _put(client, {"mute_days": 3}, over=1, reason="Milder")
        await _put(client, stricter, over=2)
        newest = (await client.get(f"{ADDRESS}/versions", params={"limit": 2})).json()
        rest = await client.get(
            f"{ADDRESS}/versions", params={"limit": 2, "cursor": newest["next_cursor"]}
        )
    third, second = newest["items"]
    assert [change["field"] for change in third["changes"]] == [
        "mute_days",
        "rules.casino",
        "signals.newness.factor",
    ]
    rule, factor = third["changes"][1:]
    assert (rule["before"], rule["after"]["pattern"]) == (None, "casin*")
    assert (factor["before"], factor["after"]) == (100, 150)
    assert (second["version"], second["made_by"], second["reason"]) == (2, "operator", "Milder")
    assert second["changes"] == [{"field": "mute_days", "before": 7, "after": 3}]
    (first,) = rest.json()["items"]
    assert (first["version"], first["reason"], first["changes"]) == (1, "as it was", [])
    assert rest.json()["next_cursor"] is None


async def test_a_group_that_never_changed_has_one_version(api: ApiUnderTest) -> None:
    await api.add(group_row())
    async with api.client() as client:
        history = (await client.get(f"{ADDRESS}/versions")).json()
        first = (await client.get(f"{ADDRESS}/versions/1")).json()
        unknown = await client.get(f"{ADDRESS}/versions/2")
    assert [item["version"] for item in history["items"]] == [1]
    assert first["policy"]["preset"] == "standard"
    assert unknown.status_code == 404


async def test_a_return_is_a_new_version_with_the_former_policy(api: ApiUnderTest) -> None:
    await api.add(group_row())
    async with api.client() as client:
        await _put(client, {"mute_days": 3}, over=1)
        stale = await client.post(f"{ADDRESS}/versions/1/return", headers={"If-Match": '"1"'})
        answer = await client.post(f"{ADDRESS}/versions/1/return", headers={"If-Match": '"2"'})
        unknown = await client.post(f"{ADDRESS}/versions/9/return", headers={"If-Match": '"3"'})
        blind = await client.post(f"{ADDRESS}/versions/1/return")
    assert (stale.status_code, unknown.status_code, blind.status_code) == (412, 404, 428)
    shown = answer.json()
    assert (shown["version"], shown["reason"]) == (3, "back to version 1")
    assert shown["policy"]["mute_days"] == 7
    assert api.changed_groups == [(BOT_ID, CHAT_ID)] * 2


async def test_a_foreign_group_s_policy_is_not_there(api: ApiUnderTest) -> None:
    await api.add(group_row())
    async with api.client(subject="user:5") as client:
        answers = [
            await client.get(ADDRESS),
            await _put(client, {"mute_days": 3}, over=1),
            await client.get(f"{ADDRESS}/versions"),
            await client.get(f"{ADDRESS}/versions/1"),
            await client.post(f"{ADDRESS}/versions/1/return", headers={"If-Match": "*"}),
        ]
    async with api.client(subject=None) as client:
        signed_out = await client.get(ADDRESS)
    assert [answer.status_code for answer in answers] == [404] * 5
    assert signed_out.status_code == 401
    assert (await _stored(api)).policy_version == 1


async def test_the_form_has_the_schema_and_what_presets_stand_for(api: ApiUnderTest) -> None:
    async with api.client() as client:
        form = (await client.get("/api/v1/policy-form")).json()
    assert form["document_schema"]["properties"]["mute_days"]["maximum"] == 365
    assert [preset["preset"] for preset in form["presets"]] == ["gentle", "standard", "strict"]
    assert form["presets"][1]["bars"][1] == {"name": "delete", "probability": 600}


async def _workspace(api: ApiUnderTest) -> None:
    """The group, two neighbours of its workspace, and one of another."""
    await api.add(
        *(Workspace(id=number, bot_id=BOT_ID, owner_id=number, created_at=DAY) for number in (1, 2))
    )
    own = {"text_threshold": {"shift": 300}}
    await api.add(
        group_row(workspace_id=1, policy={"preset": "strict", "rules": [RULE]}, policy_version=5),
        group_row(chat_id=NEIGHBOUR, title="Market", workspace_id=1, policy=own),
        group_row(chat_id=LIKE_IT, title="Shed", workspace_id=1, policy={"preset": "strict"}),
        group_row(chat_id=ELSEWHERE, title="Elsewhere", workspace_id=2),
    )


async def _policies(client: httpx.AsyncClient) -> dict[int, dict[str, Any]]:
    groups = (await client.get("/api/v1/groups")).json()["items"]
    return {
        one["chat_id"]: (
            await client.get(f"/api/v1/groups/{BOT_ID}/{one['chat_id']}/policy")
        ).json()
        for one in groups
    }


async def test_the_other_groups_of_the_workspace_take_the_policy_and_their_history_leads_back(
    api: ApiUnderTest,
) -> None:
    await _workspace(api)
    async with api.client() as client:
        before = await _policies(client)
        answer = await client.post(f"{ADDRESS}/spread")
        again = await client.post(f"{ADDRESS}/spread")
        after = await _policies(client)
        log = (await client.get("/api/v1/audit-log?kind=policy_changed")).json()["items"]
        neighbour = f"/api/v1/groups/{BOT_ID}/{NEIGHBOUR}/policy"
        back = await client.post(f"{neighbour}/versions/1/return", headers={"If-Match": '"2"'})
    assert answer.json()["items"] == [
        {"chat_id": NEIGHBOUR, "title": "Market", "version": 2, "is_new": True},
        {"chat_id": LIKE_IT, "title": "Shed", "version": 2, "is_new": True},
    ]
    assert [one["is_new"] for one in again.json()["items"]] == [False, False]
    mine = after[CHAT_ID]["policy"]
    assert after[LIKE_IT]["policy"] == mine
    # What each group's own members write decides where the text model's threshold stands.
    assert after[NEIGHBOUR]["policy"]["text_threshold"]["shift"] == 300
    assert after[NEIGHBOUR]["policy"] | {"text_threshold": mine["text_threshold"]} == mine
    assert after[NEIGHBOUR]["reason"] == "as another group of the workspace"
    assert (after[CHAT_ID], after[ELSEWHERE]) == (before[CHAT_ID], before[ELSEWHERE])
    assert api.changed_groups[:2] == [(BOT_ID, NEIGHBOUR), (BOT_ID, LIKE_IT)]
    assert {event["group"]["chat_id"] for event in log} == {NEIGHBOUR, LIKE_IT}
    assert back.json()["policy"] == before[NEIGHBOUR]["policy"]


async def test_it_goes_no_further_than_who_spreads_it_is_an_admin(api: ApiUnderTest) -> None:
    await _workspace(api)
    await api.add(
        member_row(13, "admin"),
        member_row(13, "admin", chat_id=NEIGHBOUR),
        member_row(13, "moderator", chat_id=LIKE_IT, source="invitation"),
        member_row(13, "admin", chat_id=ELSEWHERE),
    )
    async with api.client(subject="user:13") as client:
        spread = (await client.post(f"{ADDRESS}/spread")).json()["items"]
    assert [one["chat_id"] for one in spread] == [NEIGHBOUR]
    assert api.changed_groups == [(BOT_ID, NEIGHBOUR)]


async def test_a_group_that_is_alone_spreads_nothing(api: ApiUnderTest) -> None:
    await api.add(group_row(), group_row(chat_id=NEIGHBOUR, title="Market"))
    async with api.client() as client:
        answer = await client.post(f"{ADDRESS}/spread")
    assert answer.json() == {"items": []}
    assert api.changed_groups == []
