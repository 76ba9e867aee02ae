"""The distributed profile while its parts are killed at seeded random moments under load: judged by Telegram's books and the outcomes.

What each fault may cost is told in docs/guides/failures.md; none of them may lose an update, punish twice, or touch ham.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import text
from tests.support.deployment import Deployment, deployed
from tests.support.scene import SPAM, eventually, playing_scene
from tests.support.traffic import Admin, Traffic, judge

from chatwarden.storage.database import Database

SEED = 20261125
ROUNDS = 2
"""Each fault this often, in an order of its own."""
TWICE = ("processor", "ingest", "enforce", "record")
"""Services that run twice: one of two is killed, the other goes on."""


class Ordeal:
    """Harms a deployment, one fault after another."""

    def __init__(self, deployment: Deployment, chance: random.Random) -> None:
        self._deployment = deployment
        self._chance = chance
        self.told: list[str] = []

    async def run(self) -> None:
        for _ in range(ROUNDS):
            faults: list[Callable[[], Awaitable[None]]] = [
                *(lambda name=name: self._kill(name) for name in TWICE),
                self._kill_redis,
                self._crash_database,
            ]
            self._chance.shuffle(faults)
            for fault in faults:
                await asyncio.sleep(self._chance.uniform(0.5, 3))
                await fault()

    async def _kill(self, name: str) -> None:
        label = self._chance.choice((name, f"{name} 2"))
        self.told.append(label)
        await self._deployment.services[label].kill()
        await asyncio.sleep(self._chance.uniform(0, 2))
        await self._deployment.services[label].start()

    async def _kill_redis(self) -> None:
        self.told.append("redis")
        self._deployment.redis.kill()
        await asyncio.sleep(self._chance.uniform(0, 2))
        await asyncio.to_thread(self._deployment.redis.start)

    async def _crash_database(self) -> None:
        self.told.append("postgres")
        await asyncio.to_thread(self._deployment.postgres.crash)
        await asyncio.sleep(self._chance.uniform(0, 4))
        await asyncio.to_thread(self._deployment.postgres.start)


async def test_whatever_is_killed_nothing_is_lost_and_nobody_punished_twice(tmp_path: Path) -> None:
    async with playing_scene() as scene, deployed(tmp_path, scene.url) as deployment:
        for name in TWICE:
            await deployment.start(name, f"{name} 2")
        traffic, admin = Traffic(scene, random.Random(SEED + 1)), Admin(random.Random(SEED + 2))
        product = await deployment.product()
        flowing = asyncio.create_task(traffic.flow())
        working = asyncio.create_task(admin.persist(product))
        ordeal = Ordeal(deployment, random.Random(SEED))
        try:
            await ordeal.run()
        finally:
            for task in (flowing, working):
                task.cancel()
            await asyncio.gather(flowing, working, return_exceptions=True)
        await scene.control.clear_faults()
        began = time.monotonic()
        await come_to_rest(deployment, traffic)
        print(
            f"\n{', '.join(ordeal.told)}; at rest {time.monotonic() - began:.1f} s after the last"
        )

        judge(scene, traffic, admin, seed=SEED)
        assert await figures(deployment) == {
            "judged": len(traffic.spam) + len(traffic.ham),
            "outcomes": len(traffic.spam),
            "open": 0,
        }


async def test_a_failed_over_redis_and_a_promoted_standby_are_found_and_the_work_goes_on(
    tmp_path: Path,
) -> None:
    async with (
        playing_scene() as scene,
        deployed(
            tmp_path, scene.url, with_standbys=True, CHATWARDEN_DURABILITY="replicated"
        ) as deployment,
    ):

        async def goes(what: str) -> None:
            """Spam goes, and its outcome is recorded."""
            spam = await scene.say(await scene.newcomer(), SPAM)
            began = time.monotonic()
            await eventually(lambda: scene.is_deleted(spam), what=f"spam goes {what}")
            deleted = time.monotonic() - began
            known.append(spam)

            async def is_recorded() -> bool:
                return (await figures(deployment))["outcomes"] >= len(known)

            await eventually(is_recorded, what=f"it is recorded {what}")
            print(f"{what}: gone {deleted:.1f} s, recorded {time.monotonic() - began:.1f} s after")

        known: list[int] = []
        await goes("before anything fails")
        deployment.redis.kill()
        await goes("after Redis failed over")
        assert deployment.standby is not None
        await asyncio.to_thread(deployment.postgres.crash)
        await asyncio.to_thread(deployment.standby.promote)
        deployment.database_url = deployment.standby.url
        await goes("after the standby was promoted")

        assert scene.status(scene.member) == "member"


async def come_to_rest(deployment: Deployment, traffic: Traffic) -> None:
    """Until there is nothing more to do."""
    everything = len(traffic.spam) + len(traffic.ham)

    async def is_done() -> bool:
        now = await figures(deployment)
        return now["judged"] >= everything and now["open"] == 0

    await eventually(is_done, what="everything is judged and no action is open", seconds=120)


async def figures(deployment: Deployment) -> dict[str, int]:
    """What the database says."""
    queries = {
        "judged": "SELECT coalesce(sum(judged), 0) FROM hourly_counts",
        "outcomes": "SELECT count(*) FROM outcomes WHERE message_verdict = 'delete'",
        "open": "SELECT count(*) FROM actions WHERE state IN ('pending', 'started')",
    }
    database = Database(deployment.database_url)
    try:
        async with database.transaction() as session:
            return {
                name: int(await session.scalar(text(query)) or 0) for name, query in queries.items()
            }
    finally:
        await database.close()
