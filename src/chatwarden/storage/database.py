"""The database: one engine, sessions that commit once."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from chatwarden.errors import DataDirectoryUnusable, StorageUnavailable

_WRITE_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    }
)


class Database:
    """An async engine and its sessions. `url` is SQLAlchemy's: sqlite+aiosqlite or postgresql+asyncpg."""

    def __init__(self, url: str) -> None:
        is_sqlite = url.startswith("sqlite")
        connect = {"factory": _RollingBackConnection} if is_sqlite else {}
        self.engine: AsyncEngine = create_async_engine(url, connect_args=connect)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _set_up_sqlite)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on an error. Raises StorageUnavailable."""
        try:
            async with self._sessions() as session, session.begin():
                yield session
        except OperationalError as error:
            if not _passes(error):
                raise
            raise StorageUnavailable(str(error.orig), seconds=2) from error

    async def close(self) -> None:
        await self.engine.dispose()


class _RollingBackConnection(sqlite3.Connection):
    """Ends its transaction when it is closed.

    A task that is cancelled in mid-query closes its connection with that query open: SQLite then keeps the connection, and with
    it the write lock, for the life of the process.
    """

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self.rollback()
        super().close()


def sqlite_url(data_dir: Path) -> str:
    """The address of the embedded profile's database. Raises DataDirectoryUnusable."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        probe = data_dir / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise DataDirectoryUnusable(f"{data_dir}: {error.strerror}") from error
    return f"sqlite+aiosqlite:///{(data_dir / 'chatwarden.db').resolve()}"


def _passes(error: OperationalError) -> bool:
    """True where SQLite could not write for a reason that passes: disk full or read-only, an I/O error, a lock."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _WRITE_TROUBLE


def _set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # What Telegram was told is taken must survive a power cut: the offset is confirmed by the next poll.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
