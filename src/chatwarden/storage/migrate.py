"""Brings the database to the newest layout, or back."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from chatwarden.storage.database import Database

_TREE = Path(__file__).parent / "migrations"


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, with an open connection instead of an address."""
    config = Config()
    config.set_main_option("script_location", str(_TREE))
    config.attributes["connection"] = connection
    return config


def layouts_of(connection: Connection) -> tuple[str | None, str | None]:
    """The revision of the database's layout, None where it is empty, and of this version's."""
    script = ScriptDirectory.from_config(alembic_config(connection))
    context = MigrationContext.configure(connection)
    return context.get_current_revision(), script.get_current_head()


async def layouts(database: Database) -> tuple[str | None, str | None]:
    """`layouts_of` a database."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(layouts_of)


async def upgrade(database: Database, *, revision: str = "head") -> None:
    """Apply every migration up to the revision. A database that is there already is left as it is."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), revision))


async def downgrade(database: Database, *, revision: str) -> None:
    """Take migrations back; "base" empties the database."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), revision))
