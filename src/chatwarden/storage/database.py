"""The database: one engine, sessions that commit once."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from asyncpg import (  # type: ignore[import-untyped]
    InterfaceError,
    InternalClientError,
    PostgresError,
)
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from chatwarden.errors import DataDirectoryUnusable, StorageUnavailable
from chatwarden.storage import sqlite

_CONNECTIONS = 10
_SQLITE_CONNECTIONS = 15
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 30.0
_ANSWER_SECONDS = 5.0
"""Within which a connection shows that it is one still."""
_LAST = "before_commit"

_PASSING_STATES = (
    "08",  # the connection
    "25006",  # a standby by now
    "25P03",  # idle for too long
    "40",  # rolled back: a deadlock, a conflict
    "53",  # disk full, out of memory, too many connections
    "55P03",  # a lock
    "57014",  # took too long
    "57P",  # shut down, crashed, starting
    "58",  # an error of the system
)
"""PostgreSQL's SQLSTATE, or the class it begins with."""

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
    """An async engine and its sessions. `url` is SQLAlchemy's: sqlite+aiosqlite or postgresql+asyncpg, the latter also with several
    hosts (`?host=a:5432&host=b:5432`): the one that takes writes is used, and another one as soon as it does.
    """

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite"):
            self.engine: AsyncEngine = create_async_engine(
                url,
                hide_parameters=True,
                connect_args={"async_creator_fn": sqlite.connect},
                # Whatever was opened stays open: a connection is a thread, and reads the layout anew.
                pool_size=_SQLITE_CONNECTIONS,
                max_overflow=0,
            )
        else:
            self.engine = create_async_engine(
                url,
                hide_parameters=True,
                connect_args={
                    "target_session_attrs": "read-write",
                    "timeout": _CONNECT_SECONDS,
                    "command_timeout": _STATEMENT_SECONDS,
                },
                pool_size=_CONNECTIONS,
                max_overflow=0,
            )
            event.listen(self.engine.sync_engine, "connect", _bound_idleness)
            event.listen(self.engine.sync_engine, "checkout", _ask_whether_it_answers)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @property
    def kind(self) -> str:
        """sqlite or postgresql."""
        return self.engine.dialect.name

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on an error. Raises StorageUnavailable."""
        with _passing_trouble():
            async with self._sessions() as session, session.begin():
                try:
                    yield session
                    for work in session.info.get(_LAST, ()):
                        await work()
                except TimeoutError:
                    # Where a statement was not answered, the end of the transaction is not either.
                    await session.invalidate()
                    raise

    async def scrub(self, table: str) -> None:
        """Keep nothing of a small table's rows that were deleted or overwritten: no page, and in SQLite no log. PostgreSQL's own log keeps it until it is removed. Raises StorageUnavailable."""
        statement = f'VACUUM (FULL) "{table}"'
        if self.kind == "sqlite":
            statement = "PRAGMA wal_checkpoint(TRUNCATE)"
        alone = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with _passing_trouble():
            async with alone.connect() as connection:
                await connection.exec_driver_sql(statement)

    async def close(self) -> None:
        await self.engine.dispose()


def _bound_idleness(connection: Any, _record: object) -> None:
    """Has the server end a transaction whose client it hears nothing of: others wait for its locks."""
    seconds = f"SET idle_in_transaction_session_timeout = '{_STATEMENT_SECONDS:.0f}s'"
    connection.run_async(lambda driver: driver.execute(seconds))


def _ask_whether_it_answers(connection: Any, _record: object, _proxy: object) -> None:
    """Before a connection is used again. One that is silent was cut off where nobody told it, and with it all that are as old: each would be waited for."""
    try:
        connection.run_async(lambda driver: driver.execute("SELECT 1", timeout=_ANSWER_SECONDS))
    except TimeoutError as error:
        raise InvalidatePoolError from error
    except (OSError, InterfaceError, PostgresError) as error:
        raise DisconnectionError from error


@contextmanager
def _passing_trouble() -> Iterator[None]:
    """Raises StorageUnavailable."""
    try:
        yield
    except DBAPIError as error:
        if not _passes(error):
            raise
        raise StorageUnavailable(str(error.orig), seconds=2) from error
    except (OSError, PoolTimeout) as error:
        raise StorageUnavailable(str(error) or type(error).__name__, seconds=2) from error


def before_commit(session: AsyncSession, work: Callable[[], Awaitable[None]]) -> None:
    """Have this done at the end of the session's transaction: for rows that many write, so that none holds them for long."""
    session.info.setdefault(_LAST, []).append(work)


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


def _passes(error: DBAPIError) -> bool:
    """True where the database could not do it for a reason that passes: disk full or read-only, a lock, a server that ends or is gone."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _WRITE_TROUBLE
    state = getattr(error.orig, "sqlstate", None) or ""
    # No host takes writes now: the driver's own word, without a state.
    no_host = isinstance(getattr(error.orig, "__cause__", None), InternalClientError)
    return error.connection_invalidated or no_host or state.startswith(_PASSING_STATES)
