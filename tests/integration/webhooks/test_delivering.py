"""Events arrive, whatever receivers and processes do: over both databases, to a real receiver."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update
from tests.support.api import ApiUnderTest
from tests.support.receiver import Answer, Received, Receiver, close, flood, hang, receiving, status
from tests.support.rows import BOT_ID, CHAT_ID, group_row
from tests.support.webhooks import (
    Clock,
    ask,
    deliver_once,
    delivering,
    delivery_of,
    make_webhook,
    punish,
    until,
    webhook_row,
)

from chatwarden.storage.models import Action, Webhook
from chatwarden.storage.repositories.raids import begin_raid, end_raid
from chatwarden.storage.repositories.settling import record_outcomes, settle_outcomes
from chatwarden.storage.repositories.webhooks import GIVEN_UP_AFTER, note_rights
from chatwarden.webhooks import posting
from chatwarden.webhooks.delivering import LEASE, PAUSES

ROOT = Path(__file__).parents[3]


async def _verified(guide_secret: str, received: Received) -> bool:
    """By the receiver of the guide."""
    page = (ROOT / "docs" / "guides" / "webhooks.md").read_text()
    names: dict[str, Any] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], names)
    verdict: bool = names["is_genuine"](received.headers, received.body, guide_secret)
    return verdict


async def test_an_outcome_is_told_as_the_api_shows_it_without_words(
    api: ApiUnderTest, receiver: Receiver
) -> None:
    await api.add(group_row())
    await make_webhook(api, receiver.address)
    trace_id = await punish(api, 5, texts=[("text", "Easy money, жми t.me/+abc")])
    async with delivering(api, Clock()):
        await until(lambda: receiver.received)
    (received,) = receiver.received
    async with api.client() as client:
        shown = (await client.get(f"/api/v1/outcomes/{trace_id}")).json()
    del shown["texts"], shown["texts_state"], shown["sender"]["name"]
    assert received.told["outcome"] == shown
    assert received.told["event"] == "outcome.punished"
    assert received.told["group"] == {
        "bot_id": BOT_ID,
        "chat_id": CHAT_ID,
        "title": "Balcony gardeners",
    }
    assert received.told["id"] == received.id
    assert b"money" not in received.body
    assert "жми" not in received.body.decode()
    assert b"Carla" not in received.body


async def test_the_guides_receiver_takes_what_is_genuine_and_nothing_else(
    api: ApiUnderTest, receiver: Receiver
) -> None:
    await api.add(group_row())
    made = await make_webhook(api, receiver.address)
    await ask(api, "POST", f"/{made['id']}/test")
    (received,) = receiver.received
    forged = Received(received.headers, received.body.replace(b"test", b"tost"))
    late = Received(received.headers | {"webhook-timestamp": "1614265330"}, received.body)
    assert await _verified(made["secret"], received)
    assert not await _verified(made["secret"], forged)
    assert not await _verified(made["secret"], late)
    assert not await _verified("whsec_c2VjcmV0", received)


async def test_after_a_rotation_both_secrets_verify_for_a_day(
    api: ApiUnderTest, receiver: Receiver
) -> None:
    await api.add(group_row())
    made = await make_webhook(api, receiver.address)
    rotated = (await ask(api, "POST", f"/{made['id']}/rotate")).json()
    await ask(api, "POST", f"/{made['id']}/test")
    async with api.ports.database.transaction() as session:
        row = await session.get(Webhook, made["id"])
        assert row is not None
        assert row.former_until is not None
        row.former_until -= timedelta(hours=24)
    await ask(api, "POST", f"/{made['id']}/test")
    first, second = receiver.received
    assert rotated["secret"] != made["secret"]
    assert await _verified(made["secret"], first)
    assert await _verified(rotated["secret"], first)
    assert not await _verified(made["secret"], second)
    assert await _verified(rotated["secret"], second)


async def test_every_kind_of_event_is_told_to_whoever_wants_it_and_to_nobody_else(
    api: ApiUnderTest, receiver: Receiver
) -> None:
    await api.add(group_row(), group_row(chat_id=CHAT_ID - 7, title="Others"))
    await make_webhook(
        api,
        receiver.address,
        "outcome.overturned",
        "outcome.failed",
        "case.opened",
        "group.rights_lost",
        "raid.begun",
        "raid.ended",
    )
    clock = Clock()
    database, now = api.ports.database, clock.now
    trace_id = await punish(api, 5)  # not wanted
    await punish(api, 6, chat_id=CHAT_ID - 7)  # another group's
    failed = await punish(api, 7, action="dead")
    async with database.transaction() as session:
        await session.execute(
            update(Action).where(Action.trace_id == trace_id).values(kind="undo", state="done")
        )
        await settle_outcomes(session, [trace_id], now=now)
        await settle_outcomes(session, [trace_id], now=now)  # no change: nothing to tell
    for _ in range(2):  # the same update again
        async with database.transaction() as session:
            await record_outcomes(session, [_in_review(8)], now=now)
    async with database.transaction() as session:
        group = await session.get(type(group_row()), (BOT_ID, CHAT_ID))
        assert group is not None
        await note_rights(session, group, ["can_delete_messages"], checked_at=now)
        await note_rights(session, group, ["can_delete_messages"], checked_at=now)
    async with database.transaction() as session:
        for minutes in (5, 6):  # the second one only lasts longer
            until_then = now + timedelta(minutes=minutes)
            await begin_raid(
                session, bot_id=BOT_ID, chat_id=CHAT_ID, by="joins", now=now, until=until_then
            )
    for _ in range(2):
        async with database.transaction() as session:
            await end_raid(session, bot_id=BOT_ID, chat_id=CHAT_ID, by="time", now=now)
    await deliver_once(api, clock)
    told = {one.told["event"]: one.told for one in receiver.received}
    assert len(receiver.received) == len(told) == 6
    assert told["outcome.overturned"]["outcome"]["trace_id"] == trace_id
    assert told["outcome.failed"]["trace_id"] == failed
    assert told["case.opened"]["outcome"]["state"] == "review"
    assert told["group.rights_lost"]["detail"] == {"lost": ["can_delete_messages"]}
    assert {"raid.begun", "raid.ended"} <= told.keys()


def _in_review(update_id: int) -> dict[str, Any]:
    from tests.support.rows import outcome_row

    row = outcome_row(update_id, state="review")
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (status(500), (500, "status")),
        (status(302, "Location: http://127.0.0.1:1/"), (302, "status")),
        (close, (None, "connection")),
        (hang, (None, "timeout")),
    ],
    ids=["500", "redirect", "close", "hang"],
)
async def test_what_fails_is_tried_again_and_arrives_once_the_receiver_works(
    api: ApiUnderTest,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    expected: tuple[int | None, str],
) -> None:
    monkeypatch.setattr(posting, "SECONDS", 0.3)
    await api.add(group_row())
    made = await make_webhook(api, receiver.address)
    await punish(api, 5)
    clock = Clock()
    receiver.answer = answer
    await deliver_once(api, clock)
    failed = await delivery_of(api, made["id"])
    assert (failed.status, failed.error) == expected
    assert failed.state == "waiting"
    assert PAUSES[0] <= failed.due_at - clock.now <= PAUSES[0] * 1.2 + timedelta(seconds=1)
    receiver.answer = status(204)
    clock.pass_by(minutes=1)
    await deliver_once(api, clock)
    first, second = receiver.received
    assert (first.id, first.told) == (second.id, second.told)
    assert (await delivery_of(api, made["id"])).state == "delivered"
    assert (await webhook_row(api, made["id"])).failing_since is None


async def test_a_body_without_an_end_is_not_read(api: ApiUnderTest, receiver: Receiver) -> None:
    await api.add(group_row())
    made = await make_webhook(api, receiver.address)
    receiver.answer = flood
    tested = (await ask(api, "POST", f"/{made['id']}/test")).json()
    assert (tested["arrived"], tested["status"], tested["error"]) == (True, 200, None)


async def test_after_a_day_of_tries_it_is_set_aside_and_may_be_sent_again(
    api: ApiUnderTest, receiver: Receiver
) -> None:
    await api.add(group_row())
    made = await make_webhook(api, receiver.address)
    await punish(api, 5)
    clock = Clock()
    began = clock.now
    receiver.answer = status(503)
    for _ in range(len(PAUSES) + 1):
        await deliver_once(api, clock)
        clock.now = max(clock.now, (await delivery_of(api, made["id"])).due_at)
    lasted = clock.now - began
    dead = (await ask(api, "GET", f"/{made['id']}/deliveries?state=dead")).json()["items"]
    assert len(receiver.received) == len(PAUSES) + 1
    assert timedelta(hours=20) < lasted < timedelta(hours=36)
    assert [(one["status"], one["error"]) for one in dead] == [(503, "status")]

    receiver.answer = status(200)
    again = await ask(api, "POST", f"/{made['id']}/deliveries/{dead[0]['id']}/send-again")
    twice = await ask(api, "POST", f"/{made['id']}/deliveries/{dead[0]['id']}/send-again")
    await deliver_once(api, clock)
    assert (again.status_code, twice.status_code) == (202, 404)
    assert {one.id for one in receiver.received} == {dead[0]["id"]}
    assert (await delivery_of(api, made["id"])).state == "delivered"


async def test_what_fails_for_days_is_turned_off_and_on_again_by_hand(
    api: ApiUnderTest, receiver: Receiver
) -> None:
    await api.add(group_row())
    made = await make_webhook(api, receiver.address)
    clock = Clock()
    receiver.answer = status(500)
    for number in (5, 6):
        await punish(api, number)
        await deliver_once(api, clock)
        clock.now += GIVEN_UP_AFTER
    off = await webhook_row(api, made["id"])
    assert off.off_because == "failures"
    await punish(api, 7)  # while it is off nothing new waits
    tries = len(receiver.received)
    await deliver_once(api, clock)
    assert len(receiver.received) == tries

    receiver.answer = status(200)
    shown = (await ask(api, "PATCH", f"/{made['id']}", json={"is_on": True})).json()
    await deliver_once(api, clock)
    assert (shown["is_on"], shown["waiting"]) == (True, 2)
    assert len({one.id for one in receiver.received}) == 2


async def test_a_slow_receiver_holds_up_no_other(api: ApiUnderTest, receiver: Receiver) -> None:
    await api.add(group_row())
    receiver.answer = hang
    await make_webhook(api, receiver.address)
    async with receiving() as quick:
        await make_webhook(api, quick.address)
        for number in range(12):
            await punish(api, number)
        async with delivering(api, Clock()):
            await until(lambda: len(quick.received) == 12)
    assert len(receiver.received) == 4


async def test_what_was_sent_and_not_written_down_is_sent_again_under_its_id(
    api: ApiUnderTest, receiver: Receiver
) -> None:
    """A process of its own is killed while the receiver has its request."""
    await api.add(group_row())
    made = await make_webhook(api, receiver.address)
    await punish(api, 5)
    receiver.answer = hang
    program = "import sys, tests.support.webhooks as support; support.deliver_for_ever(sys.argv[1])"
    url = api.ports.database.engine.url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, url, cwd=ROOT)
    try:
        await until(lambda: receiver.received, seconds=90)
    finally:
        process.kill()
        await process.wait()

    clock = Clock(now=datetime.now(UTC))
    receiver.answer = status(200)
    await deliver_once(api, clock)
    assert len(receiver.received) == 1  # leased to the dead
    clock.now += LEASE
    await deliver_once(api, clock)
    first, second = receiver.received
    assert first.id == second.id
    assert (await delivery_of(api, made["id"])).state == "delivered"


async def test_what_is_undone_with_its_transaction_is_never_told(
    api: ApiUnderTest, receiver: Receiver
) -> None:
    await api.add(group_row())
    await make_webhook(api, receiver.address, "case.opened")

    async def fail_at_last() -> None:
        async with api.ports.database.transaction() as session:
            await record_outcomes(session, [_in_review(8)], now=Clock().now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_at_last()
    await deliver_once(api, Clock())
    assert receiver.received == []


async def test_address_and_secrets_are_sealed(api: ApiUnderTest, receiver: Receiver) -> None:
    await api.add(group_row())
    made = await make_webhook(api, receiver.address)
    row = await webhook_row(api, made["id"])
    kept = b"".join((row.sealed_address, row.sealed_secret))
    listed = (await ask(api, "GET", "")).json()["items"]
    assert b"s3cret" not in kept
    assert made["secret"].encode() not in kept
    assert [one["address"] for one in listed] == [receiver.address]
    assert "secret" not in msgspec.json.encode(listed).decode().replace("s3cret", "")


async def test_a_group_has_no_more_webhooks_than_it_may_and_a_removed_one_is_gone(
    api: ApiUnderTest, receiver: Receiver
) -> None:
    await api.add(group_row())
    made = [await make_webhook(api, receiver.address) for _ in range(5)]
    more = await ask(api, "POST", "", json={"address": receiver.address, "events": ["case.opened"]})
    await punish(api, 5)
    removed = await ask(api, "DELETE", f"/{made[0]['id']}")
    again = await ask(api, "DELETE", f"/{made[0]['id']}")
    await deliver_once(api, Clock())
    assert (more.status_code, more.json()["code"]) == (409, "too_many_webhooks")
    assert (removed.status_code, again.status_code) == (204, 404)
    assert len(receiver.received) == 4
