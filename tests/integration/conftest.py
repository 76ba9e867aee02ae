"""Real servers, one of each for all tests, and databases in the newest layout."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.postgres import postgres_server
from tests.support.redis import redis_server

from chatwarden.storage.database import Database


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("template") / "newest.db")


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> Iterator[PostgresTemplate]:
    template = PostgresTemplate(postgres)
    yield template
    asyncio.run(template.drop())


@pytest.fixture
async def sqlite_url(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """Of a database in the newest layout."""
    return await sqlite_template.copy(tmp_path / "chatwarden.db")


@pytest.fixture
async def postgres_url(postgres_template: PostgresTemplate) -> AsyncIterator[str]:
    """Of a database in the newest layout."""
    async with postgres_template.copied() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Of a database in the newest layout: each of the two."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """In its newest layout: each of the two."""
    database = Database(database_url)
    yield database
    await database.close()
