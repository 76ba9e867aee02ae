"""What is kept of a judged batch, with the real engine."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.scene import HAM, HEAVY_SPAM, SPAM

from chatwarden._engine import Engine, Item
from chatwarden.errors import SealBroken
from chatwarden.pipeline.record import BatchRows, rows_of
from chatwarden.storage.models import GroupMode
from chatwarden.storage.sealing import Sealer

BOT = 42
CHAT = -1001
DATE = 1_790_000_000
NOW = datetime.fromtimestamp(DATE + 1, UTC)
SEALER = Sealer(bytes(32))


def update(
    text: str, *, number: int = 1, date: int = DATE, sender: int = 5, **more: object
) -> bytes:
    message = {
        "message_id": number,
        "date": date,
        "text": text,
        "chat": {"id": CHAT, "type": "supergroup", "title": "Makers"},
        "from": {"id": sender, "is_bot": False, "first_name": "Rex"},
    }
    return json.dumps({"update_id": number, "message": message | more}).encode()


def judged(
    *updates: bytes, mode: GroupMode = "guard", policy: dict[str, object] | None = None
) -> list[Item]:
    engine = Engine()
    settings = {"mode": mode, "policy": policy or {}, "policy_version": 1}
    engine.set_chat(BOT, CHAT, json.dumps(settings).encode())
    return engine.judge_batch(BOT, list(updates)).items


def rows(
    *updates: bytes, mode: GroupMode = "guard", policy: dict[str, object] | None = None
) -> BatchRows:
    items = judged(*updates, mode=mode, policy=policy)
    return rows_of(BOT, updates, items, sealer=SEALER, of_groups={CHAT: SEALER}, now=NOW)


def test_a_message_without_evidence_leaves_only_a_count() -> None:
    kept = rows(update(HAM))

    assert (kept.outcomes, kept.actions, kept.dead_letters) == ([], [], [])
    assert [row["judged"] for row in kept.counts] == [1]


def test_a_deletion_with_a_mute_is_pending_with_both_actions() -> None:
    found = rows(update(SPAM))

    assert [row["state"] for row in found.outcomes] == ["pending"]
    assert [(action.kind, action.until_date) for action in found.actions] == [
        ("delete_message", None),
        ("mute", datetime.fromtimestamp(DATE, UTC) + timedelta(days=7)),
    ]


def test_a_ban_ends_after_its_time_from_telegrams_date() -> None:
    found = rows(update(HEAVY_SPAM))

    assert found.actions[1].kind == "ban"
    assert found.actions[1].until_date == datetime.fromtimestamp(DATE, UTC) + timedelta(days=30)


def test_a_channels_ban_has_no_end_that_telegram_would_not_keep() -> None:
    channel = {"id": -1002, "type": "channel", "title": "Signals"}
    found = rows(update(HEAVY_SPAM, sender_chat=channel))

    assert [(action.sender_kind, action.until_date) for action in found.actions] == [
        ("channel", None),
        ("channel", None),
    ]


def test_a_date_of_the_far_future_ends_no_process() -> None:
    found = rows(update(HEAVY_SPAM, date=253_402_300_799))

    assert found.actions == []
    assert len(found.dead_letters) == 1


def test_each_action_names_its_cause_and_is_due_at_once() -> None:
    found = rows(update(SPAM))

    assert [action.id for action in found.actions] == ["42-1-1-delete_message", "42-1-1-mute"]
    assert {action.due_at for action in found.actions} == {NOW}
    assert {action.state for action in found.actions} == {"pending"}


def test_observe_mode_leaves_a_verdict_and_no_action() -> None:
    found = rows(update(SPAM), mode="observe")

    assert [row["state"] for row in found.outcomes] == ["observed"]
    assert found.actions == []


def test_a_guarded_sender_is_named_with_the_guard_and_left_alone() -> None:
    itself = {"id": CHAT, "type": "supergroup", "title": "Makers"}
    found = rows(update(SPAM, sender_chat=itself))

    assert [(row["state"], row["guard"]) for row in found.outcomes] == [
        ("guarded", "anonymous_admin")
    ]
    assert found.actions == []


def test_counts_go_by_telegrams_hour() -> None:
    hour = datetime.fromtimestamp(DATE - DATE % 3600, UTC)
    found = rows(
        update(HAM, number=1, sender=1),
        update(SPAM, number=2, sender=2),
        update("Good evening, neighbours", number=3, sender=3, date=DATE + 3600),
    )
    counted = {row["hour"]: (row["judged"], row["flagged"]) for row in found.counts}

    assert counted == {hour: (2, 1), hour + timedelta(hours=1): (1, 0)}


def test_an_unreadable_update_is_kept_sealed_with_its_reason() -> None:
    raw = b'{"update_id":9,"message":"secret words"}'
    (letter,) = rows(raw).dead_letters

    assert b"secret" not in letter["sealed"]
    assert "secret" not in letter["reason"]
    assert (letter["update_id"], letter["received_at"]) == (9, NOW)
    assert SEALER.open(letter["sealed"], place="dead-letter:42") == raw


def test_texts_open_only_at_their_own_place() -> None:
    (outcome,) = rows(update(SPAM)).outcomes
    opened = json.loads(SEALER.open(outcome["sealed"], place="outcome:42-1-1"))

    assert opened["sender_name"] == "Rex"
    assert {"place": "text", "text": SPAM} in opened["texts"]
    with pytest.raises(SealBroken):
        SEALER.open(outcome["sealed"], place="outcome:42-2-1")


def test_no_word_of_the_message_stands_beside_the_seal() -> None:
    found = rows(update("Remote job, 80$ a day, xylophone! https://t.me/+AbCdEfGh12345678"))
    clear = [{k: v for k, v in row.items() if k != "sealed"} for row in found.outcomes]

    assert "xylophone" not in repr(clear)
    assert "xylophone" not in repr(found.actions)
    assert b"xylophone" not in found.outcomes[0]["sealed"]


def test_where_a_hidden_link_leads_is_kept_sealed_beside_the_text() -> None:
    shown, target = "https://binance.com", "https://binance-claim.example/x"
    text = f"Claim at {shown} before Friday"
    entity = {"type": "text_link", "offset": 9, "length": len(shown), "url": target}
    (outcome,) = rows(update(text, entities=[entity, entity])).outcomes

    clear = json.loads(SEALER.open(outcome["sealed"], place=f"outcome:{BOT}-1-1"))
    assert {"place": "text", "text": text} in clear["texts"]
    targets = [each for each in clear["texts"] if each["place"].startswith("link_target")]
    assert targets == [{"place": "link_target:0", "text": target}]
    assert target not in json.dumps(outcome["verdict"])
