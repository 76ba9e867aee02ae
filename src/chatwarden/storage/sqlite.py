"""How SQLite is reached: each connection has a thread of its own, and whatever is asked of it costs a turn of both.

A statement brings its rows along, and the end of a transaction that wrote nothing is none: a question is one turn, where the driver's own cursors take five.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import aiosqlite

_ROWS_AT_ONCE = 500
"""What comes along with the statement. Beyond that lie exports and backups, which are read piece by piece."""
_BUSY_SECONDS = 5.0

_T = TypeVar("_T")


def connect(*args: Any, **options: Any) -> aiosqlite.Connection:
    """A connection that opens when it is awaited; takes what `sqlite3.connect` does."""
    options |= {"factory": _RollingBackConnection, "timeout": _BUSY_SECONDS}
    connection = _Connection(lambda: _open(*args, **options), iter_chunk_size=_ROWS_AT_ONCE)
    connection._thread.daemon = True  # as SQLAlchemy does to those it makes itself
    return connection


class _RollingBackConnection(sqlite3.Connection):
    """Ends its transaction when it is closed.

    A task that is cancelled in mid-query closes its connection with that query open: SQLite then keeps the connection, and with
    it the write lock, for the life of the process.
    """

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self.rollback()
        super().close()


def _open(*args: Any, **options: Any) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite3.connect(*args, **options)
    connection.execute("PRAGMA journal_mode=WAL")
    # What Telegram was told is taken must survive a power cut: the offset is confirmed by the next poll.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


class _Connection(aiosqlite.Connection):
    def cursor(self) -> "_Cursor":  # type: ignore[override]  # SQLAlchemy enters it
        return _Cursor(self)

    async def turn(self, work: Callable[[], _T]) -> _T:
        """Have it done in the connection's thread."""
        return cast("_T", await self._execute(work))  # type: ignore[no-untyped-call]

    async def commit(self) -> None:
        if self._conn.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        if self._conn.in_transaction:
            await super().rollback()


class _Cursor(aiosqlite.Cursor):
    """Takes a statement to the connection's thread, and comes back with its first rows."""

    _conn: _Connection
    _cursor: sqlite3.Cursor
    """Made with the statement."""

    def __init__(self, connection: _Connection) -> None:
        self.iter_chunk_size = _ROWS_AT_ONCE
        self._conn = connection
        self._rows: list[Any] = []
        self._has_more = False

    async def __aenter__(self) -> "_Cursor":
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> "_Cursor":
        def run() -> list[Any]:
            self._cursor = self._conn._conn.execute(sql, parameters)
            return self._cursor.fetchmany(_ROWS_AT_ONCE)

        self._rows = await self._conn.turn(run)
        self._has_more = len(self._rows) == _ROWS_AT_ONCE
        return self

    async def executemany(self, sql: str, parameters: Any) -> "_Cursor":
        def run() -> None:
            self._cursor = self._conn._conn.executemany(sql, parameters)

        await self._conn.turn(run)
        return self

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        wanted = size or 1
        while len(self._rows) < wanted and self._has_more:
            more = await self._conn.turn(lambda: self._cursor.fetchmany(_ROWS_AT_ONCE))
            self._rows += more
            self._has_more = len(more) == _ROWS_AT_ONCE
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        if self._has_more:
            rows += await self._conn.turn(self._cursor.fetchall)
            self._has_more = False
        return rows

    async def close(self) -> None:
        if self._has_more:
            await self._conn.turn(self._cursor.close)
            self._has_more = False
