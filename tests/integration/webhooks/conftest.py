from collections.abc import AsyncIterator

import pytest
from tests.support.api import ApiUnderTest, api_over
from tests.support.receiver import Receiver, receiving

from chatwarden.settings import Settings


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[ApiUnderTest]:
    """On each of the two databases; it may call receivers on this machine."""
    settings = Settings(_env_file=None, private_webhooks=True)
    async with api_over(database_url, settings=settings) as api:
        yield api
