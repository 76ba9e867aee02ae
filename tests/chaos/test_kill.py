"""SIGKILL at seeded random moments under load: nothing is lost, nobody is punished twice, undone stays undone."""

import asyncio
import random
import sqlite3
from pathlib import Path

from tests.support.product import start_product
from tests.support.scene import Scene, eventually, playing_scene
from tests.support.traffic import Admin, Traffic, judge

SEED = 20261122
KILLS = 20
LATEST_KILL_SECONDS = 9.0
"""After the dashboard is up: enforcement begins within this time, so kills fall before, at and after its start."""


async def test_twenty_kills_under_load_lose_nothing_and_punish_nobody_twice(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    data = tmp_path / "data"
    async with playing_scene() as scene:
        traffic, admin = Traffic(scene, random.Random(SEED + 1)), Admin(random.Random(SEED + 2))
        flowing = asyncio.create_task(traffic.flow())
        try:
            for _ in range(KILLS):
                await live_and_die(
                    data, scene, admin, seconds=chance.uniform(0, LATEST_KILL_SECONDS)
                )
        finally:
            traffic.is_over = True
            await flowing
        await scene.control.clear_faults()
        await come_to_rest(data, scene, traffic)

        judge(scene, traffic, admin, seed=SEED)

    assert len(traffic.spam) > KILLS
    assert counted_messages(data) == len(traffic.spam) + len(traffic.ham)
    assert outcomes(data) == len(traffic.spam)


async def live_and_die(data: Path, scene: Scene, admin: Admin, *, seconds: float) -> None:
    """One life of the product, ended by SIGKILL some seconds after its dashboard is up."""
    product = await start_product(data, scene.url)
    working = asyncio.create_task(admin.work(product))
    try:
        await asyncio.sleep(seconds)
    finally:
        await product.kill()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def come_to_rest(data: Path, scene: Scene, traffic: Traffic) -> None:
    """A last life without kills, until there is nothing more to do."""
    last = await start_product(data, scene.url)

    def is_done() -> bool:
        everything = len(traffic.spam) + len(traffic.ham)
        return counted_messages(data) == everything and open_actions(data) == 0

    try:
        await eventually(is_done, what="everything is judged and no action is open", seconds=120)
    finally:
        await last.stop()


def _one(data: Path, query: str) -> int:
    with sqlite3.connect(data / "chatwarden.db") as connection:
        number: int | None = connection.execute(query).fetchone()[0]
        return number or 0


def open_actions(data: Path) -> int:
    return _one(data, "SELECT count(*) FROM actions WHERE state IN ('pending', 'started')")


def counted_messages(data: Path) -> int:
    """Messages in the roll-ups: each counted once, however often its batch was tried."""
    return _one(data, "SELECT sum(judged) FROM hourly_counts")


def outcomes(data: Path) -> int:
    return _one(data, "SELECT count(*) FROM outcomes WHERE message_verdict = 'delete'")
