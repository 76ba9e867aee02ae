import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Ended, Run

from chatwarden.cli import main


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["chatwarden", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, told.out, told.err)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: object, name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
        path.write_text(text + "\n")
        return path

    return write
