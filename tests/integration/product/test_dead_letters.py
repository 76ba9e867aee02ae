"""Dead letters of the whole product, in both profiles: what is replayed takes effect, and what fails again is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.dead_letter import set_aside
from tests.support.deployment import deployed
from tests.support.product import Product, running_product
from tests.support.scene import HAM, SPAM, Scene, eventually, playing_scene

from chatwarden.storage.database import Database, sqlite_url

LETTERS = "/api/v1/operator/dead-letters"
BAD = b'{"message":"no object"}'


@dataclass(frozen=True)
class Running:
    """A product, and what stands behind it."""

    product: Product
    database: Database
    key: Path


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing_scene() as scene:
        yield scene


@pytest.fixture(params=["embedded", "distributed"])
async def running(
    request: pytest.FixtureRequest, scene: Scene, tmp_path: Path
) -> AsyncIterator[Running]:
    data = tmp_path / "data"
    if request.param == "embedded":
        async with running_product(data, scene.url) as product:
            database = Database(sqlite_url(data))
            yield Running(product, database, data / "master.key")
            await database.close()
        return
    async with deployed(data, scene.url) as deployment:
        database = Database(deployment.postgres.url)
        yield Running(await deployment.product(), database, data / "master.key")
        await database.close()


async def shown(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get(LETTERS)
    answer.raise_for_status()
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_replay_judges_what_was_set_aside_and_counts_what_fails_again(
    scene: Scene, running: Running
) -> None:
    spammer = await scene.newcomer()
    message = await scene.say(spammer, HAM)
    content = {
        "message_id": message,
        "date": int(datetime.now(UTC).timestamp()),
        "chat": {"id": scene.group, "type": "supergroup", "title": "Makers"},
        "from": {"id": spammer, "is_bot": False, "first_name": "Kim"},
        "text": SPAM,
    }
    async with running.product.client() as client:

        async def is_guarded() -> bool:
            groups = (await client.get("/api/v1/groups")).json()["items"]
            return bool(groups) and groups[0]["rights_checked_at"] is not None

        await eventually(is_guarded, what="the group is guarded")
        letter_id = await set_aside(
            running.database, running.key, {"update_id": 3, "message": content}
        )
        answer = await client.post(f"{LETTERS}/{letter_id}/replay")
        assert answer.status_code == 200, answer.text
        await eventually(lambda: scene.is_deleted(message), what="the spam is deleted")
        (letter,) = await shown(client)
        assert (letter["tries"], letter["replayed_at"] is None) == (1, False)

        await scene.control.put_updates(BAD)

        async def lies(tries: int) -> bool:
            found = [one for one in await shown(client) if one["id"] != letter_id]
            return [(one["tries"], one["replayed_at"]) for one in found] == [(tries, None)]

        await eventually(lambda: lies(1), what="what cannot be read is a dead letter")
        replayed = await client.post(f"{LETTERS}/replay", json={"kind": "update"})
        assert replayed.json() == {"replayed": 1, "sealed": 0, "left": 0}
        await eventually(lambda: lies(2), what="it fails again")

        told = (await client.get("/api/v1/operator")).json()
        assert told["dead_letters"] == {"update": 1, "interaction": 0}
        assert told["queues"][0]["queue"] in ("updates", "actions")
        checks = (await client.post("/api/v1/operator/checks")).json()["items"]
        found = {one["part"]: one["state"] for one in checks}
        assert (found["token"], found["database"], found["dead letters"]) == ("ok", "ok", "warning")
