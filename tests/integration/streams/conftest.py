import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.support.postgres import fresh_database, postgres_server
from tests.support.redis import redis_server

from chatwarden.storage.database import Database
from chatwarden.storage.migrate import upgrade
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.connection import connected
from chatwarden.streams.partitions import Partitions


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture
async def partitions(redis_url: str) -> AsyncIterator[Partitions]:
    """Of a bot of its own: nothing is there yet."""
    async with connected(redis_url) as client:
        yield Partitions(client, bot_id=secrets.randbits(40))


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[Database]:
    """PostgreSQL in its newest layout."""
    async with fresh_database(postgres) as url:
        database = Database(url)
        await upgrade(database)
        yield database
        await database.close()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(bytes(range(32)))
