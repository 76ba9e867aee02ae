"""The deployment itself: how it is, what was set aside, and what an examination finds."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, dead_letter_row, group_row
from tests.support.team import USERS, fill

from chatwarden.storage.models import AuditEvent, DeadLetter, Interaction, Model
from chatwarden.storage.repositories import dead_letters, interactions

ADDRESS = "/api/v1/operator"
LETTERS = f"{ADDRESS}/dead-letters"
SECRET = b'{"update_id": 9, "message": {"text": "secret words", "chat": {"id": -5}}}'


async def rows(api: ApiUnderTest, model: type[Model]) -> list[Any]:
    async with api.ports.database.transaction() as session:
        return list(await session.scalars(select(model)))


async def letters(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(LETTERS, params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_the_deployment_tells_its_parts_queues_groups_database_and_versions(
    each_api: ApiUnderTest,
) -> None:
    late = datetime.now(UTC) - timedelta(minutes=10)
    await each_api.add(
        group_row(),
        group_row(chat_id=CHAT_ID - 1, mode="observe", missing_rights=["can_delete_messages"]),
        group_row(chat_id=CHAT_ID - 2, left_at=late),
        dead_letter_row(sealer=each_api.sealer),
        Interaction(bot_id=BOT_ID, update_id=7, chat_id=CHAT_ID, sealed=b"", due_at=late, tries=1),
    )
    async with each_api.client() as client:
        told = (await client.get(ADDRESS)).json()

    assert told["profile"] == "embedded"
    assert told["parts"] == [{"name": "database", "state": "ok", "detail": "SQLite"}]
    assert told["census"] == {"bots": 1, "groups": 2, "guarded": 1, "lacking_rights": 1}
    assert told["dead_letters"] == {"update": 1, "interaction": 0}
    assert told["database"]["kind"] == each_api.ports.database.kind
    assert told["database"]["size"] > 100_000
    assert told["versions"]["layout"] == told["versions"]["newest_layout"]
    queues = {one["queue"]: one for one in told["queues"]}
    assert queues["interactions"]["waiting"] == 1
    assert 590 <= queues["interactions"]["late_seconds"] <= 700
    assert queues["actions"] == {"queue": "actions", "waiting": 0, "late_seconds": 0}


async def test_metrics_tell_the_same_queues(api: ApiUnderTest) -> None:
    await api.add(
        Interaction(
            bot_id=BOT_ID,
            update_id=7,
            chat_id=CHAT_ID,
            sealed=b"",
            due_at=datetime.now(UTC) + timedelta(hours=1),
            tries=1,
        )
    )
    async with api.client(subject=None) as client:
        lines = (await client.get("/metrics")).text.splitlines()

    assert 'chatwarden_queue_waiting{queue="interactions"} 1' in lines
    assert 'chatwarden_queue_late_seconds{queue="interactions"} 0.000' in lines


async def test_dead_letters_come_in_pages_without_a_word_of_theirs(
    each_api: ApiUnderTest,
) -> None:
    for number in range(5):
        letter = dead_letter_row(
            SECRET,
            sealer=each_api.sealer,
            update_id=number,
            kind="interaction" if number == 2 else "update",
        )
        await each_api.add(letter)
    await each_api.add(dead_letter_row(sealer=each_api.sealer, bot_id=BOT_ID + 1))
    async with each_api.client() as client:
        first = await letters(client, limit=3)
        second = await letters(client, limit=3, cursor=first["next_cursor"])
        spoken = await letters(client, kind="interaction")

    assert [one["update_id"] for one in first["items"] + second["items"]] == [4, 3, 2, 1, 0]
    assert second["next_cursor"] is None
    assert [one["update_id"] for one in spoken["items"]] == [2]
    assert "secret" not in json.dumps([first, second])


async def test_a_letter_is_handed_on_once_and_is_noted(each_api: ApiUnderTest) -> None:
    await each_api.add(dead_letter_row(SECRET, sealer=each_api.sealer))
    async with each_api.client() as client:
        (letter,) = (await letters(client))["items"]
        told = await client.post(f"{LETTERS}/{letter['id']}/replay")
        again = await client.post(f"{LETTERS}/replay", json={"kind": "update"})

    assert told.json()["replayed_at"] is not None
    assert again.json() == {"replayed": 0, "sealed": 0, "left": 0}
    assert each_api.replayed == [SECRET]
    (event,) = [one for one in await rows(each_api, AuditEvent) if one.kind != "signed_in"]
    assert (event.kind, event.target) == ("dead_letters_replayed", str(letter["id"]))
    assert event.detail == {"kind": "update", "letters": 1}


async def test_a_letter_that_fails_again_lies_where_it_lay_with_one_more_try(
    each_api: ApiUnderTest,
) -> None:
    letter = dead_letter_row(SECRET, sealer=each_api.sealer)
    await each_api.add(letter)
    async with each_api.client() as client:
        await client.post(f"{LETTERS}/{letter.id}/replay")
        async with each_api.ports.database.transaction() as session:
            failed = {
                "bot_id": BOT_ID,
                "update_id": 9,
                "kind": "update",
                "reason": "still no object",
                "sealed": letter.sealed,
                "received_at": datetime.now(UTC),
            }
            await dead_letters.set_aside(session, [failed])
        (shown,) = (await letters(client))["items"]

    assert (shown["id"], shown["tries"], shown["replayed_at"]) == (letter.id, 2, None)
    assert shown["reason"] == "still no object"


async def test_what_failed_again_before_it_could_be_marked_is_not_marked(
    each_api: ApiUnderTest,
) -> None:
    letter = dead_letter_row(SECRET, sealer=each_api.sealer)
    await each_api.add(letter)
    async with each_api.ports.database.transaction() as session:
        again = {name: getattr(letter, name) for name in ("bot_id", "update_id", "kind", "reason")}
        again |= {"sealed": letter.sealed, "received_at": datetime.now(UTC)}
        await dead_letters.set_aside(session, [again])
    async with each_api.ports.database.transaction() as session:
        await dead_letters.mark_replayed(session, letter, now=datetime.now(UTC))

    (kept,) = await rows(each_api, DeadLetter)
    assert (kept.tries, kept.replayed_at) == (2, None)


async def test_all_of_a_kind_are_replayed_and_what_does_not_open_is_told(
    each_api: ApiUnderTest,
) -> None:
    for number in range(3):
        await each_api.add(
            dead_letter_row(b"%d" % number, sealer=each_api.sealer, update_id=number)
        )
    await each_api.add(
        dead_letter_row(sealer=each_api.sealer, update_id=8, sealed=b"of another key"),
        dead_letter_row(sealer=each_api.sealer, update_id=9, kind="interaction"),
    )
    async with each_api.client() as client:
        answer = await client.post(f"{LETTERS}/replay", json={"kind": "update"})
        lying = [one for one in (await letters(client))["items"] if one["replayed_at"] is None]

    assert answer.json() == {"replayed": 3, "sealed": 1, "left": 0}
    assert each_api.replayed == [b"0", b"1", b"2"]
    assert {one["update_id"] for one in lying} == {8, 9}


async def test_what_was_not_answered_goes_back_into_the_inbox_as_it_was(
    each_api: ApiUnderTest,
) -> None:
    await each_api.add(dead_letter_row(SECRET, sealer=each_api.sealer, kind="interaction"))
    async with each_api.client() as client:
        await client.post(f"{LETTERS}/replay", json={"kind": "interaction"})

    (waiting,) = await rows(each_api, Interaction)
    assert (waiting.update_id, waiting.chat_id, waiting.tries) == (9, -5, 0)
    place = interactions.place_of(BOT_ID, 9)
    assert each_api.sealer.open(waiting.sealed, place=place) == SECRET
    assert each_api.replayed == []


async def test_a_letter_of_a_lost_key_says_so_and_can_be_dropped(each_api: ApiUnderTest) -> None:
    letter = dead_letter_row(sealer=each_api.sealer, sealed=b"of another key")
    await each_api.add(letter)
    async with each_api.client() as client:
        refused = await client.post(f"{LETTERS}/{letter.id}/replay")
        dropped = await client.delete(f"{LETTERS}/{letter.id}")
        gone = await client.delete(f"{LETTERS}/{letter.id}")

    assert (refused.status_code, refused.json()["code"]) == (409, "replay_impossible")
    assert (dropped.status_code, gone.status_code) == (204, 404)
    assert await rows(each_api, DeadLetter) == []
    assert "dead_letter_dropped" in {one.kind for one in await rows(each_api, AuditEvent)}


async def test_an_examination_says_how_to_mend_and_may_not_be_asked_for_too_often(
    api: ApiUnderTest,
) -> None:
    async with api.client() as client:
        first, *_, last = [await client.post(f"{ADDRESS}/checks") for _ in range(7)]

    found = {one["part"]: one for one in first.json()["items"]}
    assert found["token"]["state"] == "failing"
    assert "@BotFather" in found["token"]["mend"]
    assert (last.status_code, last.json()["code"]) == (429, "too_many_checks")
    assert int(last.headers["retry-after"]) > 0


async def test_a_newcomer_gets_the_link_that_asks_for_the_rights(api: ApiUnderTest) -> None:
    async with api.client() as client:
        told = (await client.get(f"{ADDRESS}/setup")).json()

    assert told["bot"] == "warden_test_bot"
    assert told["add_to_group"] == (
        "https://t.me/warden_test_bot?startgroup=setup&admin=delete_messages+restrict_members"
    )
    assert [one["title"] for one in told["rights"]] == ["Delete messages", "Ban users"]


async def test_an_owner_of_a_group_is_no_operator(api: ApiUnderTest) -> None:
    await fill(api)
    async with api.client(subject=f"user:{USERS['owner']}") as client:
        assert (await client.get(ADDRESS)).status_code == 403
        assert (await client.post(f"{ADDRESS}/checks")).status_code == 403
