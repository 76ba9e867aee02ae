"""What only the distributed profile can get wrong: Telegram away at a start, a Redis that lost its memory, what groups share."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests.support.deployment import deployed
from tests.support.ports import free_port
from tests.support.scene import BOT_ID, Scene, eventually, playing_scene

from chatwarden.simulator.client import NewChat

ADVERT = "Fresh cherries from our garden t.me/+AbCdEfGh12345678 ten a kilo, delivered on Saturday"
AGAIN = "Fresh apples from our garden, ten a kilo, delivered on Saturday"


@pytest.fixture(scope="module")
async def scene() -> AsyncIterator[Scene]:
    async with playing_scene() as scene:
        yield scene


async def test_ingest_waits_for_a_telegram_that_cannot_be_reached_and_says_so(
    scene: Scene, tmp_path: Path
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with deployed(tmp_path / "data", scene.url) as deployment:
        ingest = await deployment.start("ingest", "ingest 2", CHATWARDEN_TELEGRAM_API=nowhere)
        async with httpx.AsyncClient(base_url=ingest.address) as client:

            async def says_so() -> bool:
                answer = await client.get("/readyz")
                parts = {part["name"]: part["state"] for part in answer.json()}
                return answer.status_code == 503 and parts["telegram"] == "failing"

            await eventually(says_so, what="ingest says that it waits")
            assert (await client.get("/healthz")).status_code == 200


async def test_what_two_groups_call_spam_counts_in_a_third_also_after_redis_lost_its_memory(
    scene: Scene, tmp_path: Path
) -> None:
    groups = [scene.group]
    for title in ("Bakers", "Joiners"):
        group = await scene.control.add_chat(NewChat(title=title, owner=scene.owner))
        await scene.control.add_admin(group, BOT_ID)
        groups.append(group)
    scenes = [replace(scene, group=group) for group in groups]
    async with deployed(tmp_path / "data", scene.url) as deployment:
        product = await deployment.product()
        for one in scenes[:2]:
            message = await one.say(await one.newcomer(), ADVERT)
            async with product.client() as client:
                await call_spam(client, one.group, message)
        await is_known(scenes[2])

        deployment.redis.flush()
        await is_known(scenes[2])


async def call_spam(client: httpx.AsyncClient, group: int, message: int) -> None:
    """As the operator, who needs nobody beside them."""
    found: list[str] = []

    async def is_there() -> bool:
        answer = await client.get("/api/v1/outcomes", params={"chat_id": group})
        found[:] = [
            one["trace_id"] for one in answer.json()["items"] if one["message_id"] == message
        ]
        return bool(found)

    await eventually(is_there, what="an outcome")
    said = await client.post(f"/api/v1/outcomes/{found[0]}/feedback", json={"label": "spam"})
    assert said.json()["feedback"] == "spam", json.dumps(said.json())


async def is_known(scene: Scene) -> None:
    """Until a newcomer's message that is like it goes."""
    written: list[int] = []

    async def goes() -> bool:
        written.append(await scene.say(await scene.newcomer(), AGAIN))
        return any(scene.is_deleted(message) for message in written)

    await eventually(goes, what="what is like it is deleted")
