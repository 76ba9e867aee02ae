"""`chatwarden bench pipeline`: from the moment at which Telegram sends a message to the call that deletes it, under load."""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chatwarden.cli.bench_meaning import Comparisons, all_compared, compared, teach
from chatwarden.cli.bench_product import (
    Message,
    deliver,
    drain,
    make_messages,
    quantile,
    staged,
    start_embedded,
    start_services,
    warm_up,
)


def pipeline(
    distributed: Annotated[
        bool,
        typer.Option(
            help="Services over CHATWARDEN_REDIS_URL and CHATWARDEN_DATABASE_URL, an empty database; else `chatwarden run`."
        ),
    ] = False,
    rate: Annotated[int, typer.Option(min=1, help="Messages a second.")] = 1000,
    seconds: Annotated[int, typer.Option(min=5, help="How long.")] = 60,
    groups: Annotated[int, typer.Option(min=1, help="Groups they are written in.")] = 1,
    processors: Annotated[int, typer.Option(min=1, help="Processors, where distributed.")] = 1,
    newcomers: Annotated[
        float,
        typer.Option(
            min=0,
            max=0.9,
            help="Share of the messages that newcomers write about what was called spam: taught, and compared by the sentence encoder.",
        ),
    ] = 0.0,
    limits: Annotated[bool, typer.Option(help="Let the simulator keep Telegram's limits.")] = False,
    seed: Annotated[int, typer.Option(help="Of the messages.")] = 1,
    record: Annotated[
        Path | None, typer.Option(help="Folder to write the result to, as JSON.")
    ] = None,
) -> None:
    """A tenth of the messages is spam, each of a new sender. Open loop: late is late, whoever is to blame.

    Milliseconds from the scheduled delivery to the call that deletes, calls that are missing or made twice, CPU by process. With `--newcomers`, what share of
    theirs the budget (CHATWARDEN_MEANING_CALLS_A_MINUTE) left to their words alone.
    """
    from chatwarden.cli.bench import write_record
    from chatwarden.encoder import encoder_version
    from chatwarden.errors import EncoderMissing

    load_before = os.getloadavg()[0]
    chance = random.Random(seed)  # noqa: S311, of a benchmark
    messages = list(
        make_messages(chance, rate=rate, seconds=seconds, groups=groups, newcomer_share=newcomers)
    )
    if newcomers and encoder_version() is None:
        raise EncoderMissing
    result = asyncio.run(
        _measure(messages, distributed=distributed, processors=processors, limits=limits)
    )
    result |= {"load_before": load_before, "rate": rate, "seconds": seconds, "groups": groups}
    result |= {"newcomers": newcomers}
    result |= {"processors": processors if distributed else 0, "limits": limits, "seed": seed}
    _show(result)
    if record is not None:
        write_record(result, record)


async def _measure(
    messages: Sequence[Message], *, distributed: bool, processors: int, limits: bool
) -> dict[str, Any]:
    async with staged(messages, limits=limits) as stage:
        run, home, control = stage.run, stage.home, stage.control
        if distributed:
            await start_services(stage.stack, run, home, processors=processors)
        else:
            await start_embedded(stage.stack, run, home)
        await warm_up(run, control, messages)
        newcomers = sum(one.is_newcomers for one in messages)
        if newcomers:
            await teach(run, control, messages, home)
        before = await compared(run) if newcomers else Comparisons()
        for process in run.processes:
            process.before = process.cpu_seconds()
        start = time.time() + 0.2
        late = await deliver(run, control, messages, start=start)
        deleted, punished = await drain(control, messages)
        after = await all_compared(run, before, newcomers) if newcomers else Comparisons()
        spent = {
            process.name: (process.cpu_seconds() - process.before) / len(messages) * 1e6
            for process in run.processes
        }
    spam = [one for one in messages if one.is_spam]
    latencies = sorted(
        (deleted[one.chat_id, one.message_id][0] - start - one.at) * 1000
        for one in spam
        if (one.chat_id, one.message_id) in deleted
    )
    ham = {(one.chat_id, one.message_id) for one in messages if not one.is_spam}
    return {
        "name": "pipeline-distributed" if distributed else "pipeline-embedded",
        "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
        "cores": os.cpu_count(),
        "messages": len(messages),
        "spam": len(spam),
        "milliseconds": {
            "p50": quantile(latencies, 0.5),
            "p99": quantile(latencies, 0.99),
            "most": latencies[-1] if latencies else None,
        },
        "sent_late_milliseconds": {"p99": quantile(sorted(late), 0.99)},
        "lost": len(spam) - len(latencies),
        "deleted_twice": sum(len(times) > 1 for times in deleted.values()),
        "ham_deleted": len(ham & set(deleted)),
        "punished_twice": sum(count > 1 for count in punished.values()),
        "not_punished": sum(one.sender_id not in punished for one in spam),
        "by_meaning": {
            "newcomers_messages": newcomers,
            "compared": after.compared - before.compared,
            "spared": after.spared - before.spared,
        },
        "cpu_us_a_message": spent,
    }


def _show(result: dict[str, Any]) -> None:
    table = Table(title=f"{result['name']}: CPU µs a message")
    table.add_column("process")
    table.add_column("µs", justify="right")
    for name, cost in result["cpu_us_a_message"].items():
        table.add_row(name, f"{cost:.0f}")
    table.add_row("together", f"{sum(result['cpu_us_a_message'].values()):.0f}")
    console = Console()
    console.print(table)
    told = {
        name: "none" if value is None else f"{value:.1f} ms"
        for name, value in result["milliseconds"].items()
    }
    console.print(
        f"{result['messages']} messages, {result['rate']}/s in {result['groups']} group(s); "
        f"{result['spam']} spam deleted after p50 {told['p50']}, p99 {told['p99']}, most {told['most']}"
    )
    wrong = ("lost", "deleted_twice", "ham_deleted", "punished_twice", "not_punished")
    console.print(", ".join(f"{name.replace('_', ' ')}: {result[name]}" for name in wrong))
    meaning = result["by_meaning"]
    if asked := meaning["newcomers_messages"]:
        console.print(
            f"{asked} newcomers' messages to compare by meaning: {meaning['compared']} compared; "
            f"{meaning['spared']} spared, {100 * meaning['spared'] / asked:.1f} %"
        )
    late = result["sent_late_milliseconds"]["p99"]
    console.print(
        f"sent late: p99 {late:.1f} ms; load before: {result['load_before']:.1f}"
        + (" (busy machine)" if result["load_before"] > (os.cpu_count() or 1) / 2 else "")
    )
