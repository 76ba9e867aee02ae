"""`chatwarden scan`: judges files of messages without touching Telegram.

In: JSON Lines of {"text"} (optional "id", and "label" spam or ham) or of Bot API updates. Files larger than memory are streamed. A line that cannot
be read is named on standard error and passed over; the exit code is then 1, and everything else was judged.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated

import msgspec
import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from chatwarden.cli.judging import FileJudge, Judged, Row, Standing
from chatwarden.cli.quality import Quality
from chatwarden.errors import FileUnusable


def scan(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines files; - is standard input.")],
    as_: Annotated[
        Standing,
        typer.Option("--as", help="Judge texts as a newcomer's first, or as a known member's."),
    ] = Standing.NEWCOMER,
    policy: Annotated[
        Path | None, typer.Option(help="A policy, JSON. Default: preset standard.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON per event.")
    ] = False,
) -> None:
    """Judge messages in files and say why; with labels, how right that is.

    A line is {"text": "..."} with an optional "id" and an optional "label", spam or ham; or a Bot API update.
    """
    judge = FileJudge(policy=_read_policy(policy), standing=as_)
    quality = Quality()
    faults = 0
    with _Bar(files) as (progress, task):
        for file in files:
            for judged in map(judge.judge, _rows(file, progress, task)):
                if judged.fault is not None:
                    faults += 1
                    sys.stderr.write(f"{file}:{judged.line}: {judged.fault}; passed over\n")
                    continue
                quality.add(judged)
                _print(judged, as_json=as_json)
    sys.stdout.flush()
    sys.stderr.write(quality.summary())
    if faults:
        raise typer.Exit(1)


def _print(judged: Judged, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(judged.as_json()).decode() + "\n")
    elif judged.message != "keep":
        reasons = ", ".join(
            f"{signal.name} {signal.contribution / 1000:+.1f}" for signal in judged.signals
        )
        sys.stdout.write(
            f"{judged.id}\t{judged.score:.2f}\t{judged.message}/{judged.sender}\t{reasons}\n"
        )


def _rows(file: Path, progress: Progress, task: TaskID) -> Iterator[Row]:
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


def _read_policy(file: Path | None) -> bytes:
    if file is None:
        return b"{}"
    try:
        return file.read_bytes()
    except OSError as error:
        raise FileUnusable(f"{file}: {error.strerror}.") from None


class _Bar:
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
