"""Who did what, when."""

from typing import Any

from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID
from tests.support.team import FOREIGN, FOREIGN_OWNER, OWN, USERS, fill

ADDRESS = "/api/v1/audit-log"
ADMIN = f"user:{USERS['admin']}"
MODERATOR = f"user:{USERS['moderator']}"


async def _events(api: ApiUnderTest, who: str, **query: Any) -> list[dict[str, Any]]:
    async with api.client(subject=who) as client:
        answer = await client.get(ADDRESS, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _act(api: ApiUnderTest) -> None:
    """What an admin and a moderator do in an evening."""
    group = f"/api/v1/groups/{BOT_ID}/{OWN}"
    async with api.client(subject=ADMIN) as client:
        await client.patch(group, json={"posture": "observing"})
        await client.patch(group, json={"posture": "observing"})
        policy = {"policy": {"preset": "strict"}, "reason": "raid"}
        await client.put(f"{group}/policy", json=policy, headers={"If-Match": "*"})
    async with api.client(subject=MODERATOR) as client:
        outcome = f"/api/v1/outcomes/{BOT_ID}-71-1"
        await client.post(f"{outcome}/feedback", json={"label": "spam"})
        await client.post(f"{outcome}/feedback", json={"label": "spam"})
        await client.delete(f"{outcome}/feedback")
        await client.delete(f"{outcome}/feedback")
        await client.post(f"{outcome}/undo")


async def test_what_changed_something_stands_there_once_with_who_and_what(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    await _act(each_api)
    events = await _events(each_api, ADMIN, chat_id=OWN)
    told = [(one["kind"], one["subject"], one["target"], one["detail"]) for one in events]
    trace_id = f"{BOT_ID}-71-1"
    assert told == [
        ("undone", MODERATOR, trace_id, None),
        ("feedback_taken_back", MODERATOR, trace_id, None),
        ("feedback_given", MODERATOR, trace_id, {"label": "spam"}),
        ("policy_changed", ADMIN, None, {"version": 2}),
        ("posture_changed", ADMIN, None, {"posture": "observing"}),
    ]
    assert {one["group"]["title"] for one in events} == {"Balcony gardeners"}


async def test_others_see_neither_a_groups_events_nor_whom_else_signed_in(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    await _act(each_api)
    for subject in (f"user:{FOREIGN_OWNER}", MODERATOR):
        events = await _events(each_api, subject)
        assert {one["kind"] for one in events} == {"signed_in"}
        assert {one["subject"] for one in events} == {subject}


async def test_the_operator_sees_all_of_it(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await _act(each_api)
    events = await _events(each_api, "operator")
    assert {one["subject"] for one in events if one["kind"] == "signed_in"} == {
        ADMIN,
        MODERATOR,
        "operator",
    }
    assert len(events) == 8


async def test_it_is_narrowed_by_who_what_and_when(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await _act(each_api)
    kinds = ["policy_changed", "undone"]
    narrowed = await _events(each_api, "operator", kind=kinds)
    assert {one["kind"] for one in narrowed} == set(kinds)
    assert {one["subject"] for one in await _events(each_api, "operator", subject=ADMIN)} == {ADMIN}
    assert await _events(each_api, "operator", chat_id=FOREIGN) == []
    moment = narrowed[-1]["at"]
    later = await _events(each_api, "operator", since=moment)
    earlier = await _events(each_api, "operator", until=moment)
    assert all(one["at"] >= moment for one in later)
    assert all(one["at"] < moment for one in earlier)
    assert len(earlier) > 0


async def test_pages_follow_each_other_without_gap_or_repetition(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await _act(each_api)
    seen: list[int] = []
    cursor: str | None = None
    async with each_api.client(subject=ADMIN) as client:
        while True:
            query = {"limit": "2", "chat_id": str(OWN)} | ({"cursor": cursor} if cursor else {})
            page = (await client.get(ADDRESS, params=query)).json()
            seen += [one["id"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert len(seen) == 5
    assert seen == sorted(set(seen), reverse=True)
