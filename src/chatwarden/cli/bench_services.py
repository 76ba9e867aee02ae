"""`chatwarden bench webhook` and `chatwarden bench processors`: what bounds one busy group where it is served by services."""

import asyncio
import os
import random
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from chatwarden.cli.bench_product import (
    Message,
    Run,
    bring_together,
    deliver,
    deliver_in_turn,
    make_messages,
    playing_simulator,
    quantile,
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

    async with _services(messages) as (stack, run, home, control):
        await start_processor(stack, run, home, 1)
        await warm_up(run, control, messages)
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
    chance = _chance(seed)
    rate = messages // 10
    # Twice the same senders: a backlog for one processor, then one for two.
    written = make_messages(chance, rate=rate, seconds=20, groups=1)
    backlogs = [written[: len(written) // 2], written[len(written) // 2 :]]
    speeds: list[float] = []
    async with _services(written) as (_, run, home, control):
        async with AsyncExitStack() as at_first:
            await start_processor(at_first, run, home, 1)
            await warm_up(run, control, written)
        cpu = 0.0
        for count, backlog in enumerate(backlogs, start=1):
            await deliver(run, control, _at_once(backlog), start=time.time() + 0.2)
            async with AsyncExitStack() as while_working:
                run.processes.clear()
                for number in range(1, count + 1):
                    await start_processor(while_working, run, home, number)
                pids = [process.pid for process in run.processes]
                while_working.enter_context(_held_to(share, pids))
                speeds.append(await _worked_off(run, backlog))
                cpu = sum(process.cpu_seconds() for process in run.processes) / len(backlog)
    return {
        "name": "processors",
        "messages_a_second": speeds,
        "cpu_us_a_message": {"processor": cpu * 1e6},
    }


@asynccontextmanager
async def _services(
    messages: Sequence[Message],
) -> AsyncIterator[tuple[AsyncExitStack, Run, Path, Any]]:
    """All services but processors, and everybody who writes."""
    from chatwarden.simulator.client import ControlClient

    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chatwarden-bench-")))
        token = f"{secrets.randbits(32)}:BENCH"
        simulator = await stack.enter_async_context(playing_simulator(home, token, limits=False))
        run = Run(simulator, token)
        control = await stack.enter_async_context(ControlClient(simulator))
        await bring_together(control, messages, bot_id=int(token.partition(":")[0]))
        await start_services(stack, run, home, processors=0)
        yield stack, run, home, control


def _at_once(messages: Iterable[Message]) -> list[Message]:
    return [
        Message(0.0, one.raw, one.message_id, one.chat_id, one.sender_id, one.is_spam)
        for one in messages
    ]


async def _worked_off(run: Run, backlog: Sequence[Message]) -> float:
    """Messages a second, in the middle of a backlog of one group."""
    from chatwarden.settings import Settings
    from chatwarden.streams.connection import connected
    from chatwarden.streams.partitions import Partitions

    url = Settings().redis_url
    assert url is not None
    begin, end = ((1 - share) * len(backlog) for share in _MEASURED)
    began: tuple[float, int] | None = None
    async with connected(url.get_secret_value()) as client:
        partitions = Partitions(client, bot_id=int(run.token.partition(":")[0]))
        key = partitions.key(partitions.of_chat(backlog[0].chat_id), "updates")
        while True:
            left, now = await client.xlen(key), time.perf_counter()
            if began is None and left <= begin:
                began = now, left
            if began is not None and left <= end:
                return (began[1] - left) / (now - began[0])
            await asyncio.sleep(_POLL_SECONDS)


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
