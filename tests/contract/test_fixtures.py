"""The fixtures through the Python module: the same verdicts as in Rust, whatever the batches are.

A fixture that is not met yet stands in expected-failures.json; it is strict, so that one that comes to be met is noticed.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from chatwarden._engine import Engine, HostList, Item

FIXTURES = Path(__file__).parents[2] / "contracts" / "fixtures"
EXPECTED_FAILURES: dict[str, str] = json.loads((FIXTURES / "expected-failures.json").read_text())
BOT_ID = 7

NAMES = sorted(
    path.name for path in FIXTURES.glob("*.json") if path.name != "expected-failures.json"
)


def judge(fixture: dict[str, Any], raw: list[bytes], *, together: bool) -> Item:
    """The last update's item."""
    engine = Engine()
    if "lists" in fixture:
        lists = fixture["lists"].items()
        engine.set_lists([HostList(kind, text.encode()) for kind, text in lists])
    if "settings" in fixture:
        chat = json.loads(raw[-1])
        (body,) = [value for value in chat.values() if isinstance(value, dict)]
        settings = json.dumps(fixture["settings"]).encode()
        engine.set_chat(BOT_ID, body["chat"]["id"], settings)
    batches = [raw] if together else [[update] for update in raw]
    for updates in batches:
        batch = engine.judge_batch(BOT_ID, updates)
        engine.commit(batch)
    if "facts" in fixture:
        facts = json.dumps(fixture["facts"]).encode()
        batch = engine.judge_batch(BOT_ID, raw[-1:], round=2, facts=[facts])
    return batch.items[-1]


def meets(item: Item, expect: dict[str, Any]) -> bool:
    if item.verdict is None:
        return False
    verdict = json.loads(item.verdict)
    found = {contribution["signal"] for contribution in verdict["contributions"]}
    return (
        verdict["message"] == expect["message"]
        and verdict["sender"] == expect["sender"]
        and set(expect.get("signals", ())) <= found
        and verdict["guard"] == expect.get("guard")
    )


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_gets_its_verdict(name: str, together: bool) -> None:
    fixture = json.loads((FIXTURES / name).read_text())
    raw = [
        json.dumps(update).encode() for update in [*fixture.get("before", ()), fixture["update"]]
    ]

    met = meets(judge(fixture, raw, together=together), fixture["expect"])

    assert met is (name not in EXPECTED_FAILURES), EXPECTED_FAILURES.get(
        name, "no verdict as expected"
    )


def test_every_row_of_the_attack_table_has_an_attack() -> None:
    rows = {
        json.loads((FIXTURES / name).read_text())["row"] for name in NAMES if "-attack-" in name
    }

    assert rows >= set(range(1, 25))


def test_at_least_twelve_rows_are_met_and_their_traps_unpunished() -> None:
    met = {name[:2] for name in NAMES if "-attack-" in name and name not in EXPECTED_FAILURES}
    failing_traps = [name for name in EXPECTED_FAILURES if "-trap-" in name]

    assert len(met) >= 12
    assert failing_traps == []
