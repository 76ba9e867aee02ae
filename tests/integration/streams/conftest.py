import secrets
from collections.abc import AsyncIterator

import pytest

from chatwarden.storage.database import Database
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.connection import connected
from chatwarden.streams.partitions import Partitions


@pytest.fixture
async def partitions(redis_url: str) -> AsyncIterator[Partitions]:
    """Of a bot of its own: nothing is there yet."""
    async with connected(redis_url) as client:
        yield Partitions(client, bot_id=secrets.randbits(40))


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """PostgreSQL: what records in this profile."""
    database = Database(postgres_url)
    yield database
    await database.close()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(bytes(range(32)))
