from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.api import ApiUnderTest, api_over
from tests.support.postgres import fresh_database, postgres_server


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[ApiUnderTest]:
    async with api_over(f"sqlite+aiosqlite:///{tmp_path / 'api.db'}") as api:
        yield api


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def each_api(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ApiUnderTest]:
    """On each of the two databases."""
    if request.param == "sqlite":
        async with api_over(f"sqlite+aiosqlite:///{tmp_path / 'api.db'}") as api:
            yield api
        return
    async with fresh_database(request.getfixturevalue("postgres")) as url, api_over(url) as api:
        yield api
