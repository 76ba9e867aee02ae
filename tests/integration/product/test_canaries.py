"""Marked texts and secrets go through everything; afterwards none of them stands in clear in what either profile keeps, or logs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select
from tests.support.canaries import Canary, files, find, forms
from tests.support.deployment import deployed
from tests.support.product import Product, running_product
from tests.support.receiver import receiving, status
from tests.support.scene import HEAVY_SPAM, Scene, eventually, new_scene

from chatwarden.simulator import create_app, serving
from chatwarden.simulator.client import ControlClient, Draft, Fault
from chatwarden.storage.database import Database, sqlite_url
from chatwarden.storage.models import Action, DeadLetter, WebhookDelivery

SPOKEN = Canary("a message's words", "Zitronenfalter7Q")
SPOKEN_TOO = Canary("a message's other words", "ЖёлтаяБабочка蝴蝶")
PRIVATE = Canary("what was said to the bot", "Schwalbenschwanz3K")
BROKEN = Canary("an unreadable update", "Trauermantel5W")
TOKEN = Canary("the bot's token", "AAkanarienvogel4X-s3cretPartOfToken")
ADDRESS = Canary("a webhook's address", "pfauenauge8Bn3token")
CONTROL = Canary("the control", "Kontrollfalter9Z")
_BOT_TOKEN = f"42:{TOKEN.text}"


@asynccontextmanager
async def _playing() -> AsyncIterator[Scene]:
    app = create_app(tokens=[_BOT_TOKEN])
    async with serving(app) as url, ControlClient(url) as control:
        yield await new_scene(app, url, control)


async def _live(scene: Scene, product: Product, database: Database) -> list[Canary]:
    """Have each canary go its way, well and badly; all of them, with those that came about."""
    secrets = [Canary("the sign-in link", product.sign_in_link.partition("#link=")[2])]
    control = scene.control
    for method in ("deleteMessage", "deleteMessages", "banChatMember", "getUpdates", "sendMessage"):
        await control.fail(Fault(method=method, kind="drop"))
    await control.fail(Fault(method="banChatMember", code=500))
    async with receiving() as receiver, product.client() as client:
        receiver.answer = status(500)
        receiver.address += f"&more={ADDRESS.text}"
        group = f"/api/v1/groups/42/{scene.group}"
        made = {}

        async def is_there() -> bool:
            body = {
                "address": receiver.address,
                "events": ["outcome.punished", "outcome.overturned"],
            }
            answer = await client.post(f"{group}/webhooks", json=body)
            if answer.status_code == 201:
                made.update(answer.json())
            return bool(made)

        await control.post(
            scene.group, Draft(from_id=scene.member, text="Is the workshop open on Saturday?")
        )
        await eventually(is_there, what="the group is known")
        key = (
            await client.post("/api/v1/api-keys", json={"name": "canary", "role": "moderator"})
        ).json()["key"]
        token = client.headers["Authorization"].removeprefix("Bearer ")
        secrets += [
            Canary("an API key", key.rpartition("_")[2]),
            Canary("an access token", token.rpartition(".")[2]),
            Canary("a session's cookie", next(iter(client.cookies.jar)).value or ""),
            Canary("a webhook's secret", made["secret"].removeprefix("whsec_")),
        ]
        spammer = await scene.newcomer()
        words = f"{HEAVY_SPAM} {SPOKEN.text} {SPOKEN_TOO.text}"
        spam = await scene.say(spammer, words)
        await control.post(scene.group, Draft(from_id=scene.member, text=f"/report {PRIVATE.text}"))
        await control.post(scene.member, Draft(from_id=scene.member, text=f"/start {PRIVATE.text}"))
        broken = f'{{"message": {{"message_id": "{BROKEN.text}", "date": []}}}}'
        await control.put_updates(broken.encode(), token=_BOT_TOKEN)
        await eventually(lambda: scene.is_deleted(spam), what="the spam is deleted")
        for model, what in ((DeadLetter, "a dead letter"), (WebhookDelivery, "a delivery")):

            async def is_kept(model: type = model) -> bool:
                async with database.transaction() as session:
                    return bool(await session.scalar(select(func.count()).select_from(model)))

            await eventually(is_kept, what=what)
        await eventually(lambda: bool(receiver.received), what="the webhook is called")
        bearer = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=product.address, headers=bearer) as program:
            (outcome,) = (await program.get("/api/v1/outcomes")).json()["items"]
            assert SPOKEN.text in outcome["texts"][0]["text"]
            path = f"/api/v1/outcomes/{outcome['trace_id']}"
            await program.post(f"{path}/feedback", json={"label": "ham"})
            await program.get(f"/api/v1/{CONTROL.text}")

        async def is_undone() -> bool:
            async with database.transaction() as session:
                undo = select(func.count()).where(Action.kind == "undo", Action.state == "done")
                return bool(await session.scalar(undo))

        await eventually(is_undone, what="it is undone")
    return [SPOKEN, SPOKEN_TOO, PRIVATE, BROKEN, TOKEN, ADDRESS, *secrets]


@pytest.mark.parametrize("text", [SPOKEN.text, SPOKEN_TOO.text])
def test_the_search_finds_a_text_in_every_form(text: str) -> None:
    for form, shape in forms(text):
        assert find([Canary("it", text)], {"here": b"\x01x" + shape + b"y\x00"}), form
    assert not find([Canary("it", text)], {"here": CONTROL.text.encode()})


async def test_the_embedded_profile_keeps_no_canary_in_clear(tmp_path: Path) -> None:
    home = tmp_path / "home"
    data = home / "data"
    async with _playing() as scene:
        async with running_product(
            data,
            scene.url,
            CHATWARDEN_BOT_TOKEN=_BOT_TOKEN,
            CHATWARDEN_PRIVATE_WEBHOOKS="true",
            CHATWARDEN_LOG_LEVEL="debug",
        ) as product:
            database = Database(sqlite_url(data))
            canaries = await _live(scene, product, database)
            await database.close()
            kept = files(home)
    assert "data/chatwarden.db-wal" in {name.removeprefix("home/") for name in kept}
    assert find(canaries, kept) == set()
    assert find([CONTROL], kept) >= {"the control in home/data.log as utf-8"}
    title = Canary("the group", "Makers")
    assert {one.partition(" in ")[2].partition(" as ")[0] for one in find([title], kept)} & {
        "home/data/chatwarden.db",
        "home/data/chatwarden.db-wal",
    }


async def test_the_distributed_profile_keeps_no_canary_in_clear(tmp_path: Path) -> None:
    async with (
        _playing() as scene,
        deployed(
            tmp_path,
            scene.url,
            CHATWARDEN_BOT_TOKEN=_BOT_TOKEN,
            CHATWARDEN_PRIVATE_WEBHOOKS="true",
            CHATWARDEN_LOG_LEVEL="debug",
        ) as deployment,
    ):
        product = await deployment.product()
        database = Database(deployment.database_url)
        canaries = await _live(scene, product, database)
        await database.close()
        redis = Redis.from_url(deployment.redis.url)
        await redis.config_set("rdbcompression", "no")
        await redis.set("control", CONTROL.text)
        await redis.save()  # type: ignore[no-untyped-call,unused-ignore]
        await redis.aclose()
        dump = await asyncio.to_thread(deployment.postgres.dump)
        logs = [service.log for service in deployment.services.values()]
        kept = files(
            deployment.redis.directory, deployment.postgres.directory / "pg_wal", *set(logs)
        ) | {"dump": dump}
    assert find(canaries, kept) == set()
    found = find([CONTROL, Canary("the group", "Makers")], kept)
    assert {"the control in redis/dump.rdb as utf-8", "the group in dump as utf-8"} <= found
    assert any("appendonlydir" in one for one in found)
    assert any("api.log" in one for one in found)
