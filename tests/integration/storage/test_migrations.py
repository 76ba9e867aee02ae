"""The one Alembic tree on both databases."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, inspect, select, table, text
from tests.support.postgres import fresh_database
from tests.support.rows import BOT_ID, CHAT_ID, DAY, group_row

from chatwarden.errors import StorageUnavailable
from chatwarden.storage.database import Database
from chatwarden.storage.migrate import alembic_config, downgrade, layouts, upgrade
from chatwarden.storage.models import DeadLetter, Feedback, Group, Model


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Model.metadata))


async def test_the_newest_layout_is_what_the_models_say(empty_database: Database) -> None:
    await upgrade(empty_database)

    async with empty_database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_layout_of_a_database_that_is_not_there_is_passing_trouble() -> None:
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    try:
        with pytest.raises(StorageUnavailable):
            await layouts(database)
    finally:
        await database.close()


async def test_feedback_keeps_its_message_when_it_is_named_by_its_update(
    empty_database: Database,
) -> None:
    database = empty_database
    await upgrade(database, revision="0003")
    values = {
        "bot_id": BOT_ID,
        "chat_id": CHAT_ID,
        "trace_id": f"{BOT_ID}-71-2",
        "message_date": DAY,
        "label": "spam",
        "given_by": "user:1",
        "source": "admin",
        "given_at": DAY,
    }
    before = table("feedback", *(column(name) for name in values))
    async with database.engine.begin() as connection:
        await connection.execute(before.insert().values(values))
    await upgrade(database)
    async with database.transaction() as session:
        (kept,) = await session.scalars(select(Feedback))
    assert (kept.update_id, kept.label) == (71, "spam")
    await downgrade(database, revision="0003")
    async with database.engine.connect() as connection:
        assert await connection.scalar(select(before.c.trace_id)) == f"{BOT_ID}-71-1"


async def test_letters_of_before_know_what_failed(empty_database: Database) -> None:
    await upgrade(empty_database, revision="0014")
    before = table(
        "dead_letters", *(column(name) for name in ("bot_id", "reason", "sealed", "received_at"))
    )
    async with empty_database.engine.begin() as connection:
        for reason in ("not valid JSON", "not answered: KeyError"):
            values = {"bot_id": BOT_ID, "reason": reason, "sealed": b"", "received_at": DAY}
            await connection.execute(before.insert().values(values))
    await upgrade(empty_database)

    async with empty_database.transaction() as session:
        letters = await session.scalars(select(DeadLetter).order_by(DeadLetter.id))
        assert [(one.kind, one.tries) for one in letters] == [("update", 1), ("interaction", 1)]
    await downgrade(empty_database, revision="0014")
    async with empty_database.engine.connect() as connection:
        reasons = await connection.scalars(select(before.c.reason))
        assert sorted(reasons) == ["not answered: KeyError", "not valid JSON"]


async def test_migrations_go_up_down_and_up_again_with_data_in_place(
    empty_database: Database,
) -> None:
    database = empty_database
    await upgrade(database)
    async with database.transaction() as session:
        session.add(group_row())
    await upgrade(database)
    async with database.transaction() as session:
        assert await session.get(Group, (BOT_ID, CHAT_ID)) is not None

    await downgrade(database, revision="base")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(tables) <= {"alembic_version"}

    await upgrade(database)
    async with database.engine.connect() as connection:
        assert set(Model.metadata.tables) <= await connection.run_sync(tables)


_ALWAYS_WRITTEN = ("outcomes", "actions", "hourly_counts", "daily_counts", "recorded_batches")
_BEFORE_THE_FIRST_RELEASE = {
    "0006": {"ix_outcomes_bot_id_chat_id_message_id"},
    "0008": {"ix_outcomes_bot_id_sender_id_date", "ix_outcomes_in_review"},
    "0009": {"ix_actions_bot_id_kind_done_at"},
    "0014": {"ix_outcomes_with_texts"},
    "0016": {"ix_actions_holding"},
    "0018": {"ix_actions_waiting"},
    "0021": {"ix_actions_bot_id_kind_done_at_chat_id"},
}
"""Indexes that were added to these tables when nobody had rows in them yet."""


async def test_a_migration_that_cannot_have_a_table_keeps_nobody_from_writing(
    postgres: str,
) -> None:
    async with fresh_database(postgres) as url:
        database = Database(url)
        await upgrade(database, revision="0012")  # The next one changes `outcomes`.
        async with database.engine.connect() as reader:
            await reader.execute(text("SELECT count(*) FROM outcomes"))
            migrating = asyncio.create_task(upgrade(database))
            async with database.engine.connect() as watching:
                while not await watching.scalar(
                    text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                ):
                    await asyncio.sleep(0.01)
            async with asyncio.timeout(20), database.engine.begin() as writer:
                await writer.execute(text("LOCK TABLE outcomes IN ROW EXCLUSIVE MODE"))
            assert not migrating.done()
        await migrating
        async with database.engine.connect() as connection:
            assert await connection.run_sync(differences) == []
        await database.close()


async def test_no_migration_writes_a_table_anew_or_stops_its_writers_for_an_index(
    postgres: str,
) -> None:
    found: dict[str, set[str]] = {}
    async with fresh_database(postgres) as url:
        database = Database(url)
        async with database.engine.connect() as connection:
            script = await connection.run_sync(
                lambda sync: ScriptDirectory.from_config(alembic_config(sync))
            )
        before: dict[str, int] = {}
        for revision in reversed([one.revision for one in script.walk_revisions()]):
            await upgrade(database, revision=revision)
            after = await _files(database)
            made = {name.partition(".")[0] for name in before}
            changed = {
                name.partition(".")[2] or name
                for name, file in after.items()
                if name.partition(".")[0] in made and before.get(name) != file
            }
            if changed:
                found[revision] = changed
            before = after
        await database.close()
    assert found == _BEFORE_THE_FIRST_RELEASE


async def _files(database: Database) -> dict[str, int]:
    """Of each table, and as `table.index` of each of its indexes, the file that it is in: another one once it was written anew."""
    query = text(
        "SELECT t.relname, i.relname, t.relfilenode, i.relfilenode FROM pg_class t"
        " JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid"
        " WHERE t.relname = ANY(:names)"
    ).bindparams(names=list(_ALWAYS_WRITTEN))
    files: dict[str, int] = {}
    async with database.engine.connect() as connection:
        for of_table, index, table_file, index_file in await connection.execute(query):
            files[of_table] = table_file
            files[f"{of_table}.{index}"] = index_file
    return files
