"""`chatwarden bench pipeline`: from the moment at which Telegram sends a message to the call that deletes it, under load."""

import asyncio
import json
import os
import random
import re
import secrets
import socket
import string
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

_SPAM_SHARE = 0.1
_SECONDS_BETWEEN = 20
"""Of one member's messages: nobody floods, which would be a reason to delete."""
_WARM_UP_SECONDS = 3
_DRAIN_SECONDS = 30.0
_CONNECTIONS = 64
_FIRST_UPDATE = 1000
_TICKS = os.sysconf("SC_CLK_TCK")
_WORDS = [
    "bench",
    "lathe",
    "saturday",
    "borrow",
    "clamp",
    "glue",
    "oak",
    "pine",
    "ruler",
    "apron",
    "coffee",
    "window",
    "noise",
    "key",
    "door",
    "shelf",
    "drill",
    "dust",
]


@dataclass(frozen=True, slots=True)
class _Message:
    at: float
    """Seconds after the start at which it is to be sent."""
    raw: bytes
    message_id: int
    chat_id: int
    sender_id: int
    is_spam: bool


@dataclass(slots=True)
class _Process:
    name: str
    pid: int
    before: float = 0.0

    @property
    def is_here(self) -> bool:
        return Path(f"/proc/{self.pid}/stat").exists()

    def cpu_seconds(self) -> float:
        """Of it and of the children it has waited for."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(slots=True)
class _Run:
    """What is measured, and where it is delivered."""

    simulator: str
    token: str
    address: str | None = None
    """Of the webhook; None where Telegram is polled."""
    secret: str = ""
    processes: list[_Process] = field(default_factory=list)


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
    limits: Annotated[bool, typer.Option(help="Let the simulator keep Telegram's limits.")] = False,
    seed: Annotated[int, typer.Option(help="Of the messages.")] = 1,
    record: Annotated[
        Path | None, typer.Option(help="Folder to write the result to, as JSON.")
    ] = None,
) -> None:
    """A tenth of the messages is spam, each of a new sender. Open loop: late is late, whoever is to blame.

    Milliseconds from the scheduled delivery to the call that deletes, calls that are missing or made twice, CPU by process.
    """
    from chatwarden.cli.bench import write_record

    load_before = os.getloadavg()[0]
    chance = random.Random(seed)  # noqa: S311, of a benchmark
    messages = list(_messages(chance, rate=rate, seconds=seconds, groups=groups))
    result = asyncio.run(
        _measure(messages, distributed=distributed, processors=processors, limits=limits)
    )
    result |= {"load_before": load_before, "rate": rate, "seconds": seconds, "groups": groups}
    result |= {"processors": processors if distributed else 0, "limits": limits, "seed": seed}
    _show(result)
    if record is not None:
        write_record(result, record)


def _messages(chance: random.Random, *, rate: int, seconds: int, groups: int) -> Sequence[_Message]:
    members = range(6_000_000_000, 6_000_000_000 + rate * _SECONDS_BETWEEN)
    chats = [-1_009_000_000_000 - number for number in range(groups)]
    date = int(time.time())
    found: list[_Message] = []
    for number in range(rate * seconds):
        is_spam = chance.random() < _SPAM_SHARE
        sender = 7_000_000_000 + number if is_spam else members[number % len(members)]
        code = "".join(chance.choices(string.ascii_letters, k=16))
        wage = chance.randint(50, 300)
        text = (
            f"We know a remote job for {wage}$ a day, {chance.choice(_WORDS)} https://t.me/+{code}"
            if is_spam
            else " ".join(chance.choices(_WORDS, k=chance.randint(3, 14)))
        )
        chat_id = chance.choice(chats)
        body = {
            "message_id": number + 1,
            "date": date,
            "chat": {"id": chat_id, "type": "supergroup", "title": f"Bench {chat_id}"},
            "from": {"id": sender, "is_bot": False, "first_name": "Kim"},
            "text": text,
        }
        raw = json.dumps({"update_id": _FIRST_UPDATE + number, "message": body}).encode()
        found.append(_Message(number / rate, raw, number + 1, chat_id, sender, is_spam))
    return found


async def _measure(
    messages: Sequence[_Message], *, distributed: bool, processors: int, limits: bool
) -> dict[str, Any]:
    from chatwarden.simulator.client import ControlClient

    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chatwarden-bench-")))
        token = f"{secrets.randbits(32)}:BENCH"
        simulator = await stack.enter_async_context(_simulator(home, token, limits=limits))
        run = _Run(simulator, token)
        control = await stack.enter_async_context(ControlClient(simulator))
        await _people(control, messages, bot_id=int(token.partition(":")[0]))
        if distributed:
            await _start_services(stack, run, home, processors=processors)
        else:
            await _start_embedded(stack, run, home)
        await _warm_up(run, control, messages)
        for process in run.processes:
            process.before = process.cpu_seconds()
        start = time.time() + 0.2
        late = await _deliver(run, control, messages, start=start)
        deleted, punished = await _drain(control, messages)
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
            "p50": _quantile(latencies, 0.5),
            "p99": _quantile(latencies, 0.99),
            "most": latencies[-1] if latencies else None,
        },
        "sent_late_milliseconds": {"p99": _quantile(sorted(late), 0.99)},
        "lost": len(spam) - len(latencies),
        "deleted_twice": sum(len(times) > 1 for times in deleted.values()),
        "ham_deleted": len(ham & set(deleted)),
        "punished_twice": sum(count > 1 for count in punished.values()),
        "not_punished": sum(one.sender_id not in punished for one in spam),
        "cpu_us_a_message": spent,
    }


async def _people(control: Any, messages: Sequence[_Message], *, bot_id: int) -> None:
    """Everybody exists, and spammers are members: whom Telegram does not know it cannot silence."""
    from chatwarden.simulator.client import NewChat, NewPerson

    chats = sorted({one.chat_id for one in messages})
    (owner,) = await control.add_people(NewPerson(first_name="Owner"))
    for chat_id in chats:
        await control.add_chat(NewChat(id=chat_id, title=f"Bench {chat_id}", owner=owner))
    senders = sorted({(one.chat_id, one.sender_id) for one in messages})
    people = sorted({sender for _, sender in senders})
    for begin in range(0, len(people), 500):
        some = people[begin : begin + 500]
        await control.add_people(*(NewPerson(id=one, first_name="Kim") for one in some))
    for chat_id in chats:
        await control.join(
            chat_id, *(sender for chat, sender in senders if chat == chat_id), announced=False
        )
        await control.add_admin(chat_id, bot_id)


@asynccontextmanager
async def _started(
    run: _Run | None, name: str, command: Sequence[str], home: Path, env: dict[str, str]
) -> AsyncIterator[str]:
    """A process from its first line `name: value` to its end; the value."""
    log = home / f"{name.replace(' ', '-')}.log"
    with log.open("wb") as errors:
        # A processor logs to its standard output, and says nothing else there.
        output = errors if name.startswith("processor") else asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, env=env, stdout=output, stderr=errors, cwd=home
        )
    try:
        value = ""
        async with asyncio.timeout(60):
            while not value and process.stdout is not None:
                line = (await process.stdout.readline()).decode()
                if not line:
                    raise RuntimeError(f"{name} did not start:\n{log.read_text()[-2000:]}")
                found = re.search(r"https?://\S+", line)
                value = found.group() if found else ""
        if run is not None:
            run.processes.append(_Process(name, process.pid))
        yield value
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def _simulator(home: Path, token: str, *, limits: bool) -> AsyncIterator[str]:
    command = [sys.executable, "-m", "chatwarden", "simulator", "--port", "0", "--token", token]
    command += ["--limits"] if limits else []
    async with _started(None, "simulator", command, home, dict(os.environ)) as address:
        yield address


def _environment(run: _Run, home: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "CHATWARDEN_BOT_TOKEN": run.token,
        "CHATWARDEN_TELEGRAM_API": run.simulator,
        "CHATWARDEN_DATA_DIR": str(home / "data"),
        "CHATWARDEN_PORT": "0",
        "CHATWARDEN_NEW_GROUP_MODE": "guard",
        # What is fetched for newcomers is not what is measured.
        "CHATWARDEN_PROFILES": "false",
        "CHATWARDEN_PICTURES": "false",
        "CHATWARDEN_LOG_LEVEL": "warning",
        **more,
    }


async def _start_embedded(stack: AsyncExitStack, run: _Run, home: Path) -> None:
    command = [sys.executable, "-m", "chatwarden", "run"]
    env = _environment(run, home)
    await stack.enter_async_context(_started(run, "embedded", command, home, env))


async def _start_services(stack: AsyncExitStack, run: _Run, home: Path, *, processors: int) -> None:
    from chatwarden.errors import ConfigurationError
    from chatwarden.settings import Settings
    from chatwarden.storage.sealing import derive_key

    settings = Settings()
    if settings.redis_url is None or settings.database_url is None:
        raise ConfigurationError(
            "CHATWARDEN_REDIS_URL and CHATWARDEN_DATABASE_URL are missing: the services need both."
        )
    key = secrets.token_bytes(32)
    (home / "master.key").write_bytes(key)
    bot_id = run.token.partition(":")[0]
    run.secret = derive_key(key, purpose=f"webhook of {bot_id}").hex()
    env = _environment(
        run,
        home,
        CHATWARDEN_MASTER_KEY_FILE=str(home / "master.key"),
        CHATWARDEN_BOT_ID=bot_id,
        CHATWARDEN_HEALTH_ADDRESS="127.0.0.1:0",
    )
    run.address = f"http://127.0.0.1:{_free_port()}"
    migrating = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chatwarden", "migrate", env=env
    )
    if await migrating.wait():
        raise ConfigurationError("The database cannot be brought to its newest layout.")
    for name in ("record", "enforce", "ingest"):
        command = [sys.executable, "-m", "chatwarden", name]
        own = {}
        if name == "ingest":
            own = {
                "CHATWARDEN_PORT": run.address.rpartition(":")[2],
                "CHATWARDEN_PUBLIC_URL": run.address,
            }
        await stack.enter_async_context(_started(run, name, command, home, env | own))
    run.address = f"{run.address}/telegram/{bot_id}"
    for number in range(1, processors + 1):
        command = [str(Path(sys.executable).parent / "chatwarden-processor")]
        name = f"processor {number}"
        await stack.enter_async_context(_started(run, name, command, home, env))
    from chatwarden.streams.connection import connected

    async with connected(settings.redis_url.get_secret_value()) as client:
        told: Any = await client.info("server")
    redis = _Process("redis", int(told.get("process_id") or 0))
    if redis.is_here:
        run.processes.append(redis)


def _free_port() -> int:
    """One that nobody listens on: Telegram has to be told where ingest is before it says so itself."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def _warm_up(run: _Run, control: Any, messages: Sequence[_Message]) -> None:
    """A few harmless messages, until the group is known and enforcement is up."""
    ham = [one for one in messages if not one.is_spam][:50]
    for number, one in enumerate(ham):
        body = json.loads(one.raw)
        body["update_id"] = _FIRST_UPDATE - len(ham) + number
        body["message"]["message_id"] += 10_000_000
        await _send(run, control, None, json.dumps(body).encode())
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        calls = await control.calls(method="getChatAdministrators")
        if {call.chat_id for call in calls} >= {one.chat_id for one in ham[:1]}:
            break
        await asyncio.sleep(0.2)
    await asyncio.sleep(_WARM_UP_SECONDS)


async def _deliver(
    run: _Run, control: Any, messages: Sequence[_Message], *, start: float
) -> list[float]:
    """Send each at its time; by how many milliseconds each was late."""
    import aiohttp

    late: list[float] = []
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as tasks:
        for one in messages:
            wait = start + one.at - time.time()
            if wait > 0:
                await asyncio.sleep(wait)
            late.append(max(0.0, -wait) * 1000)
            tasks.create_task(_send(run, control, session, one.raw))
    return late


async def _send(run: _Run, control: Any, session: Any, raw: bytes) -> None:
    """As Telegram does: again, until the answer is 200."""
    import aiohttp

    if run.address is None:
        await control.put_updates(b"{" + raw[raw.index(b'"message"') :])  # Numbered over there.
        return
    headers = {"X-Telegram-Bot-Api-Secret-Token": run.secret}
    if session is None:
        async with aiohttp.ClientSession() as own:
            await _send(run, control, own, raw)
        return
    while True:
        try:
            async with session.post(run.address, data=raw, headers=headers) as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.05)


async def _drain(
    control: Any, messages: Sequence[_Message]
) -> tuple[dict[tuple[int, int], list[float]], Counter[int]]:
    """Wait for what is still to come. When each message was deleted, and how often each sender was punished."""
    wanted = {(one.chat_id, one.message_id) for one in messages if one.is_spam}
    deadline = time.monotonic() + _DRAIN_SECONDS
    while True:
        deleted: dict[tuple[int, int], list[float]] = {}
        for method in ("deleteMessages", "deleteMessage"):
            for call in await control.calls(method=method):
                if call.code == 200:
                    ids = call.params.get("message_ids") or [call.params["message_id"]]
                    for message_id in json.loads(ids) if isinstance(ids, str) else ids:
                        deleted.setdefault((int(call.chat_id), int(message_id)), []).append(call.at)
        punished: Counter[int] = Counter()
        for method in ("restrictChatMember", "banChatMember"):
            for call in await control.calls(method=method):
                punished[int(call.params["user_id"])] += call.code == 200
        is_complete = wanted <= set(deleted) and len(punished) >= len(wanted)
        if is_complete or time.monotonic() > deadline:
            return deleted, punished
        await asyncio.sleep(1)


def _quantile(values: Sequence[float], share: float) -> float | None:
    """By the nearest rank."""
    if not values:
        return None
    return values[min(len(values) - 1, int(share * len(values)))]


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
    late = result["sent_late_milliseconds"]["p99"]
    console.print(
        f"sent late: p99 {late:.1f} ms; load before: {result['load_before']:.1f}"
        + (" (busy machine)" if result["load_before"] > (os.cpu_count() or 1) / 2 else "")
    )
