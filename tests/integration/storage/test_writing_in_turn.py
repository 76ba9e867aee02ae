"""SQLite has one writer: of several connections of a process, whoever came first writes first."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.databases import SqliteTemplate
from tests.support.rows import group_row

from chatwarden.errors import StorageUnavailable
from chatwarden.storage import sqlite
from chatwarden.storage.database import Database

WRITERS = 8


@pytest.fixture
async def path(sqlite_template: SqliteTemplate, tmp_path: Path) -> Path:
    path = tmp_path / "turns.db"
    await sqlite_template.copy(path)
    return path


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{path}")
    yield database
    await database.close()


async def write(database: Database, number: int) -> None:
    async with database.transaction() as session:
        session.add(group_row(chat_id=-number))


async def test_who_waits_is_not_overtaken(path: Path, database: Database) -> None:
    """One connection writes without a pause; each of the others gets in after what was begun before it came."""
    other = Database(f"sqlite+aiosqlite:///{path}")
    written: list[int] = []

    async def note(which: Database, number: int) -> None:
        await write(which, number)
        written.append(number)

    try:
        async with database.transaction() as session:
            session.add(group_row(chat_id=-1))
            await session.flush()
            waiting = []
            for number in range(2, 2 + WRITERS):
                waiting.append(asyncio.create_task(note(other, number)))
                # As long as it takes until its thread stands in the queue.
                while sqlite.writers_of(str(path)).waiting < len(waiting):
                    await asyncio.sleep(0)
        await note(database, 100)
        await asyncio.gather(*waiting)
    finally:
        await other.close()
    assert written == [*range(2, 2 + WRITERS), 100]


async def test_who_fails_gives_the_turn_away(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            session.add(group_row(chat_id=-1))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await write(database, 2)


async def test_whose_turn_does_not_come_is_told_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0.05)
    async with database.transaction() as session:
        session.add(group_row(chat_id=-1))
        await session.flush()
        with pytest.raises(StorageUnavailable, match="locked"):
            await write(database, 2)
    await write(database, 3)


async def test_another_process_is_waited_for_as_ever(path: Path, database: Database) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(write(database, 1))
        await asyncio.sleep(0.1)
        assert not writing.done()
        other.rollback()
        await writing
