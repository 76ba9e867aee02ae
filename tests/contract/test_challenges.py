"""How the engine does on challenges by somebody who did not know it: known misses are named, others are none."""

import json
from pathlib import Path
from typing import Any

import pytest

from chatwarden._engine import Engine, Item

CHALLENGES = Path(__file__).parents[2] / "contracts" / "challenges"
KNOWN_MISSES: dict[str, str] = json.loads((CHALLENGES / "known-misses.json").read_text())
BOT_ID = 7
NAMES = sorted(path.stem for path in CHALLENGES.glob("[0-9]*.json"))


def raw_of(update: dict[str, Any]) -> bytes:
    return json.dumps(update).encode()


def judge(challenge: dict[str, Any]) -> Item:
    """What becomes of the last update, with the facts where there are some."""
    engine = Engine()
    update = challenge["update"]
    (body,) = [value for value in update.values() if isinstance(value, dict)]
    engine.set_chat(BOT_ID, body["chat"]["id"], b'{"mode": "guard"}')
    for earlier in challenge["before"]:
        engine.commit(engine.judge_batch(BOT_ID, [raw_of(earlier)]))
    batch = engine.judge_batch(BOT_ID, [raw_of(update)])
    engine.commit(batch)
    (first,) = batch.items
    if "facts" not in challenge:
        return first
    facts = json.dumps(challenge["facts"]).encode()
    (second,) = engine.judge_batch(BOT_ID, [raw_of(update)], round=2, facts=[facts]).items
    return max(first, second, key=lambda item: item.score or 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_challenge_ends_as_wanted_or_is_a_known_miss(name: str) -> None:
    challenge = json.loads((CHALLENGES / f"{name}.json").read_text())
    item = judge(challenge)
    is_stopped = item.message == "delete" or item.sender in ("mute", "kick", "ban")
    as_wanted = is_stopped is (challenge["want"] != "kept")

    assert as_wanted is (name not in KNOWN_MISSES), KNOWN_MISSES.get(name)


def test_known_misses_are_challenges() -> None:
    assert set(KNOWN_MISSES) <= set(NAMES)
    assert len(NAMES) == 80
