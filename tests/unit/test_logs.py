"""Logs hold no token and stop nobody."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from chatwarden.logs import set_up_logs
from chatwarden.settings import Settings

TOKEN = "123456789:AAH-abcdefghijklmnopqrstuvwxyz_012345"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:], logging.root.level = handlers, level


def set_up(form: str, **settings: str) -> None:
    set_up_logs(Settings(_env_file=None, log_format=form, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_token_appears_nowhere(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(form)
    log = structlog.get_logger()
    error = ValueError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    log.warning(f"event {TOKEN}", text=TOKEN, error=error, deep={"in": [TOKEN]}, raw=b"x")
    try:
        raise error
    except ValueError:
        log.exception("failed")
        logging.getLogger("library").exception("library %s", TOKEN)
    written = capsys.readouterr().err

    assert "<token>" in written
    assert "library" in written
    assert TOKEN not in written
    assert TOKEN.partition(":")[2] not in written


def test_json_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("json")
    structlog.get_logger().info("hello", chat_id=-1)
    (line,) = capsys.readouterr().err.splitlines()

    assert json.loads(line)["chat_id"] == -1


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("text", log_level="error")
    structlog.get_logger().warning("quiet")

    assert capsys.readouterr().err == ""


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("broken", ["full", "closed"])
def test_a_stream_that_fails_stops_nobody(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    stream: io.StringIO = FullDisk() if broken == "full" else io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    set_up("text")
    if broken == "closed":
        stream.close()

    structlog.get_logger().error("lost")
