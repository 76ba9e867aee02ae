"""Letting a group be guarded, or only watched."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, DAY, group_row, outcome_row
from tests.support.team import member_row

from chatwarden.storage.models import Group, HourlyCount
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.repositories.team import KnownAdmin, take_admins

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}"


async def _group(api: ApiUnderTest) -> Group:
    async with api.ports.database.transaction() as session:
        group = await find_group(session, bot_id=BOT_ID, chat_id=CHAT_ID)
    assert group is not None
    return group


async def _mode(api: ApiUnderTest) -> str:
    return (await _group(api)).mode


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
    await api.add(group_row(mode="observe", observe_until=datetime.now(UTC)), counted)
    async with api.client() as client:
        answer = await client.patch(ADDRESS, json={"posture": "guarding"})
        (listed,) = (await client.get("/api/v1/groups")).json()["items"]
    assert answer.status_code == 200
    assert answer.json() == listed
    assert listed["posture"] == "guarding"
    assert listed["today"]["judged"] == 9
    group = await _group(api)
    assert (group.mode, group.observe_until) == (
        "guard",
        None,
    ), "nobody is told again that it is over"
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


async def test_a_person_sees_and_changes_the_groups_they_moderate_and_no_others(
    api: ApiUnderTest,
) -> None:
    foreign = CHAT_ID - 1
    outcomes = [outcome_row(1), outcome_row(2, chat_id=foreign)]
    await api.add(group_row(mode="observe"), group_row(chat_id=foreign, title="Foreign"), *outcomes)
    await api.add(member_row(5, "admin"))
    mine, theirs = (outcome.trace_id for outcome in outcomes)
    other = f"/api/v1/groups/{BOT_ID}/{foreign}"
    async with api.client(subject="user:5") as client:
        groups = (await client.get("/api/v1/groups")).json()["items"]
        listed = (await client.get("/api/v1/outcomes")).json()["items"]
        asked = (await client.get("/api/v1/outcomes", params={"chat_id": foreign})).json()["items"]
        allowed = [
            await client.get(f"/api/v1/outcomes/{mine}"),
            await client.patch(ADDRESS, json={"posture": "guarding"}),
            await client.get(f"{ADDRESS}/policy"),
        ]
        refused = [
            await client.get(f"/api/v1/outcomes/{theirs}"),
            await client.post(f"/api/v1/outcomes/{theirs}/undo"),
            await client.post(f"/api/v1/outcomes/{theirs}/feedback", json={"label": "spam"}),
            await client.patch(other, json={"posture": "observing"}),
            await client.get(f"{other}/policy"),
            await client.get(f"{other}/policy/versions"),
        ]
    assert [group["chat_id"] for group in groups] == [CHAT_ID]
    assert [outcome["trace_id"] for outcome in listed] == [mine]
    assert asked == []
    assert [answer.status_code for answer in allowed] == [200, 200, 200]
    assert [answer.status_code for answer in refused] == [404] * len(refused)


async def test_who_moderates_no_more_sees_the_group_no_more(api: ApiUnderTest) -> None:
    await api.add(group_row(), member_row(5, "admin"))
    async with api.client(subject="user:5") as client:
        before = (await client.get("/api/v1/groups")).json()["items"]
        async with api.ports.database.transaction() as session:
            await take_admins(
                session,
                [KnownAdmin(6, "owner", "Rosa")],
                bot_id=BOT_ID,
                chat_id=CHAT_ID,
                sealer=api.sealer,
                now=datetime.now(UTC),
            )
        after = (await client.get("/api/v1/groups")).json()["items"]
    assert len(before) == 1
    assert after == []


@pytest.mark.parametrize("subject", ["user:", "user:5x", "user:-5", "admin", "user:05 "])
async def test_a_subject_that_is_none_sees_nothing(api: ApiUnderTest, subject: str) -> None:
    await api.add(group_row(), member_row(5, "admin"))
    async with api.client(subject=subject) as client:
        assert (await client.get("/api/v1/groups")).json()["items"] == []


async def _settings(api: ApiUnderTest, subject: str = "operator") -> Any:
    async with api.client(subject=subject) as client:
        answer = await client.get(f"{ADDRESS}/settings")
    assert answer.status_code == 200
    return answer.json()


async def test_a_group_is_spoken_to_in_another_language(api: ApiUnderTest) -> None:
    await api.add(group_row())
    async with api.client() as client:
        changed = await client.patch(ADDRESS, json={"language": "es"})
        unknown = await client.patch(ADDRESS, json={"language": "xx"})
        event, *_ = (await client.get("/api/v1/audit-log")).json()["items"]
    assert changed.status_code == 200
    assert unknown.json()["errors"] == [
        {"field": "language", "text": "is none that the bot speaks"}
    ]
    assert (event["kind"], event["detail"]) == ("language_changed", {"language": "es"})
    settings = await _settings(api)
    assert settings["language"] == "es"
    assert {"code": "fa", "name": "فارسی"} in settings["languages"]
    assert await _mode(api) == "guard"


async def test_cards_go_to_a_group_of_the_callers_own_and_to_no_other(api: ApiUnderTest) -> None:
    team_chat, foreign = CHAT_ID - 1, CHAT_ID - 2
    await api.add(
        group_row(),
        group_row(chat_id=team_chat, title="Our team"),
        group_row(chat_id=foreign, title="Foreign"),
        member_row(5, "admin"),
        member_row(5, "admin", chat_id=team_chat),
        member_row(6, "viewer"),
    )
    async with api.client(subject="user:5") as client:
        taken = await client.patch(ADDRESS, json={"card_chat_id": team_chat})
        refused = [
            await client.patch(ADDRESS, json={"card_chat_id": chat_id})
            for chat_id in (foreign, -5, 5)
        ]
    assert taken.status_code == 200
    assert {answer.status_code for answer in refused} == {422}
    mine, theirs = await _settings(api, "user:5"), await _settings(api, "user:6")
    assert (mine["card_chat_id"], mine["card_chat_title"]) == (team_chat, "Our team")
    assert (theirs["card_chat_id"], theirs["card_chat_title"]) == (None, None)
    assert theirs["has_card_chat"]
    async with api.client(subject="user:5") as client:
        await client.patch(ADDRESS, json={"card_chat_id": None})
    assert not (await _settings(api))["has_card_chat"]


async def test_what_is_shared_names_only_groups_that_the_caller_may_see(api: ApiUnderTest) -> None:
    here: dict[str, Any] = {"workspace_id": 1}
    await api.add(
        group_row(**here),
        group_row(chat_id=CHAT_ID - 1, title="Market", policy={"shared_bans": False}, **here),
        group_row(chat_id=CHAT_ID - 2, title="Hidden", **here),
        group_row(chat_id=CHAT_ID - 3, title="Left", left_at=DAY, **here),
        group_row(chat_id=CHAT_ID - 4, title="Elsewhere", workspace_id=2),
        member_row(5, "viewer"),
        member_row(5, "viewer", chat_id=CHAT_ID - 1),
    )
    settings = await _settings(api, "user:5")
    assert settings["workspace"] == [
        {"chat_id": CHAT_ID - 1, "title": "Market", "shares_bans": False}
    ]
    assert settings["hidden_in_workspace"] == 1


async def test_what_is_kept_is_told_in_figures(api: ApiUnderTest) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    counts = [
        HourlyCount(
            bot_id=BOT_ID,
            chat_id=CHAT_ID,
            hour=hour - timedelta(days=days),
            judged=100,
            flagged=flagged,
            deleted=0,
            punished=0,
        )
        for days, flagged in ((1, 3), (40, 5))
    ]
    await api.add(group_row(), *counts)
    async with api.client() as client:
        await client.put(f"{ADDRESS}/senders/77/allowed")
    kept = (await _settings(api))["kept"]
    assert (kept["judged"], kept["outcomes"], kept["with_text"]) == (200, 8, 3)
    assert (kept["text_days"], kept["trace_days"], kept["allowed"]) == (30, 180, 1)
