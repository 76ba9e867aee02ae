"""What `chatwarden bench pipeline --newcomers` needs: a group that was taught, and how many messages were compared by meaning."""

import asyncio
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatwarden.cli.bench_product import Message, Run, database_url, send, sign_in

_TAPS = 10
_LEARNED_SECONDS = 120.0
"""Until which feedback must be learned: a file of 72 MB is made of the encoder's weights first."""
_COMPARED_SECONDS = 30.0
_NUMBER = {
    "compared": re.compile(r"(\d+) judged"),
    "handed on": re.compile(r"(\d+) handed on"),
    "spared": re.compile(r"\bmeaning (\d+)"),
}


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Of messages, since the start."""

    compared: int = 0
    """With what was taught; judged again, or on their way to be."""
    spared: int = 0
    """For lack of budget: their words alone are judged."""


async def teach(run: Run, control: Any, messages: Sequence[Message], home: Path) -> None:
    """Have spam called spam, as admins do, and wait until its meaning is learned."""
    import httpx

    spam = [one for one in messages if one.is_spam][:_TAPS]
    # Of people who write nothing else that is to be deleted.
    others = [one.sender_id for one in messages if one.is_newcomers]
    for number, (one, sender) in enumerate(zip(spam, others, strict=False)):
        body = json.loads(one.raw)
        body["update_id"] = number + 1
        body["message"]["from"]["id"] = sender
        body["message"]["message_id"] += 20_000_000
        await send(run, control, None, json.dumps(body).encode())
    async with httpx.AsyncClient(base_url=run.dashboard, timeout=30) as client:
        await sign_in(run, client)
        deadline = time.monotonic() + _LEARNED_SECONDS
        tapped: set[str] = set()
        while len(tapped) < len(spam) and time.monotonic() < deadline:
            page = await client.get("/api/v1/outcomes", params={"limit": 100})
            for outcome in page.raise_for_status().json()["items"]:
                trace = outcome["trace_id"]
                if trace not in tapped:
                    address = f"/api/v1/outcomes/{trace}/feedback"
                    (await client.post(address, json={"label": "spam"})).raise_for_status()
                    tapped.add(trace)
            await asyncio.sleep(0.5)
    await _until_learned(database_url(run, home), deadline)


async def _until_learned(url: str, deadline: float) -> None:
    from sqlalchemy import select

    from chatwarden.storage.database import Database
    from chatwarden.storage.models import Learned

    database = Database(url)
    try:
        while time.monotonic() < deadline:
            async with database.transaction() as session:
                taps = list(
                    await session.scalars(select(Learned.taps).where(Learned.head.is_not(None)))
                )
            if taps and sum(taps) >= _TAPS:
                return
            await asyncio.sleep(0.5)
    finally:
        await database.close()
    raise RuntimeError("what was called spam was not learned by meaning")


async def compared(run: Run) -> Comparisons:
    """As the part that fetches slow evidence tells it."""
    import httpx

    async with httpx.AsyncClient(base_url=run.enrichment, timeout=30) as client:
        told = (await client.get("/healthz")).json()
    parts = told["parts"] if isinstance(told, dict) else told
    detail = next(part["detail"] for part in parts if part["name"] == "enrich")
    found = {name: pattern.search(detail) for name, pattern in _NUMBER.items()}
    number = {name: int(match.group(1)) if match else 0 for name, match in found.items()}
    return Comparisons(number["compared"] + number["handed on"], number["spared"])


async def all_compared(run: Run, before: Comparisons, messages: int) -> Comparisons:
    """When so many more are done with, or no more are to be waited for."""
    deadline = time.monotonic() + _COMPARED_SECONDS
    while True:
        now = await compared(run)
        done = now.compared - before.compared + now.spared - before.spared
        if done >= messages or time.monotonic() > deadline:
            return now
        await asyncio.sleep(1)
