from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.databases import sqlite_url as url_of
from tests.support.postgres import fresh_database

from chatwarden.storage.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Without a single table, on each of the two databases."""
    if request.param == "sqlite":
        database = Database(url_of(tmp_path / "test.db"))
        yield database
        await database.close()
        return
    async with fresh_database(request.getfixturevalue("postgres")) as url:
        database = Database(url)
        yield database
        await database.close()
