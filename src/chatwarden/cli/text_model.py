"""`chatwarden train` and `chatwarden eval`: make the text model, and measure the whole engine on sources its model never saw.

In: folders or files of labelled messages, JSON Lines of `{"text", "label": "spam" | "ham"}`. Out: a model file, or figures. No
message is ever printed. A line that is no labelled message ends the command and is named by file and number.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from chatwarden.cli.files import read_file
from chatwarden.errors import ConfigurationError, FileUnusable

if TYPE_CHECKING:
    from chatwarden._engine import Encoder

_Data = Annotated[list[Path], typer.Option(help="Folder of JSON Lines files, or such a file.")]
_Core = Annotated[
    list[str], typer.Option(help="Sources that count double: part of the file's name.")
]
_Apart = Annotated[
    list[str],
    typer.Option(help="Sources no threshold is chosen by, such as one alone in its language."),
]
_Without = Annotated[list[str], typer.Option(help="Sources to leave out.")]
_Seed = Annotated[int, typer.Option(min=0, help="Where all chance comes from.")]

_Within = Annotated[
    list[str], typer.Option(help="Sources to judge in five parts too: part of the file's name.")
]
_Community = Annotated[
    list[str],
    typer.Option(
        help="Sources that are left out together and learned from taps: parts of names, with a +."
    ),
]
_Taps = Annotated[
    str, typer.Option(help="Taps on spam, and as many on ham, to learn from: 10,30,100.")
]

_CORE = ["tgspam", "_tg_", "authored"]
_APART = ["tr_sms", "authored"]
_WITHOUT = ["translated"]
_WITHIN = ["tgspam", "zh_chat", "id_yt"]
_COMMUNITIES = ["tgspam+_tg_", "id_yt", "zh_chat"]
_MOST_TAPS = 500
"""A group learns from its newest thousand, spam and ham together."""
_SEED = 7


class Tally(msgspec.Struct, frozen=True):
    """Rows judged as newcomers' first messages."""

    rows: int
    punished: int
    """Deleted or worse."""
    reviewed: int
    senders_punished: int

    def share(self, count: int) -> str:
        """A count as a percentage of the rows."""
        return f"{100 * count / self.rows:.2f} %" if self.rows else "–"


class WithMeaning(msgspec.Struct, frozen=True):
    """A source judged in two rounds, the second by what its messages mean, before any tap."""

    ham: Tally
    spam: Tally
    spam_without_links: Tally


class OwnThreshold(msgspec.Struct, frozen=True):
    """A source as a group whose threshold half of its good messages move; of these the other half is judged."""

    shift: int
    """Milli-logits from the shipped threshold."""
    ham: tuple[Tally, Tally]
    """Under the shipped threshold, and under its own."""
    spam: tuple[Tally, Tally]


class SourceReport(msgspec.Struct, frozen=True):
    """A source judged by a model that never saw it."""

    source: str
    threshold: int
    """Milli-logits, chosen without the source."""
    area: int | None
    """Under the curve of hits over false alarms, of the text model alone, in thousandths."""
    recall_at_one_percent: int | None
    """Of the text model alone where 1 % of the good messages are taken for spam, in thousandths."""
    ham: Tally
    spam: Tally
    spam_without_links: Tally
    with_meaning: WithMeaning | None = None
    """None without an encoder."""
    own: OwnThreshold | None = None
    """None where there are too few good messages to draw one from."""


class DisguiseReport(msgspec.Struct, frozen=True):
    """What a way to hide words changes: as it is, and disguised."""

    disguise: str
    spam: tuple[Tally, Tally]
    ham: tuple[Tally, Tally]
    with_meaning: tuple[Tally, Tally] | None = None
    """Spam and good messages, disguised, in two rounds; None without an encoder."""


class Spread(msgspec.Struct, frozen=True):
    """Of several draws, in thousandths."""

    mean: int
    least: int
    most: int

    def __str__(self) -> str:
        """Percentages, those of the draws behind the mean."""
        draws = "" if self.least == self.most else f" ({self.least / 10:.1f}–{self.most / 10:.1f})"
        return f"{self.mean / 10:.1f} %{draws}"


class Point(msgspec.Struct, frozen=True):
    """What a community's model finds after so many taps on spam and as many on ham."""

    taps: int
    recall_at_one_percent: Spread
    found: Spread
    """Of the spam, at the threshold as shipped."""
    falsely: Spread
    """Of the good messages, at the same threshold."""
    hostile: Spread
    """The same where somebody only ever called good messages spam, as often."""


class Curve(msgspec.Struct, frozen=True):
    """How a community that the model never saw is learned."""

    community: str
    spam: int
    silent: int
    """Spam that the model says nothing of, such as a bare link: counted nowhere."""
    ham: int
    encoder: bool
    """Whether the sentence encoder was asked, before any tap and after them."""
    points: list[Point]


class Report(msgspec.Struct, frozen=True):
    """All figures of an evaluation."""

    sources: list[SourceReport]
    within: list[SourceReport]
    """Judged in parts, by models that have read the other parts."""
    disguises: list[DisguiseReport]
    curves: list[Curve]


class _Card(msgspec.Struct, frozen=True):
    threshold: int
    sources: list[dict[str, str | int]]


class _Sources(NamedTuple):
    """Labelled messages, and what part each source plays."""

    files: list[tuple[str, bytes]]
    core: set[str]
    apart: set[str]


@dataclass(frozen=True)
class _Roles:
    core: list[str]
    apart: list[str]
    without: list[str]


def train(
    data: _Data,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    of: Annotated[
        Literal["wording", "meaning"],
        typer.Option(help="The text model, or what the sentence encoder adds to it."),
    ] = "wording",
    core: _Core = _CORE,
    apart: _Apart = _APART,
    without: _Without = _WITHOUT,
    seed: _Seed = _SEED,
) -> None:
    """Make the text model, or what meanings add to it, from labelled messages. The same files, options and seed give the same bytes."""
    sources = _sources(data, _Roles(core, apart, without))
    if of == "wording":
        _train_wording(sources, out, seed)
    else:
        _train_meaning(sources, out, seed)


def _train_wording(sources: _Sources, out: Path, seed: int) -> None:
    from chatwarden import _engine

    try:
        model = _engine.train_text_model(sources.files, sources.core, sources.apart, seed)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    _write(out, model)
    fingerprint, card = _engine.text_model_card(model)
    told = msgspec.json.decode(card, type=_Card)
    print(
        f"{out}: {len(model)} bytes, model {fingerprint}, threshold {told.threshold} milli-logits"
    )
    for source in told.sources:
        print(f"  {source['name']}: {source['spam']} spam, {source['ham']} ham")


def _train_meaning(sources: _Sources, out: Path, seed: int) -> None:
    from chatwarden import _engine

    encoder = _encoder()
    try:
        prior = _engine.train_prior(sources.files, sources.core, seed, encoder)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    _write(out, prior)
    print(f"{out}: {len(prior)} bytes, over the encoder {encoder.fingerprint:016x}")


def _write(out: Path, content: bytes) -> None:
    part = out.with_name(out.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        raise FileUnusable(f"{out}: {error.strerror}.") from None


def evaluate(
    data: _Data,
    core: _Core = _CORE,
    apart: _Apart = _APART,
    without: _Without = _WITHOUT,
    within: _Within = _WITHIN,
    community: _Community = _COMMUNITIES,
    taps: _Taps = "",
    encoder: Annotated[
        bool,
        typer.Option("--encoder", help="Judge and learn a second time, by the sentence encoder."),
    ] = False,
    seed: _Seed = _SEED,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Judge each source by a model that never saw it, as newcomers' first messages under the standard preset."""
    from chatwarden import _engine

    counts = _counts(taps)
    opened = _encoder() if encoder else None
    sources = _sources(data, _Roles(core, apart, without))
    names = [name for name, _ in sources.files]
    members = [(parts, _named(names, parts.split("+"))) for parts in community]
    try:
        answer = _engine.evaluate_text_model(
            sources.files,
            sources.core,
            sources.apart,
            seed,
            _named(names, within),
            [(name, found) for name, found in members if found],
            counts,
            opened,
        )
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    if as_json:
        print(answer.decode())
    else:
        _show(msgspec.json.decode(answer, type=Report))


def _encoder() -> "Encoder":
    from chatwarden.cli.settings import read_settings
    from chatwarden.encoder import open_encoder

    return open_encoder(read_settings().data_dir)


def _sources(data: list[Path], roles: _Roles) -> _Sources:
    paths = sorted(
        (path for place in data for path in (place.glob("*.jsonl") if place.is_dir() else [place])),
        key=lambda path: path.stem,
    )
    kept = [path for path in paths if not _is_named(path.stem, roles.without)]
    if not kept:
        raise FileUnusable(f"{', '.join(map(str, data))}: no *.jsonl file there.")
    return _Sources(
        files=[(path.stem, read_file(path)) for path in kept],
        core={path.stem for path in kept if _is_named(path.stem, roles.core)},
        apart={path.stem for path in kept if _is_named(path.stem, roles.apart)},
    )


def _counts(taps: str) -> list[int]:
    parts = [part.strip() for part in taps.split(",")] if taps else []
    if not all(part.isascii() and part.isdigit() and 0 < int(part) <= _MOST_TAPS for part in parts):
        raise ConfigurationError(
            f"--taps {taps}: numbers from 1 to {_MOST_TAPS} with commas between them, as in 10,30,100."
        )
    return [int(part) for part in parts]


def _named(sources: list[str], parts: list[str]) -> set[str]:
    return {source for source in sources if _is_named(source, parts)}


def _is_named(source: str, parts: list[str]) -> bool:
    return any(part in source for part in parts)


def _show(report: Report) -> None:
    console = Console(width=None if Console().is_terminal else 140)
    title = "Each source by a model that never saw it (deleted or worse)"
    console.print(_source_table(title, report.sources))
    if any(row.with_meaning for row in report.sources):
        console.print(_meaning_table(report.sources))
    console.print(_own_table(report.sources))
    if report.within:
        title = "Parts of a source by models that read its other parts (an upper bound)"
        console.print(_source_table(title, report.within))
    disguises = Table(title="What a disguise changes, over a sample of all sources (punished)")
    for column in ("disguise", "spam", "disguised", "ham", "disguised"):
        disguises.add_column(column, justify="left" if column == "disguise" else "right")
    if report.disguises and report.disguises[0].with_meaning:
        disguises.add_column("spam by meaning", justify="right")
        disguises.add_column("ham by meaning", justify="right")
    for disguise in report.disguises:
        tallies = (*disguise.spam, *disguise.ham, *(disguise.with_meaning or ()))
        shares = [tally.share(tally.punished) for tally in tallies]
        disguises.add_row(disguise.disguise, *shares)
    console.print(disguises)
    if report.curves:
        console.print(_curve_table(report.curves))


def _source_table(title: str, reports: list[SourceReport]) -> Table:
    table = Table(title=title)
    for column in ("source", "ham", "punished", "review", "spam", "punished", "review"):
        table.add_column(column, justify="left" if column == "source" else "right")
    for column in ("spam without links", "AUC", "recall at 1 %"):
        table.add_column(column, justify="right")
    for row in reports:
        recall = row.recall_at_one_percent
        table.add_row(
            row.source,
            str(row.ham.rows),
            row.ham.share(row.ham.punished),
            row.ham.share(row.ham.reviewed),
            str(row.spam.rows),
            row.spam.share(row.spam.punished),
            row.spam.share(row.spam.reviewed),
            row.spam_without_links.share(row.spam_without_links.punished),
            "–" if row.area is None else f"{row.area / 1000:.3f}",
            "–" if recall is None else f"{recall / 10:.1f} %",
        )
    return table


def _meaning_table(reports: list[SourceReport]) -> Table:
    table = Table(title="The same with what the messages mean, before any tap (punished)")
    table.add_column("source")
    for column in ("ham", "by meaning", "spam", "by meaning", "without links", "by meaning"):
        table.add_column(column, justify="right")
    for row in reports:
        if (found := row.with_meaning) is not None:
            pairs = (row.ham, found.ham, row.spam, found.spam)
            tallies = (*pairs, row.spam_without_links, found.spam_without_links)
            table.add_row(row.source, *(tally.share(tally.punished) for tally in tallies))
    return table


def _curve_table(curves: list[Curve]) -> Table:
    table = Table(title="What taps teach of a community the model never saw")
    for column in ("community", "encoder", "spam", "silent", "ham", "taps on each"):
        table.add_column(column, justify="left" if column == "community" else "right")
    for column in ("recall at 1 %", "found as shipped", "falsely", "by hostile taps"):
        table.add_column(column, justify="right")
    for curve in curves:
        encoder = "yes" if curve.encoder else "no"
        facts = (curve.community, encoder, str(curve.spam), str(curve.silent), str(curve.ham))
        for point in curve.points:
            shares = (point.recall_at_one_percent, point.found, point.falsely, point.hostile)
            table.add_row(*facts, str(point.taps), *map(str, shares))
    return table


def _own_table(reports: list[SourceReport]) -> Table:
    table = Table(title="The same with a threshold of its own, as groups have it (punished)")
    for column in ("source", "threshold", "ham", "own", "spam", "own"):
        table.add_column(column, justify="left" if column == "source" else "right")
    for row in reports:
        if row.own is not None:
            tallies = (*row.own.ham, *row.own.spam)
            shares = [tally.share(tally.punished) for tally in tallies]
            table.add_row(row.source, f"{row.own.shift / 1000:+.1f}", *shares)
    return table
