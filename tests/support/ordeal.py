"""Harms a deployment under load, fault after fault, and tells what each one cost.

A round: people talk; at a random moment something is harmed; people go on talking for a second after it is well again; then all comes to rest,
and messages, outcomes and Telegram's books are counted.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from tests.support.deployment import Deployment
from tests.support.scene import Scene, eventually
from tests.support.traffic import Admin, Traffic, punished_again

from chatwarden.errors import StorageUnavailable
from chatwarden.storage.database import Database
from chatwarden.streams.connection import connected, passing_trouble

_REST_SECONDS = 150.0
_STILL_SECONDS = 12.0
"""With nothing waiting anywhere, and nothing changing: what is missing now will not come."""

Harming = Callable[[], Awaitable[float]]
"""Harms, and heals where nothing does that by itself. From when on the time to recover is counted, as of `time.monotonic`."""


@dataclass(frozen=True)
class Fault:
    name: str
    harm: Harming
    after: Callable[[], Awaitable[None]] | None = None
    """Makes ready for the next round, once all came to rest."""


@dataclass
class Cost:
    """Of one fault, over its rounds."""

    fault: str
    rounds: int = 0
    updates: int = 0
    outcomes: int = 0
    lost: int = 0
    twice: int = 0
    recovered: list[float] = field(default_factory=list)

    def row(self) -> str:
        median, longest = statistics.median(self.recovered), max(self.recovered)
        figures = (
            f"{self.rounds} | {self.updates:,} | {self.outcomes:,} | {self.lost} | {self.twice}"
        )
        return f"| {self.fault} | {figures} | {median:.1f} s, {longest:.1f} s |"


HEAD = (
    "| fault | rounds | updates | outcomes | lost | punished twice | recovered: median, longest |\n"
    "|---|---|---|---|---|---|---|"
)


async def figures(database_url: str) -> dict[str, int]:
    """What the database says."""
    queries = {
        "judged": "SELECT coalesce(sum(judged), 0) FROM hourly_counts",
        "outcomes": "SELECT count(*) FROM outcomes WHERE message_verdict = 'delete'",
        "open": "SELECT count(*) FROM actions WHERE state IN ('pending', 'started')",
    }
    database = Database(database_url)
    try:
        async with database.transaction() as session:
            return {
                name: int(await session.scalar(text(query)) or 0) for name, query in queries.items()
            }
    finally:
        await database.close()


async def waiting(redis_url: str) -> int:
    """Entries of the streams, to be judged and to be recorded."""
    async with connected(redis_url) as client:
        with passing_trouble():
            streams = ("*:updates", "*:records")
            keys: list[Any] = [k for each in streams async for k in client.scan_iter(match=each)]
            return sum([int(await client.xlen(key)) for key in keys])


class Ordeal:
    """Rounds of faults over one deployment."""

    def __init__(
        self, deployment: Deployment, scene: Scene, *, seed: int, trouble: float = 0.0
    ) -> None:
        """`trouble`: how often Telegram answers wrongly meanwhile."""
        self.deployment = deployment
        self.chance = random.Random(seed)
        self.traffic = Traffic(scene, random.Random(seed + 1))
        self.admin = Admin(random.Random(seed + 2))
        self.costs: dict[str, Cost] = {}
        self.scene = scene
        self._trouble = trouble
        self._judged = self._counted = 0
        """Of rounds before: what was judged, and what was said. They differ by what was lost."""

    async def run(self, faults: list[Fault], *, rounds: int) -> None:
        """Each fault in each round once, in an order of the round's own."""
        product = await self.deployment.product()
        working = asyncio.create_task(self.admin.persist(product))
        try:
            for _ in range(rounds):
                self.chance.shuffle(faults)
                for fault in faults:
                    await self._round(fault)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        # The last undo may have been asked for just now.
        await eventually(self._nothing_waits, what="all is recorded")
        await self._come_to_rest()

    async def _round(self, fault: Fault) -> None:
        cost = self.costs.setdefault(fault.name, Cost(fault.name))
        said, outcomes = self.traffic.said, len(self.traffic.spam)
        twice = len(punished_again(self.scene, self.admin))
        flowing = asyncio.create_task(self.traffic.flow(trouble=self._trouble))
        try:
            await asyncio.sleep(self.chance.uniform(0.5, 2))
            began = await fault.harm()
            await asyncio.sleep(1)
        finally:
            self.traffic.is_over = True
            await flowing
        await self.scene.control.clear_faults()
        lost, at_rest = await self._come_to_rest()
        recovered = at_rest - began
        if fault.after is not None:
            await fault.after()
        cost.rounds += 1
        cost.updates += self.traffic.said - said
        cost.outcomes += len(self.traffic.spam) - outcomes
        cost.lost += lost
        cost.twice += len(punished_again(self.scene, self.admin)) - twice
        cost.recovered.append(recovered)
        print(f"{fault.name}: recovered {recovered:.1f} s, lost {lost}", flush=True)

    async def _figures(self) -> dict[str, int]:
        try:
            return await figures(self.deployment.env["CHATWARDEN_DATABASE_URL"])
        except StorageUnavailable:
            return {}

    async def _come_to_rest(self) -> tuple[int, float]:
        """Until all is judged, recorded and carried out, or nothing waits and nothing comes. How many of this round's updates were lost; since when it rests."""
        said = self.traffic.said - self._counted
        last, still_since, begin = None, time.monotonic(), time.monotonic()
        while True:
            now = await self._figures()
            judged = now.get("judged", 0) - self._judged
            if now and judged >= said and now["open"] == 0 and self._is_all_gone():
                still_since = time.monotonic()
                break
            if now != last:
                last, still_since = now, time.monotonic()
            is_still = time.monotonic() - still_since > _STILL_SECONDS
            if is_still and now and now["open"] == 0 and await self._nothing_waits():
                break
            assert (
                time.monotonic() - begin < _REST_SECONDS
            ), f"it never comes to rest: {said} said, {judged} judged, {now}"
            await asyncio.sleep(0.1)
        self._judged, self._counted = now["judged"], self.traffic.said
        return said - judged, still_since

    def _is_all_gone(self) -> bool:
        return all(
            self.scene.is_deleted(message) or sender in self.admin.undone
            for message, sender in self.traffic.spam.items()
        )

    async def _nothing_waits(self) -> bool:
        try:
            return await waiting(self.deployment.env["CHATWARDEN_REDIS_URL"]) == 0
        except StorageUnavailable:
            return False
