"""The product as benchmarks run it: its processes, the simulator, and messages that it judges."""

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
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

_LIKE_SPAM = "We pay for your {} and {}, {} dollars today"
"""Kept, at less than 4.0 below the text model's threshold: where somebody tapped, it is compared by meaning."""


@dataclass(frozen=True, slots=True)
class Message:
    at: float
    """Seconds after the start at which it is to be sent."""
    raw: bytes
    message_id: int
    chat_id: int
    sender_id: int
    is_spam: bool
    is_newcomers: bool = False
    """A newcomer's, harmless, and by its words not far from spam."""


@dataclass(slots=True)
class Process:
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
class Run:
    """What is measured, and where it is delivered."""

    simulator: str
    token: str
    address: str | None = None
    """Of the webhook; None where Telegram is polled."""
    secret: str = ""
    dashboard: str = ""
    """Address of dashboard and API."""
    enrichment: str = ""
    """Address at which whoever fetches slow evidence tells how it is."""
    environment: dict[str, str] = field(default_factory=dict)
    """Of its processes."""
    processes: list[Process] = field(default_factory=list)

    @property
    def bot_id(self) -> int:
        return int(self.token.partition(":")[0])


def make_messages(
    chance: random.Random,
    *,
    rate: int,
    seconds: int,
    groups: int,
    spam_share: float = 0.1,
    newcomer_share: float = 0.0,
) -> Sequence[Message]:
    """At an even pace; each spam is of a sender of its own, and so is each harmless message that may mean what was called spam. What members write
    stands too far from the text model's threshold to be compared.
    """
    members = range(6_000_000_000, 6_000_000_000 + rate * _SECONDS_BETWEEN)
    chats = [-1_009_000_000_000 - number for number in range(groups)]
    date = int(time.time())
    found: list[Message] = []
    for number in range(rate * seconds):
        kind = chance.random()
        is_spam = kind < spam_share
        is_newcomers = not is_spam and kind < spam_share + newcomer_share
        is_new = is_spam or is_newcomers
        sender = 7_000_000_000 + number if is_new else members[number % len(members)]
        code = "".join(chance.choices(string.ascii_letters, k=16))
        wage = chance.randint(50, 300)
        if is_spam:
            word = chance.choice(_WORDS)
            text = f"We know a remote job for {wage}$ a day, {word} https://t.me/+{code}"
        elif is_newcomers:
            text = _LIKE_SPAM.format(*chance.choices(_WORDS, k=2), wage)
        else:
            text = " ".join(chance.choices(_WORDS, k=chance.randint(3, 14)))
        chat_id = chance.choice(chats)
        body = {
            "message_id": number + 1,
            "date": date,
            "chat": {"id": chat_id, "type": "supergroup", "title": f"Bench {chat_id}"},
            "from": {"id": sender, "is_bot": False, "first_name": "Kim"},
            "text": text,
        }
        raw = json.dumps({"update_id": _FIRST_UPDATE + number, "message": body}).encode()
        found.append(
            Message(number / rate, raw, number + 1, chat_id, sender, is_spam, is_newcomers)
        )
    return found


@dataclass(frozen=True, slots=True)
class Stage:
    """Telegram, with everybody who writes; nothing of the product runs yet."""

    stack: AsyncExitStack
    """What is started on it ends with the stage."""
    run: Run
    home: Path
    control: Any
    """The simulator's `ControlClient`."""


@asynccontextmanager
async def staged(messages: Sequence[Message], *, limits: bool = False) -> AsyncIterator[Stage]:
    """`limits`: whether Telegram keeps its own."""
    from chatwarden.simulator.client import ControlClient

    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chatwarden-bench-")))
        token = f"{secrets.randbits(32)}:BENCH"
        simulator = await stack.enter_async_context(playing_simulator(home, token, limits=limits))
        run = Run(simulator, token)
        control = await stack.enter_async_context(ControlClient(simulator))
        await bring_together(control, messages, bot_id=run.bot_id)
        yield Stage(stack, run, home, control)


async def bring_together(control: Any, messages: Sequence[Message], *, bot_id: int) -> None:
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
async def started(
    run: Run | None, name: str, command: Sequence[str], home: Path, env: dict[str, str]
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
            run.processes.append(Process(name, process.pid))
        yield value
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def playing_simulator(home: Path, token: str, *, limits: bool) -> AsyncIterator[str]:
    command = [sys.executable, "-m", "chatwarden", "simulator", "--port", "0", "--token", token]
    command += ["--limits"] if limits else []
    async with started(None, "simulator", command, home, dict(os.environ)) as address:
        yield address


def _environment(run: Run, home: Path, **more: str) -> dict[str, str]:
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


async def start_embedded(stack: AsyncExitStack, run: Run, home: Path) -> None:
    """Until the stack is left; what it stores stays in `home`."""
    command = [sys.executable, "-m", "chatwarden", "run"]
    run.environment = _environment(run, home)
    run.dashboard = run.enrichment = await stack.enter_async_context(
        started(run, "embedded", command, home, run.environment)
    )


async def start_services(stack: AsyncExitStack, run: Run, home: Path, *, processors: int) -> None:
    """Until the stack is left. Raises ConfigurationError."""
    from pydantic import SecretStr

    from chatwarden.errors import ConfigurationError
    from chatwarden.services import staging_address
    from chatwarden.settings import Settings

    settings = Settings()
    if settings.redis_url is None or settings.database_url is None:
        raise ConfigurationError(
            "CHATWARDEN_REDIS_URL and CHATWARDEN_DATABASE_URL are missing: the services need both."
        )
    key_file = home / "master.key"
    if not key_file.exists():
        key_file.write_bytes(secrets.token_bytes(32))
    bot_id = run.token.partition(":")[0]
    env = run.environment = _environment(
        run,
        home,
        CHATWARDEN_MASTER_KEY_FILE=str(key_file),
        CHATWARDEN_BOT_ID=bot_id,
        CHATWARDEN_HEALTH_ADDRESS="127.0.0.1:0",
    )
    run.address = f"http://127.0.0.1:{_free_port()}"
    migrating = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chatwarden", "migrate", env=env
    )
    if await migrating.wait():
        raise ConfigurationError("The database cannot be brought to its newest layout.")
    for name in ("record", "enforce", "api", "ingest"):
        command = [sys.executable, "-m", "chatwarden", name]
        own = {}
        if name == "ingest":
            own = {
                "CHATWARDEN_PORT": run.address.rpartition(":")[2],
                "CHATWARDEN_PUBLIC_URL": run.address,
            }
        address = await stack.enter_async_context(started(run, name, command, home, env | own))
        if name == "api":
            run.dashboard = address
        if name == "enforce":
            run.enrichment = address
    deployed = {
        "bot_token": SecretStr(run.token),
        "master_key_file": key_file,
        "public_url": run.address,
    }
    run.address, run.secret, _ = await staging_address(settings.model_copy(update=deployed))
    for number in range(1, processors + 1):
        await start_processor(stack, run, home, number)
    from chatwarden.streams.connection import connected

    async with connected(settings.redis_url.get_secret_value()) as client:
        told: Any = await client.info("server")
    redis = Process("redis", int(told.get("process_id") or 0))
    if redis.is_here:
        run.processes.append(redis)


async def start_processor(stack: AsyncExitStack, run: Run, home: Path, number: int) -> None:
    """Until the stack is left."""
    command = [str(Path(sys.executable).parent / "chatwarden-processor")]
    name = f"processor {number}"
    await stack.enter_async_context(started(run, name, command, home, run.environment))


def database_url(run: Run, home: Path) -> str:
    from chatwarden.storage.database import sqlite_url

    return run.environment.get("CHATWARDEN_DATABASE_URL") or sqlite_url(home / "data")


async def sign_in(run: Run, client: Any) -> None:
    """As the operator."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chatwarden",
        "sign-in-link",
        env=run.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    found = re.search(r"#link=(\S+)", told.decode())
    if found is None:
        raise RuntimeError("no sign-in link was made")
    answer = await client.post("/api/v1/session", json={"link": found.group(1)})
    answer.raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _free_port() -> int:
    """One that nobody listens on: Telegram has to be told where ingest is before it says so itself."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def warm_up(run: Run, control: Any, messages: Sequence[Message]) -> None:
    """A few harmless messages, until the group is known and enforcement is up."""
    ham = [one for one in messages if not one.is_spam][:50]
    for number, one in enumerate(ham):
        body = json.loads(one.raw)
        body["update_id"] = _FIRST_UPDATE - len(ham) + number
        body["message"]["message_id"] += 10_000_000
        await send(run, control, None, json.dumps(body).encode())
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        calls = await control.calls(method="getChatAdministrators")
        if {call.chat_id for call in calls} >= {one.chat_id for one in ham[:1]}:
            break
        await asyncio.sleep(0.2)
    await asyncio.sleep(_WARM_UP_SECONDS)


async def deliver(
    run: Run, control: Any, messages: Sequence[Message], *, start: float
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
            tasks.create_task(send(run, control, session, one.raw))
    return late


async def deliver_in_turn(run: Run, raws: Iterable[bytes], *, seconds: float) -> list[float]:
    """Send one after the other, each as soon as the one before is answered, for so long at most; milliseconds to each answer."""
    import aiohttp

    took: list[float] = []
    end = time.perf_counter() + seconds
    async with aiohttp.ClientSession() as session:
        for raw in raws:
            began = time.perf_counter()
            if began >= end:
                break
            await send(run, None, session, raw)
            took.append((time.perf_counter() - began) * 1000)
    return took


async def send(run: Run, control: Any, session: Any, raw: bytes) -> None:
    """As Telegram does: again, until the answer is 200."""
    import aiohttp

    if run.address is None:
        await control.put_updates(b"{" + raw[raw.index(b'"message"') :])  # Numbered over there.
        return
    headers = {"X-Telegram-Bot-Api-Secret-Token": run.secret}
    if session is None:
        async with aiohttp.ClientSession() as own:
            await send(run, control, own, raw)
        return
    while True:
        try:
            async with session.post(run.address, data=raw, headers=headers) as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.05)


async def drain(
    control: Any, messages: Sequence[Message]
) -> tuple[dict[tuple[int, int], list[float]], Counter[int]]:
    """Wait for what is still to come. When each message was deleted, and how often each sender was punished."""
    wanted = {(one.chat_id, one.message_id) for one in messages if one.is_spam}
    senders = {one.sender_id for one in messages if one.is_spam}
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
        is_complete = wanted <= set(deleted) and senders <= set(punished)
        if is_complete or time.monotonic() > deadline:
            return deleted, punished
        await asyncio.sleep(1)


def quantile(values: Sequence[float], share: float) -> float | None:
    """By the nearest rank."""
    if not values:
        return None
    return values[min(len(values) - 1, int(share * len(values)))]
