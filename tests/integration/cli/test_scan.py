"""`chatwarden scan`: what it prints, what it passes over, and how it ends."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Run
from tests.support.scene import HAM, HEAVY_SPAM, SPAM

Write = Callable[..., Path]


def an_update(number: int, text: str, *, sender: int = 5) -> dict[str, object]:
    message = {
        "message_id": number,
        "date": 1_790_000_000 + number,
        "text": text,
        "chat": {"id": -1001, "type": "supergroup", "title": "Makers"},
        "from": {"id": sender, "is_bot": False, "first_name": "Rex"},
    }
    return {"update_id": number, "message": message}


def test_a_line_of_json_has_exactly_the_promised_fields(run: Run, write: Write) -> None:
    ended = run("scan", "--json", write({"id": "first", "text": SPAM}))
    (row,) = ended.rows

    assert ended.code == 0
    assert list(row) == ["id", "score", "message", "sender", "signals"]
    assert (row["id"], row["message"], row["sender"]) == ("first", "delete", "mute")
    assert 0.5 < row["score"] < 1
    assert {tuple(signal) for signal in row["signals"]} == {("name", "weight", "detail")}
    assert any("t.me/+AbCdEf" in signal["detail"] for signal in row["signals"])


def test_a_row_without_an_id_is_named_by_its_line(run: Run, write: Write) -> None:
    assert [
        row["id"] for row in run("scan", "--json", write({"text": HAM}, {"text": SPAM})).rows
    ] == [
        "1",
        "2",
    ]


def test_labels_end_in_precision_and_recall(run: Run, write: Write) -> None:
    rows = [{"text": SPAM, "label": "spam"}, {"text": "good day", "label": "spam"}]
    ended = run("scan", write(*rows, {"text": HAM, "label": "ham"}))

    assert "3 judged: 1 deleted" in ended.err
    assert "precision 1.0000, recall 0.5000 of 2 spam, false positives 0.0000 of 1 ham" in ended.err


def test_for_people_only_what_is_not_kept_is_printed(run: Run, write: Write) -> None:
    (line,) = run("scan", write({"text": HAM}, {"text": SPAM})).out.splitlines()

    assert line.startswith("2\t")
    assert "delete/mute" in line


def test_rows_of_text_teach_each_other_nothing(run: Run, write: Write) -> None:
    rows = run("scan", "--json", write(*[{"text": SPAM}] * 5)).rows

    assert len({row["score"] for row in rows}) == 1


def test_a_member_is_trusted_more_than_a_newcomer(run: Run, write: Write) -> None:
    file = write({"text": SPAM})
    (newcomer,) = run("scan", "--json", file).rows
    (member,) = run("scan", "--json", "--as", "member", file).rows

    assert member["score"] < newcomer["score"]


def test_updates_are_judged_in_their_order_and_alike_when_they_come_again(
    run: Run, write: Write
) -> None:
    file = write(
        an_update(1, HAM), an_update(2, HEAVY_SPAM, sender=6), an_update(2, HEAVY_SPAM, sender=6)
    )
    rows = run("scan", "--json", file).rows

    assert [(row["id"], row["message"]) for row in rows] == [
        ("1", "keep"),
        ("2", "delete"),
        ("2", "delete"),
    ]


@pytest.mark.parametrize(
    "broken", ["{", "[1]", '{"words":1}', '{"text":null}', '{"text":7}', '{"update_id":-1}']
)
def test_a_broken_line_is_named_and_passed_over(run: Run, write: Write, broken: str) -> None:
    file = write({"text": HAM}, broken, {"text": SPAM})
    ended = run("scan", "--json", file)

    assert ended.code == 1
    assert [row["message"] for row in ended.rows] == ["keep", "delete"]
    assert f"{file}:2: " in ended.err
    assert "Traceback" not in ended.err


def test_an_empty_file_is_judged_to_hold_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    ended = run("scan", tmp_path / "empty")

    assert (ended.code, ended.out) == (0, "")
    assert "0 judged" in ended.err


def test_a_missing_file_is_named(run: Run, tmp_path: Path) -> None:
    ended = run("scan", tmp_path / "nowhere.jsonl")

    assert ended.code == 1
    assert "nowhere.jsonl: No such file" in ended.err


@pytest.mark.parametrize("policy", ["no json", "[]", '{"no_such_setting":1}'])
def test_a_bad_policy_is_refused_before_anything_is_judged(
    run: Run, write: Write, policy: str
) -> None:
    ended = run("scan", "--policy", write(policy, name="policy.json"), write({"text": SPAM}))

    assert (ended.code, ended.out) == (1, "")
    assert "policy" in ended.err


def test_orphan_surrogates_are_judged_like_any_text(run: Run, write: Write) -> None:
    lines = ['{"text":"\\ud800 alone"}', json.dumps(an_update(7, "x")).replace('"x"', '"\\udfff"')]
    ended = run("scan", "--json", write(*lines))

    assert ended.code == 0
    assert len(ended.rows) == 2


def test_a_line_of_ten_megabytes_stops_nobody(run: Run, write: Write) -> None:
    ended = run("scan", "--json", write({"text": "word " * 2_000_000}, {"text": SPAM}))

    assert [row["message"] for row in ended.rows][1] == "delete"


def test_standard_input_is_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps({"text": SPAM}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))

    assert [row["message"] for row in run("scan", "--json", "-").rows] == ["delete"]


def test_migrate_and_a_sign_in_link_work_on_a_fresh_directory(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHATWARDEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("CHATWARDEN_BOT_TOKEN", raising=False)

    assert run("migrate").code == 0
    assert (tmp_path / "data" / "chatwarden.db").is_file()
    assert "http://127.0.0.1:8080/sign-in#link=" in run("sign-in-link").out
    assert run("migrate", "--down-to", "base").code == 0


def test_a_benchmark_tells_its_stages(run: Run, tmp_path: Path) -> None:
    ended = run("bench", "engine", "--messages", 100, "--repeats", 5, "--record", tmp_path)
    (record,) = tmp_path.glob("engine-*.json")

    assert ended.code == 0
    assert "total" in json.loads(record.read_text())["cpu_us_a_message"]
