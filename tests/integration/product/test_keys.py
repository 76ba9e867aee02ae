"""Another master key for a product that runs: what was sealed stays readable, before, meanwhile and after, and whoever was started before goes on."""

import asyncio
import base64
import sys
from pathlib import Path

from tests.support.dashboard import outcome_of
from tests.support.deployment import Deployment, deployed
from tests.support.product import Product, environment, running_product
from tests.support.scene import SPAM, Scene, playing_scene

NEW = b"n" * 32


async def keys(env: dict[str, str], *command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chatwarden",
        "keys",
        *command,
        env=env,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return told.decode()


async def spam(scene: Scene) -> int:
    return await scene.say(await scene.newcomer(), SPAM)


async def text_of(scene: Scene, product: Product, message: int) -> str:
    async with product.client() as client:
        outcome = await outcome_of(scene, client, message)
    return str(outcome["texts"][0]["text"])


async def test_services_go_on_while_their_keys_are_wrapped_anew(tmp_path: Path) -> None:
    old, new = b"o" * 32, tmp_path / "new.key"
    new.write_bytes(NEW)
    async with (
        playing_scene() as scene,
        deployed(tmp_path / "data", scene.url, master_key=old) as deployment,
    ):
        product = await deployment.product()
        first = await spam(scene)
        assert await text_of(scene, product, first) == SPAM

        both = deployment.env | {
            "CHATWARDEN_MASTER_KEY_FILE": str(new),
            "CHATWARDEN_FORMER_MASTER_KEY_BASE64": base64.b64encode(old).decode(),
        }
        assert await keys(both, "rotate") == "2 data keys wrapped anew\n"
        second = await spam(scene)
        assert await text_of(scene, product, second) == SPAM

        await change_services(deployment, new)
        changed = await deployment.product()
        third = await spam(scene)
        for message in (first, second, third):
            assert await text_of(scene, changed, message) == SPAM
        told = await keys(deployment.env | {"CHATWARDEN_MASTER_KEY_FILE": str(new)}, "list")
        assert "(present): 2 data keys" in told
        assert len(told.splitlines()) == 1


async def change_services(deployment: Deployment, key: Path) -> None:
    """Each in turn is started anew with the new master key alone; the others run."""
    for name in list(deployment.services):
        await deployment.services[name].stop()
        await deployment.start(name, CHATWARDEN_MASTER_KEY_FILE=str(key))


async def test_the_embedded_profile_goes_on_and_starts_with_the_new_key(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with playing_scene() as scene:
        async with running_product(data, scene.url) as product:
            first = await spam(scene)
            assert await text_of(scene, product, first) == SPAM
            (data / "master.key").rename(data / "former.key")
            (data / "master.key").write_bytes(NEW)
            both = environment(
                data, scene.url, CHATWARDEN_FORMER_MASTER_KEY_FILE=str(data / "former.key")
            )
            assert await keys(both, "rotate") == "2 data keys wrapped anew\n"
            second = await spam(scene)
            assert await text_of(scene, product, second) == SPAM
        (data / "former.key").unlink()
        async with running_product(data, scene.url) as product:
            for message in (first, second):
                assert await text_of(scene, product, message) == SPAM
