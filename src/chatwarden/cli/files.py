"""Files of messages on the command line: read line by line, with a bar that tells how far."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from chatwarden.cli.judging import Row
from chatwarden.errors import FileUnusable


def rows_of(file: Path, progress: Progress, task: TaskID) -> Iterator[Row]:
    """The lines of a file that hold something. Raises FileUnusable."""
    with _opened(file) as lines:
        for number, line in enumerate(lines, 1):
            progress.advance(task, len(line))
            if line.strip():
                yield Row(line=number, raw=line)


def _opened(file: Path) -> IO[bytes]:
    if str(file) == "-":
        return sys.stdin.buffer
    try:
        return file.open("rb")
    except OSError as error:
        raise FileUnusable(f"{file}: {error.strerror}.") from None


def read_file(file: Path) -> bytes:
    """All of a file. Raises FileUnusable."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise FileUnusable(f"{file}: {error.strerror}.") from None


class FileBar:
    """A bar on standard error, by bytes; nothing where standard error is no terminal."""

    def __init__(self, files: list[Path]) -> None:
        from rich.console import Console

        sizes = [file.stat().st_size for file in files if file.is_file()]
        self._progress = Progress(
            TextColumn("Judging"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("judge", total=sum(sizes) or None)

    def __enter__(self) -> tuple[Progress, TaskID]:
        self._progress.start()
        return self._progress, self._task

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
