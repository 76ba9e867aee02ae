"""Tasks that are cancelled in the middle of a transaction."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text
from tests.support.databases import SqliteTemplate
from tests.support.rows import group_row

from chatwarden.storage.database import Database

CANCELS = 150


async def write_and_read(database: Database, number: int) -> None:
    async with database.transaction() as session:
        session.add(group_row(chat_id=-number, title="half done"))
        await session.flush()
        await session.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i FROM n"
            )
        )


def take_the_lock(path: Path) -> None:
    """As another process would. Raises OperationalError where somebody keeps it for two seconds."""
    with closing(sqlite3.connect(path, timeout=2)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.rollback()


async def test_a_cancelled_transaction_leaves_no_lock_behind(
    sqlite_template: SqliteTemplate, tmp_path: Path
) -> None:
    path = tmp_path / "cancel.db"
    database = Database(await sqlite_template.copy(path))
    chance = random.Random(7)
    try:
        for number in range(CANCELS):
            task = asyncio.create_task(write_and_read(database, number))
            await asyncio.sleep(chance.uniform(0, 0.012))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.to_thread(take_the_lock, path)
    finally:
        await database.close()
