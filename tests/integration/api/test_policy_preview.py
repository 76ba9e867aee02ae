"""What another policy would have decided: told from verdicts of the real engine, over both databases."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, group_row, outcome_row

from chatwarden._engine import Engine
from chatwarden.storage.models import Feedback, HourlyCount, Outcome

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/policy/preview"
ADVERT = "looking for two partners, remote, income from 900$ a week, write me +"
INVITATION = "easy money for everyone, join https://t.me/+AbCdEf0123456789 today"
NOW = datetime.now(UTC).replace(microsecond=0)


def _judged(update_id: int, text: str, policy: Mapping[str, Any]) -> Outcome:
    """A newcomer's message, an hour ago, as the pipeline would have kept it."""
    date = NOW - timedelta(hours=1) + timedelta(seconds=update_id)
    update = {
        "update_id": update_id,
        "message": {
            "message_id": update_id + 1000,
            "date": int(date.timestamp()),
            "chat": {"id": CHAT_ID, "type": "supergroup", "title": "Balcony gardeners"},
            "from": {"id": 5_000_000 + update_id, "is_bot": False, "first_name": "Robin"},
            "text": text,
        },
    }
    engine = Engine()
    engine.set_chat(BOT_ID, CHAT_ID, json.dumps({"policy": policy}).encode())
    (item,) = engine.judge_batch(BOT_ID, [json.dumps(update).encode()]).items
    assert item.verdict is not None
    verdict = msgspec.json.decode(item.verdict)
    row = outcome_row(update_id, date=date)
    row.verdict = verdict
    row.message_verdict, row.sender_verdict = verdict["message"], verdict["sender"]
    return row


async def _preview(api: ApiUnderTest, policy: Mapping[str, Any]) -> dict[str, Any]:
    async with api.client() as client:
        answer = await client.post(ADDRESS, json={"policy": policy})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_stricter_policy_shows_whom_it_would_have_met(each_api: ApiUnderTest) -> None:
    rows = [_judged(number, ADVERT, {}) for number in (1, 2, 3)]
    hour = (NOW - timedelta(hours=1)).replace(minute=0, second=0)
    counted = HourlyCount(
        bot_id=BOT_ID, chat_id=CHAT_ID, hour=hour, judged=40, flagged=3, deleted=0, punished=0
    )
    said = Feedback(
        bot_id=BOT_ID,
        chat_id=CHAT_ID,
        update_id=2,
        message_date=rows[1].date,
        label="spam",
        given_by="operator",
        source="admin",
        given_at=NOW,
    )
    await each_api.add(group_row(), *rows, counted, said)

    shown = await _preview(each_api, {"text_threshold": {"shift": -1000}, "mute_days": 3})

    (change,) = shown["changes"]
    before = (change["before"]["message"], change["before"]["sender"])
    assert before == (rows[0].message_verdict, rows[0].sender_verdict) == ("review", "none")
    assert change["after"]["message"] == "delete"
    assert (change["is_stricter"], change["outcomes"]) == (True, 3)
    assert (change["called_spam"], change["called_ham"]) == (1, 0)
    assert change["examples"] == [f"{BOT_ID}-{number}-1" for number in (3, 2, 1)]
    assert (shown["judged"], shown["outcomes"], shown["left_out"]) == (40, 3, 0)
    assert shown["untold"] == []


async def test_a_milder_one_in_the_other_direction(each_api: ApiUnderTest) -> None:
    row = _judged(1, INVITATION, {})
    await each_api.add(group_row(), row)
    off = {"enabled": False}
    milder = {"signals": {"invite_link": off, "easy_money": off, "text_model": off}}
    (change,) = (await _preview(each_api, milder))["changes"]
    assert change["before"]["message"] == "delete"
    assert change["after"] == {"message": "keep", "sender": "none"}
    assert not change["is_stricter"]


async def test_nothing_changes_where_the_policy_stays(each_api: ApiUnderTest) -> None:
    await each_api.add(group_row(), _judged(1, ADVERT, {}))
    shown = await _preview(each_api, {})
    assert (shown["changes"], shown["untold"], shown["outcomes"]) == ([], [], 1)


async def test_a_rule_that_matched_is_told_and_what_needs_texts_is_named(
    each_api: ApiUnderTest,
) -> None:
    rule = {
        "id": "roses",
        "kind": "literal",
        "pattern": "roses",
        "verdict": {"message": "delete"},
    }
    policy = {"rules": [rule]}
    await each_api.add(
        group_row(policy=policy),
        _judged(1, "the roses need water", policy),
        _judged(2, "those tulips need water", {"rules": [rule | {"pattern": "tulips", "id": "t"}]}),
    )

    gone = await _preview(each_api, {"gate": {"ask": "everyone"}, "mass_join_size": 9})
    assert [change["after"]["message"] for change in gone["changes"]] == ["keep"]
    assert gone["left_out"] == 1
    assert gone["untold"] == ["gate.ask", "mass_join_size"]

    milder = await _preview(each_api, {"rules": [rule | {"verdict": {"message": "review"}}]})
    assert [change["after"]["message"] for change in milder["changes"]] == ["review"]
    assert milder["untold"] == []

    other = await _preview(each_api, {"rules": [rule | {"pattern": "tulips"}]})
    assert other["untold"] == ["rules.roses"]


async def test_what_is_older_than_two_weeks_is_not_looked_at(each_api: ApiUnderTest) -> None:
    row = _judged(1, ADVERT, {})
    row.date = NOW - timedelta(days=15)
    await each_api.add(group_row(), row)
    assert (await _preview(each_api, {"preset": "strict"}))["outcomes"] == 0


async def test_a_policy_that_the_engine_does_not_take_is_refused_by_field(
    each_api: ApiUnderTest,
) -> None:
    await each_api.add(group_row())
    async with each_api.client() as client:
        answer = await client.post(ADDRESS, json={"policy": {"mute_days": 0}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "mute_days"
