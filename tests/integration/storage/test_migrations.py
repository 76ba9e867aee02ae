"""The one Alembic tree on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, column, inspect, select, table
from tests.support.rows import BOT_ID, CHAT_ID, DAY, group_row

from chatwarden.storage.database import Database
from chatwarden.storage.migrate import downgrade, upgrade
from chatwarden.storage.models import Feedback, Group, Model


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Model.metadata))


async def test_the_newest_layout_is_what_the_models_say(empty_database: Database) -> None:
    await upgrade(empty_database)

    async with empty_database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


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
