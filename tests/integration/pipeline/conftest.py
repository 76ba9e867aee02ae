"""One simulator and one Telegram client a file; a database and a group of its own for each test."""

from collections.abc import AsyncIterator

import pytest
from tests.support.product import TOKEN
from tests.support.scene import Scene, new_scene, playing_scene
from tests.support.warden import Warden

from chatwarden.storage.database import Database
from chatwarden.telegram.client import TelegramClient


@pytest.fixture(scope="module")
async def first_scene() -> AsyncIterator[Scene]:
    async with playing_scene() as scene:
        yield scene


@pytest.fixture(scope="module")
async def telegram(first_scene: Scene) -> AsyncIterator[TelegramClient]:
    clock = first_scene.app.world.clock.now
    async with TelegramClient.connect(api=first_scene.url, token=TOKEN, clock=clock) as client:
        yield client


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    yield database
    await database.close()


@pytest.fixture
async def scene(first_scene: Scene) -> AsyncIterator[Scene]:
    scene = await new_scene(first_scene.app, first_scene.url, first_scene.control)
    scene.app.world.bots[TOKEN].updates.clear()
    yield scene
    await scene.control.clear_faults()


@pytest.fixture
def warden(scene: Scene, database: Database, telegram: TelegramClient) -> Warden:
    return Warden(scene, database, telegram)
