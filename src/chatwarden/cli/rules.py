"""`chatwarden rules`: tries rules on files of messages before they count.

In: rules, and files as `chatwarden scan` takes them. Out: what each rule would have hit, by the names of the messages, never their words.
A line that cannot be read is named on standard error and passed over; the exit code is then 1.
"""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chatwarden._engine import PolicyError, RuleTrial
from chatwarden.authored import Standing
from chatwarden.cli.files import FileBar, read_file, rows_of
from chatwarden.errors import ConfigurationError
from chatwarden.message_files.judging import FileJudge

app = typer.Typer(help="Rules of admins.", no_args_is_help=True)

_SHOWN = 5
"""Examples of a rule on a terminal."""


class Tally(msgspec.Struct, frozen=True):
    """What one rule would have hit; examples are names of messages."""

    id: str
    hits: int
    share: float
    """Of all messages."""
    examples: list[str]
    good_hits: int
    """Hits on messages labelled ham, or of senders trusted in their group."""
    good_examples: list[str]
    good_senders: list[int]


class Report(msgspec.Struct, frozen=True):
    """What all rules together would have hit."""

    messages: int
    matched: int
    rules: list[Tally]
    never: list[str]
    """Ids of rules that hit nothing."""


@app.callback()
def _rules() -> None:
    """Rules that admins write: docs/guides/rules.md."""


@app.command(name="test")
def try_rules(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines files; - is standard input.")],
    rules: Annotated[
        Path, typer.Option(help="The rules: a JSON array, or a policy that holds some.")
    ],
    as_: Annotated[
        Standing,
        typer.Option("--as", help="Take texts as a newcomer's first, or as a known member's."),
    ] = Standing.NEWCOMER,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Tell what each rule would have hit, which good senders, and which rules never hit.

    A line is {"text": "..."} with an optional "id" and an optional "label", spam or ham; or a Bot API update.
    """
    trial = _trial(read_file(rules))
    judge = FileJudge(policy=b"{}", standing=as_)
    faults = 0
    with FileBar(files) as (progress, task):
        for file in files:
            for row in rows_of(file, progress, task):
                fault = judge.try_rules(row, trial)
                if fault is not None:
                    faults += 1
                    sys.stderr.write(f"{file}:{row.place}: {fault}; passed over\n")
    if as_json:
        sys.stdout.write(trial.report().decode() + "\n")
    else:
        _show(msgspec.json.decode(trial.report(), type=Report))
    if faults:
        raise typer.Exit(1)


def _trial(document: bytes) -> RuleTrial:
    """Raises ConfigurationError that names rule, field and fault."""
    try:
        if document.lstrip().startswith(b"{"):
            document = bytes(msgspec.json.decode(document, type=_WithRules).rules)
        return RuleTrial(document)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"The rules are no JSON: {error}") from None
    except PolicyError as error:
        raise ConfigurationError(f"The rules: {error}") from None


class _WithRules(msgspec.Struct):
    """A policy, as far as it matters here."""

    rules: msgspec.Raw = msgspec.Raw(b"[]")


def _show(report: Report) -> None:
    table = Table()
    for column in ("rule", "hits", "share", "good ones", "examples"):
        table.add_column(
            column, justify="left" if column in ("rule", "examples") else "right", overflow="fold"
        )
    for rule in sorted(report.rules, key=lambda rule: -rule.hits):
        if rule.hits:
            examples = ", ".join(rule.examples[:_SHOWN])
            good = f"[red]{rule.good_hits}[/red]" if rule.good_hits else "0"
            table.add_row(rule.id, str(rule.hits), f"{rule.share:.2%}", good, escape(examples))
    console = Console()
    if table.row_count:
        console.print(table)
    console.print(f"{report.messages} messages, {report.matched} hit by a rule.", highlight=False)
    for rule in report.rules:
        if rule.good_hits:
            senders = ", ".join(map(str, rule.good_senders[:_SHOWN]))
            examples = escape(", ".join(rule.good_examples[:_SHOWN]))
            console.print(
                f"{rule.id} hits good ones: messages {examples}; senders {senders}.",
                highlight=False,
            )
    if report.never:
        console.print(f"Never hit: {', '.join(report.never)}.", highlight=False)
