"""What may befall a deployment. Each fault draws its moments from the ordeal's chance, and says what its time to recover is counted from."""

import asyncio
import shutil
import time
from collections.abc import Callable
from typing import Any

from tests.support.deployment import Service
from tests.support.link import Harm
from tests.support.ordeal import Fault, Ordeal
from tests.support.postgres import PostgresServer
from tests.support.redis import Cluster, RedisServer
from tests.support.scene import eventually

from chatwarden.simulator.client import Fault as Answer
from chatwarden.streams.connection import connected

TWICE = ("processor", "ingest", "enforce", "record")
"""Services that run twice: one of two is harmed, the other goes on."""
WAYS = (
    ("ingest", "redis"),
    ("processor", "redis"),
    ("enforce", "redis"),
    ("record", "redis"),
    ("bot", "redis"),
    ("api", "redis"),
    ("record", "postgres"),
    ("enforce", "postgres"),
    ("api", "postgres"),
    ("ingest", "telegram"),
    ("enforce", "telegram"),
)
"""Each service's links, but for those that carry nothing of what is judged."""
_SECONDS: dict[Harm, tuple[float, float]] = {"cut": (0, 3), "silent": (6, 9), "slow": (2, 4)}
"""How long a link is harmed: silence for longer than a service waits for an answer of Redis."""


def deaths(ordeal: Ordeal) -> list[Fault]:
    """kill -9: a service of two, the API, Redis, PostgreSQL."""
    chance, deployment = ordeal.chance, ordeal.deployment

    def of_service(name: str) -> Fault:
        killed: list[Service] = []

        async def kill() -> float:
            service = deployment.services[_one(ordeal, name)]
            await service.kill()
            killed.append(service)
            return time.monotonic()

        async def start() -> None:
            await killed.pop().start()

        # Not before all came to rest: it is the other one that has to take its work over.
        return Fault(f"{name} killed", kill, start)

    async def kill_redis() -> float:
        deployment.redis.kill()
        await asyncio.sleep(chance.uniform(0, 2))
        await asyncio.to_thread(deployment.redis.start)
        return time.monotonic()

    async def crash_database() -> float:
        await asyncio.to_thread(deployment.postgres.crash)
        await asyncio.sleep(chance.uniform(0, 4))
        await asyncio.to_thread(deployment.postgres.start)
        return time.monotonic()

    return [
        *(of_service(name) for name in (*TWICE, "bot", "api")),
        Fault("Redis killed, started again", kill_redis),
        Fault("PostgreSQL crashed, started again", crash_database),
    ]


def pauses(ordeal: Ordeal) -> list[Fault]:
    """Whatever stands still for longer than others wait for it, and then goes on as if nothing had been."""
    chance = ordeal.chance

    def of(
        name: str, stop: Callable[[], Callable[[], None]], seconds: tuple[float, float]
    ) -> Fault:
        async def stand_still() -> float:
            go_on = stop()
            try:
                await asyncio.sleep(chance.uniform(*seconds))
            finally:
                go_on()
            return time.monotonic()

        return Fault(f"{name} stands still", stand_still)

    def service(name: str) -> Callable[[], Callable[[], None]]:
        def stop() -> Callable[[], None]:
            one = ordeal.deployment.services[_one(ordeal, name)]
            one.pause()
            return one.go_on

        return stop

    def redis() -> Callable[[], None]:
        ordeal.deployment.redis.pause()
        return ordeal.deployment.redis.go_on

    return [
        *(of(name, service(name), (4, 12)) for name in TWICE),
        of("Redis", redis, (2, 8)),
    ]


def cuts(ordeal: Ordeal, *harms: Harm) -> list[Fault]:
    """Each link in each of these ways."""
    words = {"cut": "cut", "silent": "silent", "slow": "slow"}

    def of(name: str, part: str, harm: Harm) -> Fault:
        async def break_it() -> float:
            links = ordeal.deployment.links
            assert links is not None
            link = links[_one(ordeal, name), part]
            carried = link.carried
            link.do(harm)
            await asyncio.sleep(ordeal.chance.uniform(*_SECONDS[harm]))
            link.heal()
            assert carried > 0, f"{name} does not use its link to {part}"
            return time.monotonic()

        there = {"redis": "Redis", "postgres": "PostgreSQL", "telegram": "Telegram"}[part]
        return Fault(f"{name} – {there} {words[harm]}", break_it)

    return [of(name, part, harm) for harm in harms for name, part in WAYS]


def answers(ordeal: Ordeal) -> list[Fault]:
    """Telegram answers, but not with what was asked for."""

    def of(name: str, answer: Answer) -> Fault:
        async def refuse() -> float:
            await ordeal.scene.control.fail(answer)
            await asyncio.sleep(ordeal.chance.uniform(1, 4))
            await ordeal.scene.control.clear_faults()
            return time.monotonic()

        return Fault(f"Telegram {name}", refuse)

    busy = Answer(code=429, description="Too Many Requests", retry_after=2, times=10_000)
    return [
        of("answers 502", Answer(code=502, description="Bad Gateway", times=10_000)),
        of("answers 429", busy),
        of("carries out, answers nothing", Answer(kind="drop", after_effect=True, times=5)),
    ]


def failovers(ordeal: Ordeal) -> list[Fault]:
    """Sentinel makes the replica the master; somebody promotes the standby. What was lost comes back as what stands by."""
    deployment = ordeal.deployment
    assert deployment.replica is not None
    assert deployment.standby is not None
    redis = [deployment.redis, deployment.replica]
    postgres = [deployment.postgres, deployment.standby]
    lost_servers = 0

    async def fail_over_redis() -> float:
        redis[0].kill()
        redis.reverse()
        return time.monotonic()

    async def bring_back_redis() -> None:
        await asyncio.to_thread(redis[1].start)
        await eventually(redis[1].follows, what="the lost master is a replica")

    async def promote() -> float:
        await asyncio.to_thread(postgres[0].crash)
        began = time.monotonic()
        await asyncio.to_thread(postgres[1].promote)
        postgres.reverse()
        return began

    async def stand_by() -> None:
        nonlocal lost_servers
        lost_servers += 1
        lost = postgres[1]
        again = PostgresServer(lost.directory.with_name(f"standby {lost_servers}"), port=lost.port)
        shutil.rmtree(lost.directory)
        await asyncio.to_thread(again.copy_of, postgres[0])
        await asyncio.to_thread(again.start)
        deployment.postgres, deployment.standby = postgres[0], again
        postgres[1] = again

    return [
        Fault("Redis failed over by Sentinel", fail_over_redis, bring_back_redis),
        Fault("PostgreSQL's standby promoted", promote, stand_by),
    ]


_MASTERS = 3
"""Of a cluster; a node that is away is none."""


def nodes(ordeal: Ordeal, cluster: Cluster) -> list[Fault]:
    """A master of a cluster dies, and its replica takes its place."""

    async def kill() -> float:
        masters = [node for node in cluster.nodes if node.is_master()]
        lost = ordeal.chance.choice(masters)
        lost.kill()
        killed.append(lost)
        return time.monotonic()

    async def bring_back() -> None:
        lost = killed.pop()
        # Where nothing that was said needed it, the rest has not waited for that.
        await eventually(replaced, what="a replica has taken its master's place")
        await asyncio.to_thread(lost.start)
        await eventually(lost.follows, what="the lost master is a replica")

    def replaced() -> bool:
        return sum(node.is_master() for node in cluster.nodes) == _MASTERS

    killed: list[RedisServer] = []
    return [Fault("a master of a Redis Cluster killed", kill, bring_back)]


def haste(ordeal: Ordeal) -> list[Fault]:
    """No fault of the machines: whatever a processor has just been given is acknowledged at once, as by one that does not wait until it is stored."""

    async def acknowledge() -> float:
        end = time.monotonic() + 2
        async with connected(ordeal.deployment.env["CHATWARDEN_REDIS_URL"]) as client:
            while time.monotonic() < end:
                async for stream in client.scan_iter(match="*:updates"):
                    given: Any = await client.xpending_range(stream, "scan", "-", "+", 1000)
                    if ids := [one["message_id"] for one in given]:
                        await client.xack(stream, "scan", *ids)
                        await client.xdel(stream, *ids)
        return time.monotonic()

    return [Fault("acknowledged early", acknowledge)]


def _one(ordeal: Ordeal, name: str) -> str:
    """The label of a service; of one that runs twice, of either."""
    return ordeal.chance.choice((name, f"{name} 2")) if name in TWICE else name
