"""`chatwarden bench webhook` and `chatwarden bench processors`: what bounds one busy group where it is served by services."""

import asyncio
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console

from chatwarden.cli.bench_product import (
    Message,
    Run,
    deliver,
    deliver_in_turn,
    make_messages,
    quantile,
    staged,
    start_processor,
    start_services,
    warm_up,
)

_MOST_A_SECOND = 10_000
_POLL_SECONDS = 0.02
_MEASURED = (0.1, 0.9)
"""Of the backlog: how processors start and how they end is left out."""
_PERIOD_MICROSECONDS = 10_000


def webhook(
    seconds: Annotated[int, typer.Option(min=5, help="How long.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the messages.")] = 1,
    record: Annotated[
        Path | None, typer.Option(help="Folder to write the result to, as JSON.")
    ] = None,
) -> None:
    """How many of one group's updates a second the webhook takes as Telegram gives them: the next once the last is answered.

    Over CHATWARDEN_REDIS_URL and CHATWARDEN_DATABASE_URL, an empty database, with CHATWARDEN_DURABILITY as it is set.
    """
    from chatwarden.cli.bench import write_record

    load_before = os.getloadavg()[0]
    messages = make_messages(_chance(seed), rate=_MOST_A_SECOND, seconds=seconds, groups=1)
    result = asyncio.run(_measure_webhook(messages, seconds=seconds))
    result |= _of_the_machine(load_before) | {"seed": seed}
    Console().print(
        f"{result['durability']}: {result['updates_a_second']:.0f} updates a second, one after another; "
        f"an answer takes p50 {result['milliseconds']['p50']:.2f} ms, p99 {result['milliseconds']['p99']:.2f} ms; "
        f"ingest {result['cpu_us_a_message']['ingest']:.0f} µs of CPU each; load before: {load_before:.1f}"
    )
    if record is not None:
        write_record(result, record)


def processors(
    messages: Annotated[int, typer.Option(min=1000, help="In the backlog.")] = 30_000,
    share: Annotated[
        float, typer.Option(min=0.05, max=1.0, help="Of a core, that a processor may have.")
    ] = 0.5,
    seed: Annotated[int, typer.Option(help="Of the messages.")] = 1,
    record: Annotated[
        Path | None, typer.Option(help="Folder to write the result to, as JSON.")
    ] = None,
) -> None:
    """How fast one processor, then two, work off a backlog of one group, each held to a share of a core.

    Over CHATWARDEN_REDIS_URL and CHATWARDEN_DATABASE_URL, an empty database. Needs the right to make control groups: root, on Linux.
    """
    from chatwarden.cli.bench import write_record

    load_before = os.getloadavg()[0]
    result = asyncio.run(_measure_processors(seed, messages=messages, share=share))
    result |= _of_the_machine(load_before) | {"seed": seed, "messages": messages, "share": share}
    one, two = result["messages_a_second"]
    Console().print(
        f"At {share} of a core each: one processor {one:.0f} messages a second, two {two:.0f}: {two / one:.2f} ×; "
        f"{result['cpu_us_a_message']['processor']:.0f} µs of CPU a message; load before: {load_before:.1f}"
    )
    if record is not None:
        write_record(result, record)


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311, of a benchmark


def _of_the_machine(load_before: float) -> dict[str, Any]:
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    return {"at": at, "cores": os.cpu_count(), "load_before": load_before}


async def _measure_webhook(messages: Sequence[Message], *, seconds: int) -> dict[str, Any]:
    from chatwarden.settings import Settings

    async with staged(messages) as stage:
        run = stage.run
        await start_services(stage.stack, run, stage.home, processors=1)
        await warm_up(run, stage.control, messages)
        ingest = next(one for one in run.processes if one.name == "ingest")
        before = ingest.cpu_seconds()
        took = await deliver_in_turn(run, (one.raw for one in messages), seconds=seconds)
        spent = (ingest.cpu_seconds() - before) / len(took)
    took.sort()
    return {
        "name": "webhook",
        "durability": Settings().durability,
        "updates_a_second": len(took) / (sum(took) / 1000),
        "milliseconds": {"p50": quantile(took, 0.5), "p99": quantile(took, 0.99)},
        "cpu_us_a_message": {"ingest": spent * 1e6},
    }


async def _measure_processors(seed: int, *, messages: int, share: float) -> dict[str, Any]:
    # Twice the same senders: a backlog for one processor, then one for two.
    written = make_messages(_chance(seed), rate=messages // 10, seconds=20, groups=1)
    backlogs = [written[: len(written) // 2], written[len(written) // 2 :]]
    paces: list[_Pace] = []
    async with staged(written) as stage:
        run, home, control = stage.run, stage.home, stage.control
        await start_services(stage.stack, run, home, processors=0)
        async with AsyncExitStack() as at_first:
            await start_processor(at_first, run, home, 1)
            await warm_up(run, control, written)
        for count, backlog in enumerate(backlogs, start=1):
            at_once = [replace(one, at=0.0) for one in backlog]
            await deliver(run, control, at_once, start=time.time() + 0.2)
            async with AsyncExitStack() as while_working:
                run.processes.clear()
                for number in range(1, count + 1):
                    await start_processor(while_working, run, home, number)
                pids = [process.pid for process in run.processes]
                while_working.enter_context(_held_to(share, pids))
                paces.append(await _worked_off(run, backlog))
    return {
        "name": "processors",
        "messages_a_second": [pace.messages_a_second for pace in paces],
        "cpu_us_a_message": {"processor": paces[-1].cpu_us_a_message},
    }


class _Pace(NamedTuple):
    messages_a_second: float
    cpu_us_a_message: float
    """Of all processors together."""


async def _worked_off(run: Run, backlog: Sequence[Message]) -> _Pace:
    """In the middle of a backlog of one group."""
    from chatwarden.settings import Settings
    from chatwarden.streams.connection import connected
    from chatwarden.streams.partitions import Partitions

    url = Settings().redis_url
    assert url is not None
    begin, end = ((1 - share) * len(backlog) for share in _MEASURED)
    async with connected(url.get_secret_value()) as client:
        partitions = Partitions(client, bot_id=run.bot_id)
        key = partitions.key(partitions.of_chat(backlog[0].chat_id), "updates")

        async def reached(most: float) -> tuple[int, float, float]:
            """What is left, once no more than that is; the moment and the CPU seconds spent."""
            while True:
                left = await client.xlen(key)
                if left <= most:
                    cpu = sum(process.cpu_seconds() for process in run.processes)
                    return left, time.perf_counter(), cpu
                await asyncio.sleep(_POLL_SECONDS)

        many, began, before = await reached(begin)
        few, ended, after = await reached(end)
    return _Pace((many - few) / (ended - began), (after - before) / (many - few) * 1e6)


@contextmanager
def _held_to(share: float, pids: Sequence[int]) -> Iterator[None]:
    """Each process to this share of a core, by a control group of its own. Raises ConfigurationError."""
    from chatwarden.errors import ConfigurationError

    top = Path("/sys/fs/cgroup")
    old = top / "cpu"
    quota = int(share * _PERIOD_MICROSECONDS)
    groups: list[Path] = []
    try:
        try:
            for pid in pids:
                group = (old if old.is_dir() else top) / f"chatwarden-bench-{pid}"
                group.mkdir()
                groups.append(group)
                if old.is_dir():
                    (group / "cpu.cfs_period_us").write_text(str(_PERIOD_MICROSECONDS))
                    (group / "cpu.cfs_quota_us").write_text(str(quota))
                else:
                    (group / "cpu.max").write_text(f"{quota} {_PERIOD_MICROSECONDS}")
                (group / "cgroup.procs").write_text(str(pid))
        except OSError as error:
            raise ConfigurationError(
                f"Processors cannot be held to a share of a core: {error}. Run this as root, on Linux."
            ) from error
        yield
    finally:
        for pid, group in zip(pids, groups, strict=False):
            (group.parent / "cgroup.procs").write_text(str(pid))
            group.rmdir()
