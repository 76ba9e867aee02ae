"""Databases in the newest layout, copied of one: to apply every migration for each test takes a third of the time that all tests take."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.postgres import drop_database, fresh_database, new_database

from chatwarden.storage.database import Database
from chatwarden.storage.migrate import upgrade


def sqlite_url(path: Path) -> str:
    """SQLAlchemy's address of a file."""
    return f"sqlite+aiosqlite:///{path}"


async def bring_to_the_newest_layout(url: str) -> None:
    """Apply every migration."""
    database = Database(url)
    await upgrade(database)
    await database.close()


class SqliteTemplate:
    """A file that is copied; made when the first copy is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def copy(self, path: Path) -> str:
        """The address of a new database at the path."""
        if not self._path.exists():
            await bring_to_the_newest_layout(sqlite_url(self._path))
        path.write_bytes(self._path.read_bytes())
        return sqlite_url(path)


class PostgresTemplate:
    """A database of the server that is copied; made when the first copy is asked for."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._name: str | None = None

    @asynccontextmanager
    async def copied(self) -> AsyncIterator[str]:
        """The address of a new database, dropped at the end."""
        if self._name is None:
            name = f"chatwarden_newest_{uuid.uuid4().hex}"
            await bring_to_the_newest_layout(await new_database(self._server_url, name))
            self._name = name
        async with fresh_database(self._server_url, template=self._name) as url:
            yield url

    async def drop(self) -> None:
        if self._name is not None:
            await drop_database(self._server_url, self._name)
