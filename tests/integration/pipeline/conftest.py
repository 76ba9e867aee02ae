"""One simulator and one Telegram client a file; a database and a group of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.product import TOKEN
from tests.support.scene import Scene, new_scene, playing_scene
from tests.support.warden import Warden, open_copy

from chatwarden.storage.database import Database
from chatwarden.storage.migrate import upgrade
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


@pytest.fixture(scope="module")
async def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "chatwarden.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await upgrade(database)
    await database.close()
    return path


@pytest.fixture
async def database(empty_database: Path, tmp_path: Path) -> AsyncIterator[Database]:
    async with open_copy(empty_database, tmp_path / "chatwarden.db") as database:
        yield database


@pytest.fixture
async def scene(first_scene: Scene) -> AsyncIterator[Scene]:
    scene = await new_scene(first_scene.app, first_scene.url, first_scene.control)
    scene.app.world.bots[TOKEN].updates.clear()
    yield scene
    await scene.control.clear_faults()


@pytest.fixture
def warden(scene: Scene, database: Database, telegram: TelegramClient) -> Warden:
    return Warden(scene, database, telegram)
