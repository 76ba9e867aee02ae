"""SIGKILL at seeded random moments under load: nothing is lost, nobody is punished twice."""

import asyncio
import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.product import start_product
from tests.support.scene import SPAM, Scene, eventually, playing_scene

from chatwarden.simulator.client import Draft, NewPerson

SEED = 20261122
KILLS = 20
LATEST_KILL_SECONDS = 9.0
MEMBERS = 300
WORDS = [
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
    "neighbour",
    "key",
    "door",
    "shelf",
    "drill",
    "dust",
    "sander",
    "invoice",
    "printer",
    "filament",
    "nozzle",
    "bed",
    "heat",
    "wood",
    "saw",
    "blade",
    "guard",
    "gloves",
    "ladder",
    "paint",
    "brush",
    "tape",
    "screw",
    "bolt",
    "nut",
]
"""After the dashboard is up: enforcement begins within this time, so kills fall before, at and after its start."""


@dataclass
class Traffic:
    """What was said while the product was being killed."""

    scene: Scene
    chance: random.Random
    spam: dict[int, int] = field(default_factory=dict)
    """Message id → sender."""
    ham: list[int] = field(default_factory=list)

    async def flow(self) -> None:
        """Members talk and spammers come, about thirty messages a second, until cancelled."""
        members = await self.scene.control.add_people(
            *(NewPerson(first_name=f"Member {number}") for number in range(MEMBERS))
        )
        await self.scene.control.join(self.scene.group, *members, announced=False)
        while True:
            await self._moment(members)
            await asyncio.sleep(self.chance.uniform(0.05, 0.35))

    async def _moment(self, members: list[int]) -> None:
        drafts = [
            Draft(from_id=person, text=" ".join(self.chance.sample(WORDS, 6)))
            for person in self.chance.sample(members, self.chance.randint(2, 6))
        ]
        spammers = await self.scene.control.add_people(
            *(NewPerson(first_name=f"Rex {n}") for n in range(self.chance.randint(1, 3)))
        )
        await self.scene.control.join(self.scene.group, *spammers, announced=False)
        drafts += [Draft(from_id=spammer, text=SPAM) for spammer in spammers]
        self.chance.shuffle(drafts)
        ids = await self.scene.control.post_many(self.scene.group, drafts)
        for draft, message_id in zip(drafts, ids, strict=True):
            assert message_id is not None
            assert draft.from_id is not None
            if draft.from_id in spammers:
                self.spam[message_id] = draft.from_id
            else:
                self.ham.append(message_id)


async def test_twenty_kills_under_load_lose_nothing_and_punish_nobody_twice(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    data = tmp_path / "data"
    async with playing_scene() as scene:
        traffic = Traffic(scene, random.Random(SEED + 1))
        flowing = asyncio.create_task(traffic.flow())
        for _ in range(KILLS):
            product = await start_product(data, scene.url)
            await asyncio.sleep(chance.uniform(0, LATEST_KILL_SECONDS))
            await product.kill()
        flowing.cancel()
        await asyncio.gather(flowing, return_exceptions=True)

        last = await start_product(data, scene.url)
        spammers = set(traffic.spam.values())
        await eventually(
            lambda: all(map(scene.is_deleted, traffic.spam)),
            what="every spam message is deleted",
            seconds=120,
        )
        await eventually(
            lambda: all(scene.status(one) in ("restricted", "kicked") for one in spammers),
            what="every spammer is muted or banned",
            seconds=120,
        )
        await eventually(lambda: open_actions(data) == 0, what="no action is open", seconds=60)
        await last.stop()

        ledger = scene.app.world.ledger
        punished = {person for _, person in ledger.records}
        twice = {
            person: record.repeats
            for (_, person), record in ledger.records.items()
            if record.repeats or len(record.sanctions) != 1
        }
        deleted = {message for (_, message), entry in ledger.deletions.items() if entry.effective}

    print(f"seed {SEED}: {len(traffic.spam)} spam of {len(spammers)}, {len(traffic.ham)} ham")
    assert len(traffic.spam) > KILLS
    assert deleted == set(traffic.spam)
    assert all(entry.effective == 1 for entry in ledger.deletions.values())
    assert punished == spammers
    assert twice == {}
    assert counted_messages(data) == len(traffic.spam) + len(traffic.ham)
    assert outcomes(data) == len(traffic.spam)


def _one(data: Path, query: str) -> int:
    with sqlite3.connect(data / "chatwarden.db") as connection:
        number: int = connection.execute(query).fetchone()[0]
        return number


def open_actions(data: Path) -> int:
    return _one(data, "SELECT count(*) FROM actions WHERE state IN ('pending', 'started')")


def counted_messages(data: Path) -> int:
    """Messages in the roll-ups: each counted once, however often its batch was tried."""
    return _one(data, "SELECT sum(judged) FROM hourly_counts")


def outcomes(data: Path) -> int:
    return _one(
        data, "SELECT count(*) FROM outcomes WHERE message_verdict = 'delete' AND guard IS NULL"
    )
