"""Brings the database to the newest layout, or back."""

import asyncio
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chatwarden.errors import StorageUnavailable
from chatwarden.storage.database import Database

_TRIES = 60
_LOCK_MILLISECONDS = 1000
_BETWEEN_TRIES_SECONDS = 1.0
_LOCK_NOT_AVAILABLE = "55P03"
_TREE = Path(__file__).parent / "migrations"


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, with an open connection instead of an address."""
    config = Config()
    config.set_main_option("script_location", str(_TREE))
    config.attributes["connection"] = connection
    return config


def layouts_of(connection: Connection) -> tuple[str | None, str | None]:
    """The revision of the database's layout, None where it is empty, and of this version's."""
    context = MigrationContext.configure(connection)
    return context.get_current_revision(), _newest()


@cache
def _newest() -> str | None:
    """Of this version; to find it, alembic runs every migration's file."""
    config = Config()
    config.set_main_option("script_location", str(_TREE))
    return ScriptDirectory.from_config(config).get_current_head()


async def layouts(database: Database) -> tuple[str | None, str | None]:
    """`layouts_of` a database. Raises StorageUnavailable."""
    async with database.transaction() as session:
        return await (await session.connection()).run_sync(layouts_of)


async def upgrade(database: Database, *, revision: str = "head") -> None:
    """Apply every migration up to the revision. A database that is there already is left as it is.

    Where others may write meanwhile, each migration has a transaction of its own. Who waits for a table to itself keeps out everybody who comes after. So a migration waits for a short time only, lets the others
    do their work, and tries again. Raises StorageUnavailable where it never got the table.
    """
    async with database.engine.connect() as connection:
        steps = await connection.run_sync(_steps, revision)
    for step in steps:
        for number in range(_TRIES):
            if number > 0:
                await asyncio.sleep(_BETWEEN_TRIES_SECONDS)
            if await _upgraded(database, step):
                break
        else:
            raise StorageUnavailable(f"migration {step}: a table is in use all the time")


def _steps(connection: Connection, revision: str) -> list[str]:
    """Revisions to be applied one by one, the oldest first; the last alone brings all of them. SQLite has one writer at a time anyway, an empty
    database none.
    """
    script = ScriptDirectory.from_config(alembic_config(connection))
    current = MigrationContext.configure(connection).get_current_revision()
    missing = [one.revision for one in script.iterate_revisions(revision, current or "base")][::-1]
    is_shared = connection.dialect.name == "postgresql" and current is not None
    return missing if is_shared else missing[-1:]


async def _upgraded(database: Database, revision: str) -> bool:
    """False where it did not get a table to itself in time."""
    try:
        async with database.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS}"))
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), revision))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


async def downgrade(database: Database, *, revision: str) -> None:
    """Take migrations back; "base" empties the database."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), revision))
