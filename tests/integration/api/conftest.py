from collections.abc import AsyncIterator

import pytest
from tests.support.api import ApiUnderTest, api_over


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[ApiUnderTest]:
    async with api_over(sqlite_url) as api:
        yield api


@pytest.fixture
async def each_api(database_url: str) -> AsyncIterator[ApiUnderTest]:
    """On each of the two databases."""
    async with api_over(database_url) as api:
        yield api
