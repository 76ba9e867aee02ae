"""The folder of lists: what is taken in, what is passed over, and what a broken file leaves in use."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.testing import LogCapture

from chatwarden._engine import Engine, HostList
from chatwarden.lists import ListFolder

BOT_ID = 7
DRAINER = "https://claim-drop.example/start"


@pytest.fixture
def log() -> Iterator[LogCapture]:
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture
    structlog.reset_defaults()


def verdict(engine: Engine, text: str) -> dict[str, object]:
    message = {
        "message_id": 1,
        "date": 1_790_000_000,
        "text": text,
        "chat": {"id": -5, "type": "supergroup", "title": "Makers"},
        "from": {"id": 42, "is_bot": False, "first_name": "Rex"},
    }
    raw = json.dumps({"update_id": 1, "message": message}).encode()
    stored = engine.judge_batch(BOT_ID, [raw]).items[0].verdict
    assert stored is not None
    decoded: dict[str, object] = json.loads(stored)
    return decoded


def is_banned(engine: Engine, text: str = DRAINER) -> bool:
    return verdict(engine, text)["sender"] == "ban"


def write(path: Path, text: str) -> None:
    """In one step, and with a date of its own however fast the test runs."""
    new = path.with_suffix(".new")
    new.write_text(text)
    now = new.stat().st_mtime_ns + write.calls * 1_000_000  # type: ignore[attr-defined]
    write.calls += 1  # type: ignore[attr-defined]
    os.utime(new, ns=(now, now))
    new.rename(path)


write.calls = 1  # type: ignore[attr-defined]


def settle(folder: ListFolder, engine: Engine) -> None:
    """A file is read at the second look that finds it as it was."""
    folder.look(engine)
    folder.look(engine)


def test_a_folder_is_taken_in_as_it_is(tmp_path: Path, log: LogCapture) -> None:
    write(tmp_path / "scam-hosts-mine.txt", "# drainers\nclaim-drop.example\n")
    write(tmp_path / "telegram-names.txt", "@refund_desk\n")
    write(tmp_path / "notes.txt", "remember the milk\n")
    engine = Engine()

    ListFolder(tmp_path).load(engine)

    assert is_banned(engine)
    assert verdict(engine, "write @refund_desk")["sender"] == "mute"
    versions = verdict(engine, "hello")["versions"]
    assert isinstance(versions, dict)
    assert versions["lists"] is not None
    assert [entry["file"] for entry in log.entries if entry["log_level"] == "warning"] == [
        "notes.txt"
    ]


def test_a_changed_file_counts_once_it_stands_still(tmp_path: Path, log: LogCapture) -> None:
    folder, engine = ListFolder(tmp_path), Engine()
    folder.load(engine)
    assert not is_banned(engine)

    write(tmp_path / "scam-hosts.txt", "claim-drop.example\n")
    folder.look(engine)
    assert not is_banned(engine)
    folder.look(engine)
    assert is_banned(engine)

    write(tmp_path / "scam-hosts.txt", "other.example\n")
    settle(folder, engine)
    assert not is_banned(engine)

    write(tmp_path / "scam-hosts.txt", "claim-drop.example\n")
    settle(folder, engine)
    (tmp_path / "scam-hosts.txt").unlink()
    folder.look(engine)
    assert not is_banned(engine)


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, log: LogCapture) -> None:
    write(tmp_path / "scam-hosts.txt", "claim-drop.example\n")
    folder, engine = ListFolder(tmp_path), Engine()
    folder.load(engine)
    settle(folder, engine)

    assert [entry["event"] for entry in log.entries] == ["list read"]


def test_faulty_lines_are_told_by_number_and_passed_over(tmp_path: Path, log: LogCapture) -> None:
    lines = ["claim-drop.example", "https://secret.example/x", "good.example", "com"]
    write(tmp_path / "scam-hosts.txt", "\n".join(lines))
    engine = Engine()

    ListFolder(tmp_path).load(engine)

    (warning,) = [entry for entry in log.entries if entry["log_level"] == "warning"]
    assert [line.split(":")[0] for line in warning["lines"]] == ["2", "4"]
    assert "secret" not in str(log.entries)
    assert is_banned(engine)


@pytest.mark.parametrize("broken", ["<html>\n<p>not here</p>\n", "\x00\x01\x02"])
def test_a_broken_file_leaves_the_good_one_in_use(
    tmp_path: Path, log: LogCapture, broken: str
) -> None:
    write(tmp_path / "scam-hosts.txt", "claim-drop.example\n")
    folder, engine = ListFolder(tmp_path), Engine()
    folder.load(engine)

    write(tmp_path / "scam-hosts.txt", broken)
    settle(folder, engine)

    assert is_banned(engine)
    assert log.entries[-1]["log_level"] == "error"


def test_a_folder_that_goes_away_is_told_once_and_changes_nothing(
    tmp_path: Path, log: LogCapture
) -> None:
    place = tmp_path / "lists"
    place.mkdir()
    write(place / "scam-hosts.txt", "claim-drop.example\n")
    folder, engine = ListFolder(place), Engine()
    folder.load(engine)

    place.rename(tmp_path / "elsewhere")
    settle(folder, engine)

    assert is_banned(engine)
    assert [entry["event"] for entry in log.entries] == ["list read", "no lists"]


def test_rules_for_all_groups_are_taken_in_and_kept_where_new_ones_are_broken(
    tmp_path: Path, log: LogCapture
) -> None:
    rule = {
        "id": "tomato",
        "kind": "literal",
        "pattern": "tomato",
        "verdict": {"message": "delete", "sender": "ban"},
    }
    folder, engine = ListFolder(tmp_path), Engine()
    folder.load(engine)
    write(tmp_path / "rules.json", json.dumps([rule]))
    settle(folder, engine)
    assert is_banned(engine, "a tomato here")

    write(tmp_path / "rules.json", json.dumps([rule | {"kind": "regex", "pattern": "("}]))
    settle(folder, engine)
    assert is_banned(engine, "a tomato here")
    assert 'rules[0] ("tomato"): pattern' in log.entries[-1]["reason"]

    (tmp_path / "rules.json").unlink()
    folder.look(engine)
    assert not is_banned(engine, "a tomato here")


def test_a_list_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind of list: weather"):
        HostList("weather", b"")
