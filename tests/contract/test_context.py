"""The engine's context as the storing side sees it: what to store, what to delete, what may be unreadable."""

import json

from chatwarden._engine import Batch, Engine

BOT_ID = 7
CHAT_ID = -1_001_234_567_890
DAY = 86_400
MORNING = 1_780_012_800
LONG_TEXT = "the very same long text that several people send around"


def message(update_id: int, *, sender: int = 4_242_424_242, date: int = MORNING) -> bytes:
    body = {
        "message_id": update_id,
        "date": date,
        "text": LONG_TEXT,
        "chat": {"id": CHAT_ID, "type": "supergroup"},
        "from": {"id": sender, "is_bot": False, "first_name": "Robin"},
    }
    return json.dumps({"update_id": update_id, "message": body}).encode()


def verdicts(batch: Batch) -> list[bytes | None]:
    return [item.verdict for item in batch.items]


def stored(batch: Batch, records: dict[bytes, bytes]) -> dict[bytes, bytes]:
    kept = {key: value for key, value in records.items() if key not in batch.forgotten}
    return kept | dict(batch.changes)


def test_changes_are_whole_records_and_memory_waits_for_the_commit() -> None:
    engine = Engine()
    first = engine.judge_batch(BOT_ID, [message(1)])

    assert engine.context_size() == 0
    engine.commit(first)
    second = engine.judge_batch(BOT_ID, [message(2, date=MORNING + 60)])

    whole = Engine()
    assert whole.load_context(second.changes) == 0
    engine.commit(second)
    third = [message(3, date=MORNING + 180)]
    assert verdicts(whole.judge_batch(BOT_ID, third)) == verdicts(engine.judge_batch(BOT_ID, third))


def test_a_batch_delivered_again_gets_the_same_verdicts_and_changes() -> None:
    engine = Engine()
    updates = [message(number, sender=50 + number % 3) for number in range(1, 10)]
    first = engine.judge_batch(BOT_ID, updates)
    engine.commit(first)

    again = engine.judge_batch(BOT_ID, updates)

    assert verdicts(again) == verdicts(first)
    assert again.changes == first.changes


def test_a_record_that_cannot_be_read_is_skipped_and_counted() -> None:
    batch = Engine().judge_batch(BOT_ID, [message(1)])
    damaged = [(b"?", b""), (batch.changes[0][0], b"\x09"), (b"", batch.changes[0][1])]

    engine = Engine()

    assert engine.load_context([*damaged, *batch.changes]) == len(damaged)
    assert engine.context_size() == len(batch.changes)


def test_texts_are_forgotten_on_the_second_day_and_named_once() -> None:
    engine = Engine()
    records: dict[bytes, bytes] = {}
    sizes = []
    for number in range(1, 60):
        batch = engine.judge_batch(BOT_ID, [message(number, date=MORNING + number * DAY)])
        assert not set(batch.forgotten) & {key for key, _ in batch.changes}
        records = stored(batch, records)
        engine.commit(batch)
        sizes.append(engine.context_size())

    assert len(records) == engine.context_size()
    assert max(sizes) <= 3
    assert engine.judge_batch(BOT_ID, [message(59, date=MORNING + 59 * DAY)]).forgotten == []


def test_the_record_of_a_text_holds_no_senders_id() -> None:
    sender = 4_242_424_242
    batch = Engine().judge_batch(BOT_ID, [message(1, sender=sender)])
    (text,) = [key + value for key, value in batch.changes if key.startswith(b"t")]

    for order in ("little", "big"):
        assert sender.to_bytes(8, order) not in text


def test_a_second_round_is_told_apart_by_its_trace() -> None:
    (item,) = Engine().judge_batch(BOT_ID, [message(1)], round=2).items
    assert item.verdict is not None

    assert json.loads(item.verdict)["trace_id"] == f"{BOT_ID}-1-2"
