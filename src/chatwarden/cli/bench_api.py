"""`chatwarden bench api`: how long the API takes to answer over a year's outcomes."""

import asyncio
import itertools
import math
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from chatwarden.cli.bench_product import (
    Run,
    database_url,
    deliver,
    drain,
    make_messages,
    quantile,
    sign_in,
    staged,
    start_embedded,
    start_services,
    warm_up,
)

_DAYS = 365
_SPAM_SHARE = 0.5
_FILL_RATE = 200
_SENDERS_RETURN_AFTER = 30
"""Days: the senders of a day are those of that many days before."""
_MANY = 1_000_000
"""Outcomes up to which the first gate holds."""
_GATES_MS = (50.0, 100.0)
_FEEDBACK = 40
_READY_SECONDS = 120
_QUIET_SECONDS = 5
_SETTLE_SECONDS = 10
"""What starts in the background has started by then."""
_ALONE = 10
"""Questions from which the CPU of one is told: the kernel counts in hundredths of a second."""
_SPAM = "We know a remote job for 90$ a day, write me https://t.me/+AbCdEfGh12345678"


class _Question(NamedTuple):
    method: str
    path: str
    body: Any = None


def api(
    distributed: Annotated[
        bool,
        typer.Option(
            help="Services over CHATWARDEN_REDIS_URL and CHATWARDEN_DATABASE_URL, an empty database; else `chatwarden run`."
        ),
    ] = False,
    outcomes: Annotated[int, typer.Option(min=10_000, help="Stored outcomes.")] = 1_000_000,
    groups: Annotated[int, typer.Option(min=1, help="Groups that they are of.")] = 10,
    rate: Annotated[int, typer.Option(min=1, help="Requests a second.")] = 50,
    seconds: Annotated[int, typer.Option(min=5, help="How long.")] = 60,
    seed: Annotated[int, typer.Option(help="Of messages and requests.")] = 1,
    record: Annotated[
        Path | None, typer.Option(help="Folder to write the result to, as JSON.")
    ] = None,
) -> None:
    """A day's messages go through the product; what it stores of them is stored again for each day of a year, without the texts,
    which are purged by then. Then every question that changes nothing in Telegram is asked, the same number of times each, in any order.

    Milliseconds from the scheduled request to the whole answer, by endpoint. Open loop: late is late, whoever is to blame. Before that each endpoint is asked alone, and what CPU an answer costs is told beside.
    """
    from chatwarden.cli.bench import write_record

    load_before = os.getloadavg()[0]
    result = asyncio.run(
        _measure(
            random.Random(seed),  # noqa: S311, of a benchmark
            distributed=distributed,
            outcomes=outcomes,
            groups=groups,
            rate=rate,
            seconds=seconds,
        )
    )
    result |= {"load_before": load_before, "rate": rate, "seconds": seconds, "groups": groups}
    _show(result)
    if record is not None:
        write_record(result, record)


async def _measure(
    chance: random.Random,
    *,
    distributed: bool,
    outcomes: int,
    groups: int,
    rate: int,
    seconds: int,
) -> dict[str, Any]:
    a_day = outcomes // _DAYS
    messages = make_messages(
        chance,
        rate=_FILL_RATE,
        seconds=math.ceil(a_day / _SPAM_SHARE / _FILL_RATE),
        groups=groups,
        spam_share=_SPAM_SHARE,
    )
    async with staged(messages) as stage:
        run, home, control, bot_id = stage.run, stage.home, stage.control, stage.run.bot_id
        async with AsyncExitStack() as while_filling:
            await _start(while_filling, run, home, distributed=distributed)
            await warm_up(run, control, messages)
            await deliver(run, control, messages, start=time.time() + 0.2)
            await drain(control, messages)
            await _say_something_of(run, sorted({one.chat_id for one in messages}), bot_id=bot_id)
            await _until_all_is_done(database_url(run, home))
        began = time.monotonic()
        stored = await copy_a_day(database_url(run, home), days=_DAYS)
        filled = time.monotonic() - began
        run.processes.clear()
        async with AsyncExitStack() as while_asking:
            await _start(while_asking, run, home, distributed=distributed)
            asked = await _ask(run, chance, bot_id=bot_id, rate=rate, seconds=seconds)
    return asked | {
        "name": "api-distributed" if distributed else "api-embedded",
        "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
        "cores": os.cpu_count(),
        "outcomes": stored,
        "copied_in_seconds": round(filled),
        "gate_milliseconds": _GATES_MS[stored > _MANY * 1.05],
    }


async def _start(stack: AsyncExitStack, run: Run, home: Path, *, distributed: bool) -> None:
    if distributed:
        await start_services(stack, run, home, processors=1)
    else:
        await start_embedded(stack, run, home)


async def _say_something_of(run: Run, chats: Sequence[int], *, bot_id: int) -> None:
    """Feedback, undo, a webhook and a raid, so that what is asked for later is there."""
    import httpx

    async with httpx.AsyncClient(base_url=run.dashboard, timeout=30) as client:
        await sign_in(run, client)
        for chat_id in chats:
            page = await client.get("/api/v1/outcomes", params={"chat_id": chat_id, "limit": 100})
            for number, outcome in enumerate(page.json()["items"][: _FEEDBACK // len(chats) + 1]):
                label = "ham" if number % 3 == 0 else "spam"
                address = f"/api/v1/outcomes/{outcome['trace_id']}"
                (await client.post(f"{address}/feedback", json={"label": label})).raise_for_status()
                if label == "ham":
                    (await client.post(f"{address}/undo")).raise_for_status()
            await client.post(
                f"/api/v1/groups/{bot_id}/{chat_id}/webhooks",
                json={"address": "https://hooks.example.org/a", "events": ["case.opened"]},
            )
            raids = f"/api/v1/groups/{bot_id}/{chat_id}/raids"
            (await client.post(raids, json={"minutes": 30})).raise_for_status()
            (await client.delete(f"{raids}/current")).raise_for_status()


async def _until_all_is_done(url: str) -> None:
    """What is under way in the day that is copied would be under way a year over. A ban goes to the other groups after it was done."""
    from sqlalchemy import func, select

    from chatwarden.storage.database import Database
    from chatwarden.storage.models import Action
    from chatwarden.storage.repositories.actions import IS_OPEN

    database = Database(url)
    quiet, before = 0, -1
    try:
        while quiet < _QUIET_SECONDS:
            await asyncio.sleep(1)
            async with database.transaction() as session:
                waiting = await session.scalar(select(func.count()).where(IS_OPEN))
                actions = await session.scalar(select(func.count()).select_from(Action))
            quiet = quiet + 1 if waiting == 0 and actions == before else 0
            before = actions or 0
    finally:
        await database.close()


async def copy_a_day(url: str, *, days: int) -> int:
    """Everything that is stored again for each day before, so that it is there on as many days; how many outcomes there are then."""
    from sqlalchemy import (
        BigInteger,
        Column,
        Integer,
        Select,
        Table,
        func,
        insert,
        literal,
        select,
        text,
    )
    from sqlalchemy import cast as as_type
    from sqlalchemy.types import String

    from chatwarden.storage.database import Database
    from chatwarden.storage.models import (
        Action,
        DailyCount,
        Feedback,
        HourlyCount,
        Outcome,
        RaidRecord,
    )
    from chatwarden.storage.models.base import UtcDateTime

    database = Database(url)
    is_sqlite = database.engine.dialect.name == "sqlite"
    series = select(literal(1, BigInteger).label("day")).cte("days", recursive=True)
    series = series.union_all(select(series.c.day + 1).where(series.c.day < days - 1))
    day: Any = series.c.day

    def earlier(column: Column[Any]) -> Any:
        if not is_sqlite:
            return column - func.make_interval(0, 0, 0, as_type(day, Integer))
        ago = literal("-") + as_type(day, String) + literal(" days")
        if isinstance(column.type, UtcDateTime):
            return func.strftime("%Y-%m-%d %H:%M:%f000", column, ago)
        return func.date(column, ago)

    senders = (day % _SENDERS_RETURN_AFTER) * 1_000_000
    moved = day * 100_000_000

    def copied(model: Any, **changed: Any) -> tuple[list[str], Select[Any]]:
        table: Table = model.__table__
        dates = [c for c in table.c if isinstance(c.type, UtcDateTime) or c.name == "day"]
        values = {column.name: column for column in table.c} | {c.name: earlier(c) for c in dates}
        if table.c.keys()[0] == "id" and "id" not in changed:
            del values["id"]
        values |= changed
        return list(values), select(*values.values()).select_from(table.join(series, literal(True)))

    trace = Outcome.__table__.c
    outcome_of = (
        as_type(trace.bot_id, String)
        + literal("-")
        + as_type(trace.update_id + moved, String)
        + literal("-")
        + as_type(trace.round, String)
    )
    a, f = Action.__table__.c, Feedback.__table__.c
    names, of_actions = copied(
        Action,
        id=a.id + literal("-") + as_type(day, String),
        trace_id=outcome_of,
        sender_id=a.sender_id + senders,
        message_id=a.message_id + moved,
    )
    of_actions = of_actions.join(
        Outcome.__table__,
        (trace.bot_id == a.bot_id)
        & (trace.chat_id == a.chat_id)
        & (trace.message_id == a.message_id),
    )
    statements = [
        insert(Action).from_select(names, of_actions),
        insert(Outcome).from_select(
            *copied(
                Outcome,
                update_id=trace.update_id + moved,
                message_id=trace.message_id + moved,
                sender_id=trace.sender_id + senders,
                sealed=literal(None),
            )
        ),
        insert(Feedback).from_select(*copied(Feedback, update_id=f.update_id + moved)),
        insert(RaidRecord).from_select(
            *copied(RaidRecord, id=RaidRecord.__table__.c.id + literal("-") + as_type(day, String))
        ),
        insert(HourlyCount).from_select(*copied(HourlyCount)),
        insert(DailyCount).from_select(*copied(DailyCount)),
    ]
    try:
        async with database.engine.begin() as connection:
            if not is_sqlite:
                await connection.execute(text("SET LOCAL statement_timeout = 0"))
            for statement in statements:
                await connection.execute(statement)
        async with database.engine.begin() as connection:
            await connection.execute(text("ANALYZE"))
            return int(await connection.scalar(select(func.count()).select_from(Outcome)) or 0)
    finally:
        await database.close()


async def questions(client: Any, *, bot_id: int) -> dict[str, list[_Question]]:
    """By operation, what is asked of it: of several groups, outcomes and senders, so that not one page is asked for again and again."""
    found: dict[str, list[_Question]] = defaultdict(list)
    v1 = "/api/v1"
    for name, path in {
        "getMe": "me",
        "listSessions": "me/sessions",
        "listApiKeys": "api-keys",
        "listAuditEvents": "audit-log",
        "listGroups": "groups",
        "listSignals": "signals",
        "getPolicyForm": "policy-form",
        "getSignInWays": "session/ways",
        "getDeployment": "operator",
        "getSetup": "operator/setup",
        "listDeadLetters": "operator/dead-letters",
    }.items():
        found[name].append(_Question("GET", f"{v1}/{path}"))
    groups = (await client.get(f"{v1}/groups")).json()["items"]
    for group in groups:
        chat_id = group["chat_id"]
        address = f"{v1}/groups/{bot_id}/{chat_id}"
        policy = (await client.get(f"{address}/policy")).json()["policy"]
        stricter = policy | {"preset": "strict"}
        for name, path in {
            "getAnalytics": "analytics",
            "exportAnalytics": "analytics.csv",
            "getGroupSettings": "settings",
            "getPolicy": "policy",
            "listPolicyVersions": "policy/versions",
            "getPolicyVersion": "policy/versions/1",
            "listRaids": "raids",
            "listSenders": "senders",
            "getTeam": "team",
            "exportGroup": "transfer",
            "listWebhooks": "webhooks",
        }.items():
            found[name].append(_Question("GET", f"{address}/{path}"))
        found["getAnalytics"].append(_Question("GET", f"{address}/analytics?from={_a_year_ago()}"))
        found["listSenders"].append(_Question("GET", f"{address}/senders?show=punished"))
        found["previewPolicy"].append(
            _Question("POST", f"{address}/policy/preview", {"policy": stricter})
        )
        found["previewGate"].append(
            _Question("POST", f"{address}/gate/preview", {"policy": stricter})
        )
        found["tryInPlayground"].append(
            _Question("POST", f"{address}/playground", {"text": _SPAM, "policy": stricter})
        )
        rule = {
            "id": "a",
            "kind": "wildcard",
            "pattern": "remote*",
            "verdict": {"message": "delete"},
        }
        found["tryRule"].append(
            _Question("POST", f"{address}/rules/try", {"rule": rule, "text": _SPAM})
        )
        file = (await client.get(f"{address}/transfer")).text
        found["previewTransfer"].append(
            _Question("POST", f"{address}/transfer/preview", {"content": file})
        )
        found["changeGroup"].append(_Question("PATCH", address, {"posture": "guarding"}))
        for webhook in (await client.get(f"{address}/webhooks")).json()["items"]:
            found["listDeliveries"].append(
                _Question("GET", f"{address}/webhooks/{webhook['id']}/deliveries")
            )
        await _questions_of_outcomes(client, found, address, chat_id)
    for state in ("open", "decided"):
        found["listCases"].append(_Question("GET", f"{v1}/cases?state={state}"))
        found["listCases"].append(_Question("GET", f"{v1}/cases?state={state}&appealed=true"))
    found["listOutcomes"].append(_Question("GET", f"{v1}/outcomes?limit=50"))
    return found


async def _questions_of_outcomes(
    client: Any, found: dict[str, list[_Question]], address: str, chat_id: int
) -> None:
    """Pages of a group, ever further back, and what stands on them."""
    path = f"/api/v1/outcomes?limit=50&chat_id={chat_id}"
    cursor = ""
    for _ in range(8):
        found["listOutcomes"].append(_Question("GET", path + cursor))
        page = (await client.get(path + cursor)).json()
        for outcome in page["items"][:5]:
            trace, sender = outcome["trace_id"], outcome["sender"]["id"]
            found["getOutcome"].append(_Question("GET", f"/api/v1/outcomes/{trace}"))
            found["getSender"].append(_Question("GET", f"{address}/senders/{sender}"))
            found["listOutcomes"].append(_Question("GET", f"{path}&sender_id={sender}"))
            found["listSenders"].append(_Question("GET", f"{address}/senders?search={sender}"))
            found["giveFeedback"].append(
                _Question("POST", f"/api/v1/outcomes/{trace}/feedback", {"label": "spam"})
            )
            found["takeFeedbackBack"].append(
                _Question("DELETE", f"/api/v1/outcomes/{trace}/feedback")
            )
            found["allowSender"].append(_Question("PUT", f"{address}/senders/{sender}/allowed"))
            found["disallowSender"].append(
                _Question("DELETE", f"{address}/senders/{sender}/allowed")
            )
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"


def _a_year_ago() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - (_DAYS - 1) * 86_400))


async def _ask(
    run: Run, chance: random.Random, *, bot_id: int, rate: int, seconds: int
) -> dict[str, Any]:
    import httpx

    took: dict[str, list[float]] = defaultdict(list)
    wrong: Counter[str] = Counter()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=run.dashboard, timeout=60, limits=limits) as client:
        await sign_in(run, client)
        found = await questions(client, bot_id=bot_id)
        document = (await client.get("/api/v1/openapi.json")).json()
        operations = {
            one["operationId"] for path in document["paths"].values() for one in path.values()
        }
        order = list(itertools.islice(itertools.cycle(sorted(found)), rate * seconds))
        chance.shuffle(order)

        async def ask(name: str, at: float) -> None:
            question = chance.choice(found[name])
            answer = await client.request(question.method, question.path, json=question.body)
            took[name].append((time.monotonic() - at) * 1000)
            if answer.status_code >= 400:
                wrong[f"{name} {answer.status_code}"] += 1

        await asyncio.sleep(_SETTLE_SECONDS)
        for _ in range(_READY_SECONDS):
            if (await client.get("/readyz")).status_code == HTTPStatus.OK:
                break
            await asyncio.sleep(1)
        alone = {name: await _cpu_alone(run, client, some) for name, some in sorted(found.items())}
        for process in run.processes:
            process.before = process.cpu_seconds()
        start = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number, name in enumerate(order):
                at = start + number / rate
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                tasks.create_task(ask(name, at))
    return {
        "requests": len(order),
        "wrong": dict(wrong),
        "not_asked": sorted(operations - set(found)),
        "cpu_ms_a_request": {
            process.name: (process.cpu_seconds() - process.before) / len(order) * 1e3
            for process in run.processes
            if process.is_here
        },
        "milliseconds": {
            name: {
                "asked": len(times),
                "cpu_alone": alone[name],
                "p50": quantile(sorted(times), 0.5),
                "p95": quantile(sorted(times), 0.95),
                "most": max(times),
            }
            for name, times in sorted(took.items())
        },
    }


async def _cpu_alone(run: Run, client: Any, some: Sequence[_Question]) -> float:
    """CPU milliseconds a question costs all processes while nothing else is asked, and what follows from it meanwhile. It warms up, too."""
    before = sum(process.cpu_seconds() for process in run.processes if process.is_here)
    for question in itertools.islice(itertools.cycle(some), _ALONE):
        await client.request(question.method, question.path, json=question.body)
    after = sum(process.cpu_seconds() for process in run.processes if process.is_here)
    return (after - before) / _ALONE * 1e3


def _show(result: Mapping[str, Any]) -> None:
    gate = result["gate_milliseconds"]
    table = Table(title=f"{result['name']}: ms over {result['outcomes']:,} outcomes")
    for column in ("endpoint", "asked", "CPU alone", "p50", "p95", "most"):
        table.add_column(column, justify="left" if column == "endpoint" else "right")
    slow = []
    for name, figures in result["milliseconds"].items():
        if figures["p95"] > gate:
            slow.append(name)
        shown = (f"{figures[column]:.1f}" for column in ("cpu_alone", "p50", "p95", "most"))
        table.add_row(name, str(figures["asked"]), *shown, style="bold" if name in slow else None)
    console = Console()
    console.print(table)
    console.print(
        f"{result['requests']} requests, {result['rate']}/s; p95 above {gate:.0f} ms: "
        + (", ".join(slow) or "none")
    )
    spent = (f"{name} {cost:.1f} ms" for name, cost in result["cpu_ms_a_request"].items())
    console.print("CPU a request: " + ", ".join(spent))
    console.print("wrong answers: " + (str(result["wrong"]) if result["wrong"] else "none"))
    console.print("not asked: " + ", ".join(result["not_asked"]))
    console.print(f"load before: {result['load_before']:.1f}")
