"""Files of messages on the command line: read as a stream, with a bar that tells how far."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from chatwarden.errors import FileUnusable
from chatwarden.message_files.export import export_rows, is_export
from chatwarden.message_files.judging import Row

PIECE_BYTES = 256 * 1024


def rows_of(file: Path, progress: Progress, task: TaskID) -> Iterator[Row]:
    """The lines of a file that hold something, or the messages of an export. Raises FileUnusable."""
    with _opened(file) as stream:
        if is_export(stream.peek(PIECE_BYTES)):
            yield from export_rows(_pieces(stream, progress, task))
            return
        for number, line in enumerate(stream, 1):
            progress.advance(task, len(line))
            if line.strip():
                yield Row(number, line)


def _pieces(stream: io.BufferedReader, progress: Progress, task: TaskID) -> Iterator[bytes]:
    while piece := stream.read(PIECE_BYTES):
        progress.advance(task, len(piece))
        yield piece


def _opened(file: Path) -> io.BufferedReader:
    if str(file) == "-":
        return io.BufferedReader(sys.stdin.buffer, PIECE_BYTES)  # type: ignore[arg-type]
    try:
        return io.BufferedReader(file.open("rb", buffering=0), PIECE_BYTES)
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
