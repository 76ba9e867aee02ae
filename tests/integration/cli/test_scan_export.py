"""`chatwarden scan` on exports of Telegram Desktop, and streams of updates judged again."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.command import Run
from tests.support.exports import as_telegram_writes, chat, exported, large_export
from tests.support.scene import HEAVY_SPAM, SPAM

Export = Callable[[str], Path]


@pytest.fixture
def export(tmp_path: Path) -> Export:
    def export(text: str) -> Path:
        path = tmp_path / "result.json"
        path.write_text(text)
        return path

    return export


def test_a_chat_is_judged_message_by_message(run: Run, export: Export) -> None:
    service = {"id": 2, "type": "service", "action": "invite_members", "text": ""}
    bait = [HEAVY_SPAM.partition("https")[0], {"type": "link", "text": "https://t.me/+AbCdEfGh123"}]
    messages = [exported(1), service, exported(3, bait, sender="user6"), exported(4, photo="p.jpg")]
    ended = run("scan", "--json", export(as_telegram_writes(chat(*messages))))

    assert ended.code == 0
    assert [row["id"] for row in ended.rows] == ["1", "3", "4"]
    assert [row["message"] for row in ended.rows[:2]] == ["keep", "delete"]
    assert any("t.me/+AbCdEfGh123" in signal["detail"] for signal in ended.rows[1]["signals"])
    assert "3 judged: 1 deleted" in ended.err


@pytest.mark.parametrize("written", [as_telegram_writes, json.dumps])
def test_a_full_export_is_judged_chat_by_chat(
    run: Run, export: Export, written: Callable[[Any], str]
) -> None:
    chats = [chat(exported(1), number=5), chat(name=None), chat(exported(1, SPAM), number=6)]
    whole = {"about": "x", "chats": {"about": "y", "list": chats}, "left_chats": {"list": []}}
    rows = run("scan", "--json", export(written(whole))).rows

    assert [row["id"] for row in rows] == ["1", "-1000000000006/1"]
    assert [row["message"] for row in rows] == ["keep", "delete"]


def test_broken_messages_are_named_by_number_and_passed_over(run: Run, export: Export) -> None:
    text = as_telegram_writes(chat(exported(1), exported(2), exported(3, SPAM), exported(4)))
    text = text.replace('"id": 2,', '"id": two,')
    ended = run("scan", "--json", file := export(text))

    assert ended.code == 1
    assert [row["id"] for row in ended.rows] == ["1", "3", "4"]
    assert f"{file}:message 2: no JSON object" in ended.err


def test_an_export_that_ends_early_is_judged_as_far_as_it_goes(run: Run, export: Export) -> None:
    text = as_telegram_writes(chat(exported(1), exported(2, SPAM), exported(3)))
    ended = run("scan", "--json", export(text[: text.index('"id": 3') + 20]))

    assert ended.code == 1
    assert [row["id"] for row in ended.rows] == ["1", "2"]
    assert "message 3: the file ends here" in ended.err


def test_what_only_looks_like_an_export_is_told(run: Run, export: Export) -> None:
    ended = run("scan", export('{\n "settings": {\n  "theme": "dark"\n }\n}\n'))

    assert ended.code == 1
    assert "the file holds no chat" in ended.err
    assert "Traceback" not in ended.err


def test_a_line_that_speaks_of_messages_is_no_export(run: Run, export: Export) -> None:
    row = {"text": 'he said "messages": [1] and left', "id": "a"}
    ended = run("scan", "--json", export(json.dumps(row) + "\n"))

    assert [one["id"] for one in ended.rows] == ["a"]


def test_rules_are_tried_on_exports_too(run: Run, export: Export, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rule = {"id": "day", "kind": "literal", "pattern": "saturday", "verdict": {"message": "review"}}
    rules.write_text(json.dumps([rule]))
    file = export(as_telegram_writes(chat(exported(1))))
    ended = run("rules", "test", file, "--rules", rules, "--json")

    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["rules"][0]["hits"] == 1


MEASURED = """
import resource, sys
sys.argv = ["chatwarden", "scan", sys.argv[1]]
from chatwarden.cli import main
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def peak_kib(file: Path) -> tuple[int, str]:
    """Of a process that judges the file: its greatest resident size, and what it said."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHATWARDEN_")}
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, str(file)],
        env=environment,
        cwd=file.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    summary, _, peak = ended.stderr.rstrip().rpartition("\n")
    return int(peak), summary


def test_an_export_of_a_hundred_megabytes_takes_no_more_memory_than_a_small_one(
    tmp_path: Path,
) -> None:
    small, large = tmp_path / "small.json", tmp_path / "large.json"
    for file, size in ((small, 4_000_000), (large, 100_000_000)):
        with file.open("w") as out:
            out.writelines(large_export(size))
    small_peak, _ = peak_kib(small)
    large_peak, summary = peak_kib(large)

    assert large.stat().st_size > 100_000_000
    assert int(summary.split()[0]) > 200_000
    # All 5,000 senders are known after the small file already: what is left is what the reader keeps.
    assert large_peak - small_peak < 24 * 1024
