from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.postgres import fresh_database, postgres_server

from chatwarden.storage.database import Database
from chatwarden.storage.migrate import upgrade


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Without a single table, on each of the two databases."""
    if request.param == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
        yield database
        await database.close()
        return
    async with fresh_database(request.getfixturevalue("postgres")) as url:
        database = Database(url)
        yield database
        await database.close()


@pytest.fixture
async def database(empty_database: Database) -> Database:
    """In its newest layout."""
    await upgrade(empty_database)
    return empty_database
