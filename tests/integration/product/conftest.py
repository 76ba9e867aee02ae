"""The whole product, in each profile; the tests of a file share one."""

from collections.abc import AsyncIterator

import pytest
from tests.support.deployment import deployed
from tests.support.product import Product, running_product
from tests.support.scene import Scene, eventually, new_scene, playing_scene


@pytest.fixture(scope="module")
async def first_scene() -> AsyncIterator[Scene]:
    async with playing_scene() as scene:
        yield scene


@pytest.fixture(scope="module", params=["embedded", "distributed"])
async def product(
    request: pytest.FixtureRequest, first_scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Product]:
    """One product for all tests of a file, in each profile; each test has a group of its own."""
    data = tmp_path_factory.mktemp("product") / "data"
    if request.param == "embedded":
        async with running_product(data, first_scene.url) as product:
            await _until_ready(product)
            yield product
        return
    async with deployed(data, first_scene.url) as deployment:
        yield await deployment.product()


async def _until_ready(product: Product) -> None:
    """The dashboard is there before the Telegram client is loaded, which takes a busy machine a while."""

    async def is_ready() -> bool:
        async with product.client() as client:
            return (await client.get("/readyz")).status_code == 200

    await eventually(is_ready, what="every part of the product works", seconds=180)


@pytest.fixture
async def scene(first_scene: Scene) -> Scene:
    return await new_scene(first_scene.app, first_scene.url, first_scene.control)
