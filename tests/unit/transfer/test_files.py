"""Files of policies: what is written is read back, what is wrong is named by line and field, and nothing is dropped silently."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwarden.errors import TransferInvalid
from chatwarden.policies.checking import check
from chatwarden.transfer import own, rules_csv
from chatwarden.transfer.incoming import LARGEST_FILE, Allowed, Incoming
from chatwarden.transfer.plan import check_alone
from chatwarden.transfer.reading import read_file


def rule(pattern: str = "casino", **more: Any) -> dict[str, Any]:
    return {
        "id": "a",
        "kind": "literal",
        "pattern": pattern,
        "verdict": {"message": "delete"},
    } | more


def faults(name: str, content: str | bytes) -> list[tuple[str, str]]:
    """What is wrong with a file: places and words."""
    raw = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(TransferInvalid) as refusal:
        check_alone(read_file(name, raw))
    return [(one.field, one.text) for one in refusal.value.errors]


words = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\u2028\u2029\x85"),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(
    notes=st.lists(words, max_size=4),
    days=st.integers(1, 365),
    ids=st.sets(st.integers(1, 2**51), max_size=3),
)
def test_what_is_written_is_read_back(notes: list[str], days: int, ids: set[int]) -> None:
    rules = [rule(id=f"r{index}", note=note) for index, note in enumerate(notes)]
    policy = check({"mute_days": days, "rules": rules, "gate": {"ask": "everyone"}})
    people = sorted(Allowed("user", one) for one in ids)

    found = read_file("chatwarden.yaml", own.write(policy, people).encode())
    table = read_file("rules.csv", rules_csv.write(policy["rules"]).encode())

    assert found.policy is not None
    assert {**found.policy, "rules": found.rules} == policy
    assert found.allowed == people
    assert check({"rules": table.rules})["rules"] == [
        # An empty cell is a note that is not there.
        one | {"note": one["note"] or None}
        for one in policy["rules"]
    ]


def test_json_is_taken_as_yaml_and_columns_in_any_order() -> None:
    assert read_file("x.json", b'{"format": 1, "policy": {"preset": "strict"}}').policy == {
        "preset": "strict"
    }
    table = read_file("x.csv", b"message,pattern,id,kind\r\ndelete,casino,a,literal\r\n")
    assert table.rules == [rule()]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("format: 1\npolicy:\n  mute_days: 0\n", "line 3, policy.mute_days", "within 1..=365"),
        ("format: 1\npolicy:\n  colour: red\n", "line 3, policy.colour", "unknown field"),
        ("format: 1\nrules:\n- id: a\n  kind: lit\n", "line 4, rules[0].kind", "unknown variant"),
        ("format: 1\nrules:\n- id: a\n", "line 3, rules[0]", "missing field"),
        ("format: 1\nrules: 5\n", "line 2, rules", "must be a list"),
        ("format: 2\n", "line 1, format", "must be 1"),
        ("preset: strict\n", "line 1, preset", "is no field"),
        ("format: 1\nformat: 1\n", "line 2, format", "stands twice"),
        ("format: 1\nallowed:\n- {kind: user}\n", "line 3, allowed[0]", "`kind` and `id`"),
        (
            "format: 1\nallowed:\n- {kind: me, id: 5}\n",
            "line 3, allowed[0].kind",
            "user or channel",
        ),
        ("format: 1\nallowed:\n- {kind: user, id: yes}\n", "line 3, allowed[0].id", "an id"),
        ("x: [1\n", "line 2, column 1", "no YAML"),
        ("", "line 1", "is empty"),
        ("- 1\n", "line 1", "is no table"),
        ("format: 1\n\x07", "line 2", "no YAML"),
        ("format: 1\na: &x [1]\nb: *x\n", "line 3", "aliases"),
        ("format: 1\n<<: {format: 1}\n", "line 2", "must be a word"),
        ("!!python/object/apply:os.getcwd []\n", "line 1, ", "may not stand here"),
        ("[" * 20, "line 1", "deeper than"),
        ("[" * 50_000, "line 1, column 1001", "nesting depth"),
    ],
)
def test_a_fault_in_a_file_of_ours_is_named_by_line_and_field(
    text: str, place: str, words: str
) -> None:
    ((found, told),) = faults("chatwarden.yaml", text)
    assert (found, words in told) == (place, True), told


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("id,kind,pattern\n", "line 1", "column message is missing"),
        ("id,kind,pattern,message,colour\n", "line 1", "is no column"),
        ("id,kind,pattern,message\na,literal,casino\n", "line 2", "3 cells"),
        (
            'id,kind,pattern,message\na,literal,"two\nlines x",delete\nb,literal,x,delete\n',
            "line 4, ",
            "short",
        ),
        (
            "id,kind,pattern,message,enabled\na,literal,casino,delete,maybe\n",
            "line 2, enabled",
            "yes or no",
        ),
        (
            "id,kind,pattern,message,expires_at\na,literal,casino,delete,May\n",
            "line 2, expires_at",
            "seconds",
        ),
        ('id,kind,pattern,message\na,literal,"casino,delete\n', "line 2", "no CSV"),
    ],
)
def test_a_fault_in_a_table_is_named_by_line_and_column(text: str, place: str, words: str) -> None:
    ((found, told),) = faults("rules.csv", text)
    assert found.startswith(place)
    assert words in told


def test_what_is_no_text_or_too_large_is_refused() -> None:
    assert faults("x.yaml", b"format: 1\n\xff") == [("line 2", "is no UTF-8 text")]
    assert faults("x.yaml", b"format: 1\x00") == [("line 1", "holds a null character")]
    assert "KiB" in faults("x.yaml", b"#" * (LARGEST_FILE + 1))[0][1]


def rose(**modules: Any) -> Incoming:
    document = {"bot_id": 609517172, "data": modules, "version": 1}
    return read_file("rose.txt", json.dumps(document).encode())


def test_roses_blocklist_becomes_rules_with_its_actions() -> None:
    filters = [
        {"name": "casino", "reason": ""},
        {"name": "free coin*", "reason": "No offers {ban}"},
        {"name": "lookalike:airdrop", "reason": "{tmute 2h}"},
        {"name": "giveaway", "reason": "{warn}"},
    ]
    found = rose(blocklists={"action": "kick", "filters": filters, "should_delete": True})

    assert found.rules is not None
    shown = [(one["kind"], one["pattern"], one["verdict"]["sender"]) for one in found.rules]
    assert shown == [
        ("literal", "casino", "kick"),
        ("wildcard", "free coin*", "ban"),
        ("literal", "airdrop", "mute"),
        ("literal", "giveaway", "none"),
    ]
    assert [one.place for one in found.left_out] == ["data.blocklists.filters[3].action"]
    check({"rules": found.rules})


def test_roses_locks_and_service_messages_are_the_same_here() -> None:
    found = rose(
        locks={
            "locks": {
                "url": {"locked": True, "reason": ""},
                "sticker": True,
                "photo": False,
                "rtl": {"locked": True, "reason": "English only"},
            },
            "lock_warns": True,
            "allowlisted_url": [{"url": "garden.example"}],
        },
        clean_service={"service_types": {"pin": {"clean": True}, "join": {"clean": False}}},
    )
    assert found.fields == {
        "locks": {"from_everyone": ["link", "sticker"]},
        "service_messages": ["pin"],
    }
    assert found.rules is not None
    assert [(one["pattern"], one["places"]) for one in found.rules] == [
        ("garden.example", ["links"])
    ]
    assert [one.place for one in found.left_out] == [
        "data.locks.locks.rtl",
        "data.locks.locks.rtl.reason",
        "data.locks.lock_warns",
    ]
    check({**found.fields, "rules": found.rules})


def test_whatever_of_rose_has_no_counterpart_is_told_by_its_path() -> None:
    found = rose(
        blocklists={
            "action": "tban",
            "action_duration": 3600,
            "default_reason": "",
            "filters": [{"name": "stickerpack:Cats"}, {"name": "no"}, {"name": "a**b casino"}],
        },
        antiflood={"action": "ban", "flood_limit": 5, "flood_timer": 0},
        notes={"notes": [{"name": "contact", "text": "Ask us", "type": 0}], "private_notes": False},
        filters={"filters": None},
    )
    assert [one.place for one in found.left_out] == [
        "data.blocklists.action_duration",
        "data.blocklists.filters[0]",
        "data.blocklists.filters[1]",
        "data.blocklists.filters[2]",
        "data.antiflood.action",
        "data.antiflood.flood_limit",
        "data.notes.notes[0] (contact)",
    ]
    assert all(one.reason for one in found.left_out)


def test_stop_words_of_tg_spam_are_found_within_words_and_a_short_one_is_told() -> None:
    text = 'quick money\n\n"write me, now", "50* off"\nno\n'
    found = read_file("stop-words.txt", text.encode())
    assert found.rules is not None
    assert [one["pattern"] for one in found.rules] == [
        "*quick money*",
        "*write me, now*",
        "*50\\* off*",
    ]
    assert [one.place for one in found.left_out] == ["line 4"]
    again = read_file("stop-words.txt", text.encode())
    assert again.rules == found.rules  # With the same ids: taken in twice it makes no second rule.


def test_a_file_with_more_rules_than_a_group_may_have_tells_which_are_left_out() -> None:
    text = "\n".join(f"offer number {index}" for index in range(1002))
    found = read_file("stop-words.txt", text.encode())
    assert found.rules is not None
    assert len(found.rules) == 1000
    assert [one.place for one in found.left_out] == ["line 1001", "line 1002"]


def test_approved_users_of_tg_spam_go_on_the_allow_list() -> None:
    both = {"user_ids": ["17", {"user_id": "18", "user_name": "eve"}, "x", -4]}
    found = read_file("users.json", json.dumps(both).encode())
    assert found.allowed == [Allowed("user", 17), Allowed("user", 18)]
    assert [one.place for one in found.left_out] == ["user_ids[2]", "user_ids[3]"]


def test_what_looks_like_another_kind_of_value_stays_the_word_it_is() -> None:
    text = "format: 1\nrules:\n- {id: a, kind: literal, pattern: 2026-01-01, verdict: {message: delete}}\n"
    assert read_file("x.yaml", text.encode()).rules == [rule(pattern="2026-01-01")]
    assert (
        yaml.safe_load(own.write({"rules": [rule(pattern="no")]}, []))["rules"][0]["pattern"]
        == "no"
    )
