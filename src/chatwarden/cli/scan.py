"""`chatwarden scan`: judges files of messages without touching Telegram.

In: JSON Lines of {"text"} (optional "id", and "label" spam or ham) or of Bot API updates, or an export of Telegram Desktop. Files larger than
memory are streamed. A line or message that cannot be read is named on standard error and passed over; the exit code is then 1, and everything else was judged.
"""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from chatwarden.authored import Standing
from chatwarden.cli.files import FileBar, read_file, rows_of
from chatwarden.cli.quality import Quality
from chatwarden.cli.settings import read_settings
from chatwarden.logs import set_up_logs
from chatwarden.message_files.judging import FileJudge, Judged


def scan(
    files: Annotated[
        list[Path], typer.Argument(help="Exports (result.json) or JSON Lines; - is standard input.")
    ],
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

    A file is an export of Telegram Desktop (result.json), or lines of {"text": "..."} with an optional "id" and an optional "label", spam
    or ham, or lines of Bot API updates.
    """
    settings = read_settings()
    set_up_logs(settings)
    judge = FileJudge(
        policy=b"{}" if policy is None else read_file(policy), standing=as_, lists=settings.lists
    )
    quality = Quality()
    faults = 0
    with FileBar(files) as (progress, task):
        for file in files:
            for judged in map(judge.judge, rows_of(file, progress, task)):
                if judged.fault is not None:
                    faults += 1
                    sys.stderr.write(f"{file}:{judged.place}: {judged.fault}; passed over\n")
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
