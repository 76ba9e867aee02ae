"""`chatwarden bench`: what it costs, measured."""

import json
import os
import platform
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from chatwarden.cli.bench_api import api
from chatwarden.cli.bench_encoder import encoder
from chatwarden.cli.bench_pipeline import pipeline
from chatwarden.cli.bench_services import processors, webhook

app = typer.Typer(help="Benchmarks.", no_args_is_help=True)
app.command()(api)
app.command()(pipeline)
app.command()(webhook)
app.command()(processors)
app.command()(encoder)

_BOT_ID = 42
_WARM_UP = 1
_WHOLE = ("total", "p99", "longest", "hostile")
"""Of a message as a whole; the stages are timed one by one, which costs a little itself."""
_RULES = 10_000
"""Rules for all groups, as in a deployment of some size."""
_GROWN_RULES = 100_000
_KNOWN = 100_000
"""Texts called spam that are stored, as in a deployment of some size."""
_GROWN_KNOWN = 1_000_000


class _RuleCost(NamedTuple):
    """What a number of rules costs."""

    rules: int
    expressions: int
    """Regular expressions among them; the others are literals."""
    build_seconds: float
    """CPU time to check and compile them."""
    megabytes: float
    cpu_us_a_message: float
    """The whole way, bytes to verdict."""
    growth: float
    """Against a tenth of them."""


class _KnownCost(NamedTuple):
    """What a look-up among stored near-duplicates costs."""

    stored: int
    cpu_us_a_message: float
    """The whole way, bytes to verdict."""
    growth: float
    """Against a tenth of them, as those below."""
    miss_us: float
    hit_us: float
    miss_growth: float
    hit_growth: float


@app.callback()
def _bench() -> None:
    """Benchmarks. Figures are CPU time of the working thread, so that a busy machine does not spoil them."""


@app.command()
def engine(
    messages: Annotated[int, typer.Option(min=100, help="Messages in the corpus.")] = 20_000,
    repeats: Annotated[int, typer.Option(min=5, help="Runs; the median is told.")] = 7,
    seed: Annotated[int, typer.Option(help="Of the corpus.")] = 1,
    record: Annotated[
        Path | None, typer.Option(help="Folder to write the result to, as JSON.")
    ] = None,
) -> None:
    """Raw update bytes to verdict bytes under 10,000 rules, beside 100,000 known spam texts.

    CPU microseconds a message, where they go, and how they grow.
    """
    from chatwarden import _engine

    load_before = os.getloadavg()[0]
    corpus = _engine.corpus(seed, messages)
    rules = _engine.rule_corpus(seed, _RULES, 0)
    _engine.profile(_BOT_ID, corpus, _WARM_UP, rules, _KNOWN)
    runs = [_engine.profile(_BOT_ID, corpus, 1, rules, _KNOWN) for _ in range(repeats)]
    stages = {name: sorted(run[name] for run in runs) for name in runs[0]}
    _show(stages, corpus, load_before=load_before)
    costs = _rule_costs(corpus, seed=seed, repeats=repeats)
    _show_rules(costs)
    known = _known_costs(corpus, repeats=repeats)
    _show_known(known)
    result = {
        "name": "engine",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "engine": _engine.__version__,
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
        "load_before": load_before,
        "messages": messages,
        "repeats": repeats,
        "seed": seed,
        "cpu_us_a_message": {
            name: {"median": statistics.median(values), "least": values[0], "most": values[-1]}
            for name, values in stages.items()
        },
        "rules": [cost._asdict() for cost in costs],
        "known_spam": [cost._asdict() for cost in known],
    }
    if record is not None:
        write_record(result, record)


def _show(stages: dict[str, list[float]], corpus: list[bytes], *, load_before: float) -> None:
    sizes = sorted(len(update) for update in corpus)
    total = statistics.median(stages["total"])
    together = sum(statistics.median(stages[name]) for name in stages if name not in _WHOLE)
    table = Table(title="Engine: CPU µs a message")
    for column in ("stage", "median", "least", "most", "share"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for name, values in stages.items():
        median = statistics.median(values)
        share = "" if name in _WHOLE else f"{median / together:.0%}"
        table.add_row(name, f"{median:.2f}", f"{values[0]:.2f}", f"{values[-1]:.2f}", share)
    console = Console()
    console.print(table)
    console.print(
        f"{len(corpus)} updates, median {sizes[len(sizes) // 2]} bytes, "
        f"p99 {sizes[len(sizes) * 99 // 100]} bytes; "
        f"{1e6 / total:,.0f} messages/s on one core; load before: {load_before:.1f}"
        + (" (busy machine)" if load_before > (os.cpu_count() or 1) / 2 else "")
    )


def _rule_costs(corpus: list[bytes], *, seed: int, repeats: int) -> list[_RuleCost]:
    """Literals, then a mix with one expression in a hundred: none, ten thousand, a hundred thousand."""
    costs = [_rule_cost(corpus, 0, 0, seed=seed, repeats=repeats, before=None)]
    for share in (0, 100):
        few, many = ((count, count // share if share else 0) for count in (_RULES, _GROWN_RULES))
        small = _rule_cost(corpus, *few, seed=seed, repeats=repeats, before=None)
        costs += [small, _rule_cost(corpus, *many, seed=seed, repeats=repeats, before=small)]
    return costs


def _rule_cost(
    corpus: list[bytes],
    count: int,
    expressions: int,
    *,
    seed: int,
    repeats: int,
    before: _RuleCost | None,
) -> _RuleCost:
    from chatwarden import _engine

    rules = _engine.rule_corpus(seed, count, expressions)
    begun = time.process_time()
    trial = _engine.RuleTrial(rules)
    build = time.process_time() - begun
    total = _engine.profile(_BOT_ID, corpus, repeats, rules, 0)["total"]
    growth = 1.0 if before is None else total / before.cpu_us_a_message
    return _RuleCost(count, expressions, build, trial.size / 1e6, total, growth)


def _show_rules(costs: list[_RuleCost]) -> None:
    table = Table(title="Engine: CPU µs a message, by rules for all groups")
    for column in ("rules", "of them regex", "µs", "growth", "build s", "MB"):
        table.add_column(column, justify="right")
    for cost in costs:
        table.add_row(
            f"{cost.rules:,}",
            f"{cost.expressions:,}",
            f"{cost.cpu_us_a_message:.2f}",
            f"{cost.growth:.2f} ×",
            f"{cost.build_seconds:.2f}",
            f"{cost.megabytes:.1f}",
        )
    Console().print(table)


def _known_costs(corpus: list[bytes], *, repeats: int) -> list[_KnownCost]:
    from chatwarden import _engine

    costs: list[_KnownCost] = []
    for stored in (_KNOWN, _GROWN_KNOWN):
        total = _engine.profile(_BOT_ID, corpus, repeats, b"[]", stored)["total"]
        miss, hit = _engine.profile_known(_BOT_ID, stored, repeats)
        few = costs[0] if costs else _KnownCost(stored, total, 1.0, miss, hit, 1.0, 1.0)
        growths = (total / few.cpu_us_a_message, miss / few.miss_us, hit / few.hit_us)
        costs.append(_KnownCost(stored, total, growths[0], miss, hit, *growths[1:]))
    return costs


def _show_known(costs: list[_KnownCost]) -> None:
    table = Table(title="Engine: CPU µs a message and a look-up, by known spam texts")
    for column in ("stored", "message", "growth", "none found", "growth", "one found", "growth"):
        table.add_column(column, justify="right")
    for cost in costs:
        table.add_row(
            f"{cost.stored:,}",
            f"{cost.cpu_us_a_message:.2f}",
            f"{cost.growth:.2f} ×",
            f"{cost.miss_us:.2f}",
            f"{cost.miss_growth:.2f} ×",
            f"{cost.hit_us:.2f}",
            f"{cost.hit_growth:.2f} ×",
        )
    Console().print(table)


def write_record(result: dict[str, Any], folder: Path) -> None:
    """Write a result beside its earlier ones, and tell how its first figure has changed."""
    folder.mkdir(parents=True, exist_ok=True)
    earlier = sorted(folder.glob(f"{result['name']}-*.json"))
    if earlier:
        before = _total(json.loads(earlier[-1].read_text()))
        now = _total(result)
        Console().print(f"Before ({earlier[-1].name}): {before:.2f} µs; now {now / before:.2f} ×")
    stamp = result["at"].replace(":", "").split("+")[0]
    (folder / f"{result['name']}-{stamp}.json").write_text(json.dumps(result, indent=2) + "\n")


def _total(result: dict[str, Any]) -> float:
    """CPU microseconds a message, of the engine as a whole or of all processes together."""
    costs = result["cpu_us_a_message"]
    return float(costs["total"]["median"] if "total" in costs else sum(costs.values()))
