"""`chatwarden migrate`: the database's layout."""

import asyncio

import typer

from chatwarden.cli.settings import read_settings


def migrate(
    down_to: str = typer.Option(
        "", help="Take migrations back to this revision; 'base' empties it."
    ),
) -> None:
    """Bring the database to the newest layout: PostgreSQL where CHATWARDEN_DATABASE_URL names it, else the file that `run` uses."""
    asyncio.run(_migrate(down_to))


async def _migrate(down_to: str) -> None:
    from chatwarden.storage.database import Database, sqlite_url
    from chatwarden.storage.migrate import downgrade, upgrade

    settings = read_settings()
    if settings.database_url is None:
        url = sqlite_url(settings.data_dir)
    else:
        url = settings.database_url.get_secret_value()
    database = Database(url)
    try:
        if down_to:
            await downgrade(database, revision=down_to)
        else:
            await upgrade(database)
    finally:
        await database.close()
