"""`chatwarden rules test`: what rules would have hit, told before they count."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.support.command import Run

DELETE = {"message": "delete"}
RULES: list[dict[str, Any]] = [
    {"id": "tomato", "kind": "literal", "pattern": "tomato", "verdict": DELETE},
    {"id": "coins", "kind": "wildcard", "pattern": "*coin*", "verdict": DELETE},
    {"id": "newcomers", "kind": "literal", "pattern": "hello", "applies_to": "newcomers"}
    | {"verdict": DELETE},
    {"id": "idle", "kind": "regex", "pattern": "never \\d+ times", "verdict": DELETE},
]
ROWS = [
    {"id": "a", "text": "T.O.M.A.T.O for sale", "label": "spam"},
    {"id": "b", "text": "buy bitcoin", "label": "spam"},
    {"id": "c", "text": "what a coincidence", "label": "ham"},
    {"text": "hello all"},
]


@pytest.fixture
def try_rules(run: Run) -> Run:
    return partial(run, "rules", "test")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n")
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(RULES))
    return path


def test_hits_good_ones_and_idle_rules_are_told_by_name(
    try_rules: Run, rows: Path, rules: Path
) -> None:
    ended = try_rules(rows, "--rules", rules, "--json")
    report = json.loads(ended.out)
    told = {rule["id"]: rule for rule in report["rules"]}

    assert ended.code == 0
    assert (report["messages"], report["matched"], report["never"]) == (4, 4, ["idle"])
    assert (told["coins"]["hits"], told["coins"]["share"]) == (2, 0.5)
    assert told["coins"]["examples"] == ["b", "c"]
    assert told["coins"]["good_examples"] == ["c"]
    assert told["tomato"]["good_hits"] == 0
    assert told["newcomers"]["examples"] == ["4"]
    assert "coincidence" not in ended.out


def test_a_known_member_is_good_and_no_newcomer(try_rules: Run, rows: Path, rules: Path) -> None:
    report = json.loads(try_rules(rows, "--rules", rules, "--json", "--as", "member").out)
    told = {rule["id"]: rule for rule in report["rules"]}

    assert told["newcomers"]["hits"] == 0
    assert told["tomato"]["good_hits"] == 1
    assert len(told["tomato"]["good_senders"]) == 1


def test_the_table_names_messages_and_never_their_words(
    try_rules: Run, rows: Path, rules: Path
) -> None:
    ended = try_rules(rows, "--rules", rules)

    assert "coins" in ended.out
    assert "50.00%" in ended.out
    assert "4 messages, 4 hit by a rule." in ended.out
    assert "Never hit: idle." in ended.out
    assert "sale" not in ended.out + ended.err


def test_updates_are_taken_with_what_came_before_them(try_rules: Run, tmp_path: Path) -> None:
    def update(number: int) -> str:
        message = {
            "message_id": number,
            "date": 1_790_000_000 + number * 86_400,
            "text": f"tomato, day {number}",
            "chat": {"id": -1001, "type": "supergroup", "title": "Makers"},
            "from": {"id": 5, "is_bot": False, "first_name": "Rex"},
        }
        return json.dumps({"update_id": number, "message": message})

    rows, policy = tmp_path / "updates.jsonl", tmp_path / "policy.json"
    rows.write_text("\n".join(update(number) for number in range(1, 31)))
    only = [RULES[0] | {"applies_to": "newcomers"}, RULES[0] | {"id": "all"}]
    policy.write_text(json.dumps({"preset": "strict", "rules": only}))

    report = json.loads(try_rules(rows, "--rules", policy, "--json").out)

    newcomers, everyone = report["rules"]
    assert (newcomers["hits"], everyone["hits"]) == (10, 30)
    assert newcomers["good_hits"] == 0
    assert (everyone["good_hits"], everyone["good_senders"]) == (10, [5])


def test_a_line_that_cannot_be_read_is_named_and_passed_over(
    try_rules: Run, tmp_path: Path, rules: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "tomato"}\nnonsense\n')

    ended = try_rules(rows, "--rules", rules)

    assert ended.code == 1
    assert f"{rows}:2: no JSON object" in ended.err
    assert "1 messages, 1 hit" in ended.out


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (
            '[{"id": "x", "kind": "regex", "pattern": "(", "verdict": {"message": "delete"}}]',
            "rules[0]",
        ),
        ("[1]", "[0]"),
        ("{", "no JSON"),
    ],
)
def test_rules_that_are_not_accepted_end_it_with_the_reason(
    try_rules: Run, rows: Path, tmp_path: Path, document: str, what: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(document)

    ended = try_rules(rows, "--rules", bad)

    assert ended.code == 1
    assert what in ended.err
