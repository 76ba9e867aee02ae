"""The one Alembic tree on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from tests.support.rows import BOT_ID, CHAT_ID, group_row

from chatwarden.storage.database import Database
from chatwarden.storage.migrate import downgrade, upgrade
from chatwarden.storage.models import Group, Model


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Model.metadata))


async def test_the_newest_layout_is_what_the_models_say(empty_database: Database) -> None:
    await upgrade(empty_database)

    async with empty_database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


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
