"""Senders of a group: found, filtered, told of, and what is done about them by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, DAY, action_row, group_row, outcome_row
from tests.support.team import FOREIGN, OWN, USERS, fill

from chatwarden.actions import Ending, EndState
from chatwarden.storage.models import Action, AllowedSender, AuditEvent, Group, Outcome, Strike

ADDRESS = f"/api/v1/groups/{BOT_ID}/{OWN}/senders"
MODERATOR = f"user:{USERS['moderator']}"
ADMIN = f"user:{USERS['admin']}"
CARLA = 6000000001 + 71
"""Muted by `fill`."""
FAR = datetime.now(UTC) + timedelta(days=100)


async def _ask(
    api: ApiUnderTest,
    method: str = "GET",
    path: str = "",
    *,
    who: str = MODERATOR,
    status: int = 200,
    body: Any = None,
    **query: Any,
) -> Any:
    async with api.client(subject=who) as client:
        answer = await client.request(method, ADDRESS + path, params=query, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def _ids(api: ApiUnderTest, **query: Any) -> list[int]:
    return [one["id"] for one in (await _ask(api, **query))["items"]]


async def _rows(api: ApiUnderTest, model: type[Any]) -> list[Any]:
    async with api.ports.database.transaction() as session:
        return list((await session.scalars(select(model))).all())


def _judged(
    number: int, sender_id: int, *, messages: int = 0, days: int = 0, **more: Any
) -> Outcome:
    row = outcome_row(number, sender_id=sender_id, date=DAY + timedelta(hours=number), **more)
    row.verdict = row.verdict | {"context": {"messages_here": messages, "days_here": days}}
    return row


def _allowed(sender_id: int, *, chat_id: int = OWN, minutes: int = 0) -> AllowedSender:
    return AllowedSender(
        bot_id=BOT_ID,
        chat_id=chat_id,
        sender_id=sender_id,
        sender_kind="user",
        allowed_by=ADMIN,
        allowed_at=DAY + timedelta(minutes=minutes),
    )


async def test_each_sender_stands_once_the_last_judged_first(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await each_api.add(_judged(100, 900), _judged(101, 901), _judged(102, 900), _judged(103, 902))
    await each_api.add(_judged(104, 903, chat_id=FOREIGN))
    assert await _ids(each_api) == [902, 900, 901, 5, CARLA]
    (row,) = (await _ask(each_api, search="900"))["items"]
    assert (row["outcomes"], row["last_judged_at"]) == (2, "2026-11-24T15:00:00Z")


@pytest.mark.parametrize("show", ["all", "untrusted", "allowed", "punished"])
async def test_pages_follow_each_other_in_each_filter(each_api: ApiUnderTest, show: str) -> None:
    await fill(each_api)
    for number in range(200, 207):
        row = _judged(number, number)
        await each_api.add(row, action_row(row, "ban"), _allowed(number, minutes=number // 3))
    seen: list[int] = []
    cursor: str | None = None
    while True:
        query: dict[str, Any] = {"limit": "2", "show": show}
        if cursor:
            query["cursor"] = cursor
        page = await _ask(each_api, **query)
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    # Who was new here is told by the verdict's context; what `fill` stores has none.
    others = {"all": {5, CARLA}, "punished": {CARLA}}.get(show, set())
    assert len(seen) == len(set(seen))
    assert set(seen) == {*range(200, 207), *others}


async def test_filters_tell_the_allowed_the_punished_and_the_untrusted(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    over = _judged(110, 910, messages=3)
    await each_api.add(
        over,
        action_row(over, "ban", until_date=DAY),
        _judged(111, 911, messages=25, days=8),
        _judged(112, 912, messages=12),
        _allowed(77),
    )
    assert await _ids(each_api, show="allowed") == [77]
    assert await _ids(each_api, show="punished") == [CARLA]
    assert await _ids(each_api, show="untrusted") == [910]
    levels = {
        one["id"]: one["trust"]["level"]
        for one in (await _ask(each_api))["items"]
        if one["trust"] is not None
    }
    assert levels == {910: "newcomer", 911: "trusted", 912: "known"}


async def test_a_name_is_found_by_a_part_of_it_and_not_in_another_group(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    sealer = each_api.sealer
    for number, name in ((120, "Ünal Güneş"), (121, "Somebody"), (122, "Gün")):
        await each_api.add(_judged(number, number, sealer=sealer, sender_name=name))
    assert await _ids(each_api, search="GÜN") == [122, 120]
    first = await _ask(each_api, search="gün", limit=1)
    assert [one["id"] for one in first["items"]] == [122]
    rest = await _ask(each_api, search="gün", limit=1, cursor=first["next_cursor"])
    assert [one["id"] for one in rest["items"]] == [120]
    assert await _ids(each_api, search=str(6000000001 + 72)) == []


@pytest.mark.parametrize("show", ["all", "allowed"])
async def test_a_cursor_that_is_none_is_refused_by_its_name(api: ApiUnderTest, show: str) -> None:
    await fill(api)
    problem = await _ask(api, status=422, cursor="x", show=show)
    assert problem["errors"][0]["field"] == "query.cursor"


async def test_a_sender_is_told_of_with_strikes_and_what_holds(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    now = datetime.now(UTC)
    for name, expires, taken_back in (("a", FAR, None), ("b", DAY, None), ("c", FAR, now)):
        await each_api.add(
            Strike(
                id=name,
                bot_id=BOT_ID,
                chat_id=OWN,
                sender_id=CARLA,
                given_by=ADMIN,
                given_at=DAY,
                expires_at=expires,
                taken_back_at=taken_back,
            )
        )
    told = await _ask(each_api, path=f"/{CARLA}")
    assert told["name"] == "Crypto Carla"
    assert [one["kind"] for one in told["actions_in_force"]] == ["mute"]
    assert [one["given_by"] for one in told["strikes"]] == [ADMIN]
    assert told["is_undoable"] and told["allowance"] is None
    unknown = await _ask(each_api, path="/-1009")
    assert (unknown["kind"], unknown["outcomes"], unknown["trust"]) == ("channel", 0, None)


async def test_their_history_is_the_feed_of_one_sender(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    async with each_api.client(subject=MODERATOR) as client:
        query = {"chat_id": OWN, "sender_id": CARLA}
        page = (await client.get("/api/v1/outcomes", params=query)).json()
    assert [one["trace_id"] for one in page["items"]] == [f"{BOT_ID}-71-1"]


async def test_undo_frees_them_once_whoever_asks(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    first = await _ask(each_api, "POST", f"/{CARLA}/undo", status=202)
    again = await _ask(each_api, "POST", f"/{CARLA}/undo", who=ADMIN, status=202)
    undos = [one for one in await _rows(each_api, Action) if one.kind == "undo"]
    assert len(undos) == 1
    assert (undos[0].requested_by, undos[0].message_id, undos[0].trace_id) == (
        MODERATOR,
        None,
        None,
    )
    assert first["last_undo"]["state"] == "pending"
    assert not again["is_undoable"]
    assert len(each_api.wakes) == 1
    events = [one.kind for one in await _rows(each_api, AuditEvent) if one.kind != "signed_in"]
    assert events == ["sender_undone"]


async def test_nothing_to_undo_is_refused(api: ApiUnderTest) -> None:
    await fill(api)
    problem = await _ask(api, "POST", "/5/undo", status=409)
    assert problem["code"] == "undo_impossible"


async def test_a_ban_is_asked_for_once_and_again_after_it_was_taken_back(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    for _ in range(2):
        await _ask(each_api, "POST", "/5/ban", status=202, body={})
    (ban,) = [one for one in await _rows(each_api, Action) if one.kind == "ban"]
    assert (ban.sender_kind, ban.until_date, ban.requested_by) == ("user", None, MODERATOR)
    now = datetime.now(UTC)
    states: tuple[EndState, ...] = ("done", "reversed")
    for state in states:
        ending = Ending(action_id=ban.id, state=state)
        await each_api.ports.actions.end(OWN, [ending], now=now)  # type: ignore[attr-defined]
    await _ask(each_api, "POST", "/5/ban", status=202, body={"days": 7})
    bans = [one for one in await _rows(each_api, Action) if one.kind == "ban"]
    assert len(bans) == 2
    (timed,) = [one for one in bans if one.until_date is not None]
    assert timed.until_date.microsecond == 0
    problem = await _ask(each_api, "POST", "/5/ban", status=422, body={"days": 0})
    assert problem["errors"][0]["field"] == "body.days"


async def test_who_is_allowed_is_freed_and_the_workspace_is_told(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    other = OWN - 500
    await each_api.add(group_row(chat_id=other, title="Other", workspace_id=7))
    async with each_api.ports.database.transaction() as session:
        own = await session.get(Group, (BOT_ID, OWN))
        assert own is not None
        own.workspace_id = 7
    told = await _ask(each_api, "PUT", f"/{CARLA}/allowed", who=ADMIN)
    await _ask(each_api, "PUT", f"/{CARLA}/allowed", who=ADMIN)
    assert (told["allowance"]["is_here"], told["allowance"]["allowed_by"]) == (True, ADMIN)
    assert told["last_undo"]["state"] == "pending"
    assert sorted(each_api.changed_groups) == [(BOT_ID, other), (BOT_ID, OWN)]
    gone = await _ask(each_api, "DELETE", f"/{CARLA}/allowed", who=ADMIN)
    assert (gone["allowance"], gone["is_allowed"]) == (None, False)
    events = [one.kind for one in await _rows(each_api, AuditEvent) if one.kind != "signed_in"]
    assert events == ["sender_allowed", "sender_allowed_no_more"]


async def test_what_another_group_of_the_workspace_allows_is_told_without_by_whom(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    await each_api.add(_allowed(CARLA, chat_id=FOREIGN))
    async with each_api.ports.database.transaction() as session:
        for chat_id in (OWN, FOREIGN):
            group = await session.get(Group, (BOT_ID, chat_id))
            assert group is not None
            group.workspace_id = 7
    told = await _ask(each_api, path=f"/{CARLA}")
    assert told["is_allowed"]
    assert told["allowance"] == {
        "is_here": False,
        "allowed_by": None,
        "name": None,
        "allowed_at": None,
    }


async def test_a_full_allow_list_says_so(
    api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(api)
    await api.add(_allowed(77))
    monkeypatch.setattr("chatwarden.storage.repositories.allowed.MOST_ALLOWED", 1)
    problem = await _ask(api, "PUT", "/78/allowed", who=ADMIN, status=409)
    assert problem["code"] == "allow_list_full"
    await _ask(api, "PUT", "/77/allowed", who=ADMIN)


async def test_a_moderator_allows_nobody_and_a_viewer_does_nothing(api: ApiUnderTest) -> None:
    await fill(api)
    viewer = f"user:{USERS['viewer']}"
    await _ask(api, "PUT", "/5/allowed", status=403)
    await _ask(api, "POST", f"/{CARLA}/undo", who=viewer, status=403)
    await _ask(api, "POST", "/5/ban", who=viewer, status=403, body={})
    assert (await _ask(api, path=f"/{CARLA}", who=viewer))["id"] == CARLA
