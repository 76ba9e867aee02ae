from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.api import ApiUnderTest, api_over


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[ApiUnderTest]:
    async with api_over(f"sqlite+aiosqlite:///{tmp_path / 'api.db'}") as api:
        yield api
