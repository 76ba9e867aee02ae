"""What statements bring along, and what is read piece by piece."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chatwarden.storage.database import Database, sqlite_url

MANY = 1234
"""More than come along with the statement, twice."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(sqlite_url(tmp_path))
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE numbers (n INTEGER)"))
        rows = [{"n": n} for n in range(MANY)]
        await connection.execute(text("INSERT INTO numbers VALUES (:n)"), rows)
    yield database
    await database.close()


async def numbers(connection: AsyncConnection, where: str = "1") -> list[int]:
    found = await connection.execute(text(f"SELECT n FROM numbers WHERE {where} ORDER BY n"))
    return list(found.scalars())


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1000, MANY])
async def test_all_rows_come_however_many_there_are(database: Database, count: int) -> None:
    async with database.engine.connect() as connection:
        assert await numbers(connection, f"n < {count}") == list(range(count))


async def test_a_stream_gives_all_rows_and_may_be_left(database: Database) -> None:
    async with database.engine.connect() as connection:
        async with connection.stream(text("SELECT n FROM numbers ORDER BY n")) as stream:
            assert [n async for (n,) in stream] == list(range(MANY))
        async with connection.stream(text("SELECT n FROM numbers ORDER BY n")) as stream:
            assert (await stream.fetchmany(700))[-1].n == 699
        # Left in the middle, it holds nothing: the table can go.
        await connection.execute(text("DROP TABLE numbers"))


async def test_what_was_rolled_back_is_not_there(database: Database) -> None:
    async with database.engine.connect() as connection:
        await connection.execute(text("DELETE FROM numbers"))
        assert await numbers(connection) == []
        await connection.rollback()
        assert len(await numbers(connection)) == MANY
        deleted = await connection.execute(text("DELETE FROM numbers WHERE n >= 5 RETURNING n"))
        assert len(list(deleted)) == MANY - 5
        await connection.commit()
    async with database.engine.connect() as connection:
        assert await numbers(connection) == list(range(5))


async def test_a_statement_that_fails_leaves_the_connection_usable(database: Database) -> None:
    async with database.engine.connect() as connection:
        with pytest.raises(Exception, match="no such table"):
            await connection.execute(text("SELECT * FROM elsewhere"))
        assert len(await numbers(connection)) == MANY
