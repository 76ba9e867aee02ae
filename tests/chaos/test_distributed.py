"""The distributed profile while one thing after another befalls it under load: judged by Telegram's books and the outcomes.

What each fault may cost is told in docs/guides/failures.md. `ROUNDS=3 pytest tests/chaos/test_distributed.py -s` is the long form: every fault, that
often, with updates held by Redis alone and by a replica too; it prints the table of docs/guides/faults.md.
"""

import asyncio
import os
from pathlib import Path

import pytest
from tests.support.deployment import Deployment, deployed
from tests.support.faults import TWICE, answers, cuts, deaths, failovers, haste, nodes, pauses
from tests.support.ordeal import HEAD, Fault, Ordeal, figures
from tests.support.ports import free_port
from tests.support.redis import Cluster
from tests.support.scene import Scene, playing_scene
from tests.support.traffic import judge

SEED = 20261125
ROUNDS = int(os.environ.get("ROUNDS", "0"))
"""Of the long form; 0 is the short one: some faults, once each, with Telegram answering wrongly now and then."""
TROUBLE = 0.0 if ROUNDS else 0.05
"""In the long form times are told, and Telegram's own are none of them."""
in_both_forms = pytest.mark.parametrize("durability", ["fast", "replicated"])
FAILED_OVER_LATELY = 60
"""Messages said in the second and a half before a master died: as many as `fast` may lose, and half as many again."""


@pytest.mark.parametrize("durability", ["fast", "replicated"] if ROUNDS else ["fast"])
async def test_whatever_befalls_it_nothing_is_lost_and_nobody_is_punished_twice(
    tmp_path: Path, durability: str
) -> None:
    async with (
        playing_scene() as scene,
        deployed(
            tmp_path,
            scene.url,
            with_replica=durability == "replicated",
            with_links=True,
            services=("record", "ingest", "enforce", "bot"),
            CHATWARDEN_DURABILITY=durability,
        ) as deployment,
    ):
        await start_the_rest(deployment)
        ordeal = Ordeal(deployment, scene, seed=SEED, trouble=TROUBLE)
        if ROUNDS:
            faults = [
                *deaths(ordeal),
                *pauses(ordeal),
                *answers(ordeal),
                *cuts(ordeal, "cut", "silent", "slow"),
            ]
        else:
            short = [
                "processor – Redis silent",
                "record – PostgreSQL cut",
                *(f"{name} killed" for name in TWICE),
                "Redis killed, started again",
                "PostgreSQL crashed, started again",
            ]
            every = [*deaths(ordeal), *cuts(ordeal, "cut", "silent")]
            faults = [fault for fault in every if fault.name in short]
            assert len(faults) == len(short)
        await run(ordeal, faults, durability)

        await assert_nothing_went_wrong(ordeal, scene)


@in_both_forms
async def test_a_failed_over_redis_and_a_promoted_standby_are_found_and_the_work_goes_on(
    tmp_path: Path, durability: str
) -> None:
    if durability == "fast" and not ROUNDS:
        pytest.skip("in the long form only: ROUNDS=3")
    async with (
        playing_scene() as scene,
        deployed(
            tmp_path,
            scene.url,
            with_standbys=True,
            services=("record", "ingest", "enforce", "bot"),
            CHATWARDEN_DURABILITY=durability,
        ) as deployment,
    ):
        await start_the_rest(deployment)
        ordeal = Ordeal(deployment, scene, seed=SEED, trouble=TROUBLE)
        await run(ordeal, failovers(ordeal), durability)

        if durability == "replicated":
            await assert_nothing_went_wrong(ordeal, scene)
        else:
            for cost in ordeal.costs.values():
                assert 0 <= cost.lost <= cost.rounds * FAILED_OVER_LATELY, cost


async def test_a_node_of_a_cluster_dies_and_its_replica_goes_on(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "cluster")
    await asyncio.to_thread(cluster.start)
    try:
        async with (
            playing_scene() as scene,
            deployed(
                tmp_path,
                scene.url,
                cluster=cluster,
                services=("record", "ingest", "enforce", "bot"),
            ) as deployment,
        ):
            await start_the_rest(deployment)
            ordeal = Ordeal(deployment, scene, seed=SEED, trouble=TROUBLE)
            await run(ordeal, nodes(ordeal, cluster), "fast")

            for cost in ordeal.costs.values():
                assert 0 <= cost.lost <= cost.rounds * FAILED_OVER_LATELY, cost
    finally:
        cluster.kill()


async def test_what_is_acknowledged_before_it_is_stored_is_found_to_be_lost(tmp_path: Path) -> None:
    """That the tests above can fail. `crates/processor/tests/trouble.rs` holds the processor alone to the same in every build."""
    if not ROUNDS:
        pytest.skip("in the long form only: ROUNDS=3")
    async with playing_scene() as scene, deployed(tmp_path, scene.url) as deployment:
        ordeal = Ordeal(deployment, scene, seed=SEED)
        await run(ordeal, haste(ordeal), "fast")

        with pytest.raises(AssertionError):
            await assert_nothing_went_wrong(ordeal, scene)
        (cost,) = ordeal.costs.values()
        assert cost.lost > 0


async def start_the_rest(deployment: Deployment) -> None:
    """A second one of each that runs twice, and the API at an address that lasts."""
    for name in TWICE:
        await deployment.start(name, f"{name} 2")
    await deployment.start("api", CHATWARDEN_PORT=str(free_port()))


async def assert_nothing_went_wrong(ordeal: Ordeal, scene: Scene) -> None:
    judge(scene, ordeal.traffic, ordeal.admin, seed=SEED)
    assert await figures(ordeal.deployment.env["CHATWARDEN_DATABASE_URL"]) == {
        "judged": ordeal.traffic.said,
        "outcomes": len(ordeal.traffic.spam),
        "open": 0,
    }
    assert [cost for cost in ordeal.costs.values() if cost.lost or cost.twice] == []


async def run(ordeal: Ordeal, faults: list[Fault], durability: str) -> None:
    """And print what each cost, of those that came to an end."""
    try:
        await ordeal.run(faults, rounds=ROUNDS or 1)
    finally:
        print(f"\n{durability}, seed {SEED}\n\n{HEAD}")
        for cost in ordeal.costs.values():
            if cost.rounds:
                print(cost.row())
