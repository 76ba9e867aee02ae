from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.api import ApiUnderTest, api_over
from tests.support.postgres import fresh_database, postgres_server
from tests.support.receiver import Receiver, receiving

from chatwarden.settings import Settings


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture(params=["sqlite", "postgresql"])
async def api(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ApiUnderTest]:
    """On each of the two databases; it may call receivers on this machine."""
    settings = Settings(_env_file=None, private_webhooks=True)
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'api.db'}"
        async with api_over(url, settings=settings) as api:
            yield api
        return
    async with fresh_database(request.getfixturevalue("postgres")) as url:
        async with api_over(url, settings=settings) as api:
            yield api
