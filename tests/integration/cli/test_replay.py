"""A recorded stream judged again gives the same bytes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Run
from tests.support.scene import HAM, HEAVY_SPAM, SPAM

from chatwarden._engine import Engine, corpus

BOT = 42


def recorded() -> list[bytes]:
    """A busy stream: made-up chatter with senders who repeat themselves, come again, and edit."""
    stream = corpus(7, 600)
    chat_id = json.loads(stream[0])["message"]["chat"]["id"]
    number = max(json.loads(update)["update_id"] for update in stream) + 1
    date = max(json.loads(update)["message"]["date"] for update in stream) + 1
    texts = [HAM, SPAM, SPAM, HEAVY_SPAM, HAM, "Write me in PM for a job"] * 8
    for index, text in enumerate(texts):
        message = {
            "message_id": 1_000_000 + index,
            "date": date + index * 20,
            "text": text,
            "chat": {"id": chat_id, "type": "supergroup", "title": "Makers"},
            "from": {"id": 9_000_000 + index % 5, "is_bot": False, "first_name": "Rex"},
        }
        kind = "edited_message" if index % 7 == 6 else "message"
        stream.append(json.dumps({"update_id": number + index, kind: message}).encode())
    return stream


def judged(stream: list[bytes], *, at_once: int, engine: Engine | None = None) -> list[bytes]:
    """Verdicts in order. Every batch is stored before the next is judged."""
    engine = engine or Engine()
    verdicts: list[bytes] = []
    for start in range(0, len(stream), at_once):
        batch = engine.judge_batch(BOT, stream[start : start + at_once])
        engine.commit(batch)
        verdicts += [item.verdict or b"" for item in batch.items]
    return verdicts


def test_a_recorded_stream_judged_twice_is_byte_equal() -> None:
    stream = recorded()
    first = judged(stream, at_once=100)

    assert any(first)
    assert len({json.loads(verdict)["score"] for verdict in first if verdict}) > 10
    assert judged(stream, at_once=100) == first


@pytest.mark.parametrize("at_once", [1, 3, 64, 10_000])
def test_how_a_stream_is_cut_into_batches_changes_no_byte(at_once: int) -> None:
    stream = recorded()

    assert judged(stream, at_once=at_once) == judged(stream, at_once=100)


def test_updates_that_come_again_get_the_same_bytes_though_more_is_known_by_then() -> None:
    stream = recorded()
    engine = Engine()
    first = judged(stream[:200], at_once=50, engine=engine)

    assert judged(stream[:200], at_once=50, engine=engine) == first


def test_verdicts_on_the_recorded_context_are_byte_equal_in_another_process() -> None:
    stream = recorded()
    before, after = stream[:500], stream[500:]
    first = Engine()
    records: dict[bytes, bytes] = {}
    for start in range(0, len(before), 100):
        batch = first.judge_batch(BOT, before[start : start + 100])
        records |= dict(batch.changes)
        for key in batch.forgotten:
            records.pop(key, None)
        first.commit(batch)
    second = Engine()
    assert second.load_context(list(records.items())) == 0

    assert judged(after, at_once=7, engine=second) == judged(after, at_once=50, engine=first)


def test_a_recorded_file_scanned_twice_is_byte_equal(run: Run, write: Callable[..., Path]) -> None:
    file = write(*(update.decode() for update in recorded()))
    first = run("scan", "--json", file)

    assert first.code == 0
    assert len(first.rows) == len(recorded())
    assert run("scan", "--json", file).out == first.out
