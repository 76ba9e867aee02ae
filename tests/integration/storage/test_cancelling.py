"""Tasks that are cancelled in the middle of a transaction."""

import asyncio
import random
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from tests.support.rows import group_row

from chatwarden.storage.database import Database
from chatwarden.storage.migrate import upgrade
from chatwarden.storage.models import Group

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


async def test_a_cancelled_transaction_leaves_no_lock_behind(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'cancel.db'}")
    await upgrade(database)
    chance = random.Random(7)
    failures: list[BaseException] = []
    for number in range(1, CANCELS):
        task = asyncio.create_task(write_and_read(database, number))
        await asyncio.sleep(chance.uniform(0, 0.012))
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(result, OperationalError):
            failures.append(result)

    async with database.transaction() as session:
        session.add(group_row(chat_id=-CANCELS, title="afterwards"))
    async with database.transaction() as session:
        found = await session.get(Group, (group_row().bot_id, -CANCELS))
    await database.close()

    assert failures == []
    assert found is not None
