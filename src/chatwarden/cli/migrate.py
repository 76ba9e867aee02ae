"""`chatwarden migrate`: the database's layout."""

import asyncio

import typer

from chatwarden.cli.settings import read_settings


def migrate(
    down_to: str = typer.Option(
        "", help="Take migrations back to this revision; 'base' empties it."
    ),
) -> None:
    """Bring the database to the newest layout. `run` does so by itself."""
    asyncio.run(_migrate(down_to))


async def _migrate(down_to: str) -> None:
    from chatwarden.storage.database import Database, sqlite_url
    from chatwarden.storage.migrate import downgrade, upgrade

    database = Database(sqlite_url(read_settings().data_dir))
    try:
        if down_to:
            await downgrade(database, revision=down_to)
        else:
            await upgrade(database)
    finally:
        await database.close()
