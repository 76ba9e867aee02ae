"""`chatwarden keys`: the data keys, and another master key for them (docs/guides/keys.md)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from chatwarden.cli.settings import read_settings

if TYPE_CHECKING:
    from chatwarden.storage.database import Database
    from chatwarden.storage.master_key import MasterKeys

app = typer.Typer(help="Data keys, and the master key that wraps them.", no_args_is_help=True)


@app.callback()
def _keys() -> None:
    """Data keys, and the master key that wraps them: docs/guides/keys.md."""


@app.command(name="list")
def list_() -> None:
    """Say which master keys are given, and how many data keys each wraps."""
    asyncio.run(_list())


@app.command()
def rotate() -> None:
    """Wrap every data key by the present master key, all or none. What runs may go on; every service has to have both master keys before."""
    print(f"{asyncio.run(_rotate())} data keys wrapped anew")


async def _list() -> None:
    from chatwarden.storage.repositories import data_keys

    async with _opened() as (database, masters), database.transaction() as session:
        counts = await data_keys.counts(session)
    given = {masters.present.id: "present"}
    if masters.former is not None:
        given = {masters.former.id: "former"} | given
    for id_ in sorted(given.keys() | counts.keys()):
        print(f"master key {id_} ({given.get(id_, 'not given')}): {counts.get(id_, 0)} data keys")


async def _rotate() -> int:
    from chatwarden.storage.keyring import rotate as rotate_all

    async with _opened() as (database, masters):
        return await rotate_all(database, masters)


@asynccontextmanager
async def _opened() -> "AsyncIterator[tuple[Database, MasterKeys]]":
    """Raises ConfigurationError where a master key is missing."""
    from chatwarden.storage.database import Database, sqlite_url
    from chatwarden.storage.master_key import read_master_keys

    settings = read_settings()
    masters = read_master_keys(settings)
    if settings.database_url is None:
        database = Database(sqlite_url(settings.data_dir))
    else:
        database = Database(settings.database_url.get_secret_value())
    try:
        yield database, masters
    finally:
        await database.close()
