"""`chatwarden backup`: all that the database holds as one encrypted file, and back (docs/guides/backups.md)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatwarden.cli.settings import read_settings
from chatwarden.errors import ConfigurationError, DataDirectoryUnusable

if TYPE_CHECKING:
    from chatwarden.settings import Settings
    from chatwarden.storage.backup import BackupContents, BackupSealers
    from chatwarden.storage.database import Database

app = typer.Typer(help="Encrypted backups of the database.", no_args_is_help=True)

_File = Annotated[Path, typer.Argument(help="A file that `backup make` wrote.")]


@app.callback()
def _backup() -> None:
    """Encrypted backups of the database: docs/guides/backups.md."""


@app.command()
def make(
    to: Annotated[
        Path | None, typer.Option(help="The folder; CHATWARDEN_BACKUP_DIR where it is not given.")
    ] = None,
    keep: Annotated[
        int, typer.Option(min=1, help="How many backups to keep there; older ones are removed.")
    ] = 14,
) -> None:
    """Write a backup named by the time, read it once more to its end, and remove the oldest ones. What runs may go on."""
    asyncio.run(_make(to, keep))


@app.command()
def check(file: _File) -> None:
    """Read a backup to its end and say what it holds."""
    from chatwarden.storage.backup import check_backup

    sealers = asyncio.run(_sealers(read_settings()))
    _tell(file, check_backup(file, sealers=sealers))


@app.command()
def restore(file: _File) -> None:
    """Fill an empty database with a backup. The master key must be in its place, and nothing may run."""
    asyncio.run(_restore(file))


async def _make(to: Path | None, keep: int) -> None:
    from chatwarden.storage.backup import SUFFIX, check_backup, make_backup

    settings = read_settings()
    folder = to or settings.backup_dir
    if folder is None:
        raise ConfigurationError("Where to? Give --to, or set CHATWARDEN_BACKUP_DIR.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataDirectoryUnusable(f"{folder}: {error.strerror}") from None
    path = folder / f"chatwarden-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}{SUFFIX}"
    sealers = await _sealers(settings)
    async with _database(settings) as database:
        await make_backup(database, path, sealers=sealers)
    _tell(path, check_backup(path, sealers=sealers))
    for old in sorted(folder.glob(f"chatwarden-*{SUFFIX}"))[:-keep]:
        old.unlink()


async def _restore(file: Path) -> None:
    from chatwarden.storage.backup import check_backup, restore_backup
    from chatwarden.storage.migrate import upgrade

    settings = read_settings()
    sealers = await _sealers(settings)
    check_backup(file, sealers=sealers)
    async with _database(settings, alone=True) as database:
        await upgrade(database)
        _tell(file, await restore_backup(database, file, sealers=sealers))


@asynccontextmanager
async def _database(settings: "Settings", *, alone: bool = False) -> "AsyncIterator[Database]":
    """The deployment's database. `alone`: and no `chatwarden run` that uses it; raises ConfigurationError."""
    from chatwarden.bootstrap import alone_in
    from chatwarden.storage.database import Database, sqlite_url

    async with AsyncExitStack() as stack:
        if settings.database_url is None:
            if alone:
                stack.enter_context(alone_in(settings.data_dir))
            url = sqlite_url(settings.data_dir)
        else:
            url = settings.database_url.get_secret_value()
        database = Database(url)
        stack.push_async_callback(database.close)
        yield database


async def _sealers(settings: "Settings") -> "BackupSealers":
    """Raises ConfigurationError."""
    from chatwarden.storage.backup import BackupSealers
    from chatwarden.storage.master_key import read_master_keys

    return await BackupSealers.of(read_master_keys(settings))


def _tell(path: Path, contents: "BackupContents") -> None:
    print(
        f"{path}: {contents.rows} rows of {len(contents.counts)} tables,"
        f" made {contents.made_at:%Y-%m-%d %H:%M:%S} UTC, layout {contents.revision}"
    )
