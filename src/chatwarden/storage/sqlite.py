"""How SQLite is reached: each connection has a thread of its own, and whatever is asked of it costs a turn of both.

A statement brings its rows along, and the end of a transaction that wrote nothing is none: a question is one turn, where the driver's own cursors take five.

SQLite has one writer. Who finds it taken asks again every so often, up to ten times a second, and whoever comes meanwhile is first: so the connections of this process
wait in a queue before they ask SQLite at all.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

import aiosqlite

_ROWS_AT_ONCE = 500
"""What comes along with the statement. Beyond that lie exports and backups, which are read piece by piece."""
_BUSY_SECONDS = 5.0

_BEGIN_A_TRANSACTION = ("INSERT", "UPDATE", "DELETE", "REPLACE")
"""As `sqlite3` has it: before any other statement it begins none."""

_T = TypeVar("_T")


def connect(*args: Any, **options: Any) -> aiosqlite.Connection:
    """A connection that opens when it is awaited; takes what `sqlite3.connect` does."""
    options |= {"factory": _SqliteConnection, "timeout": _BUSY_SECONDS}
    connection = _Connection(lambda: _open(*args, **options), iter_chunk_size=_ROWS_AT_ONCE)
    connection._thread.daemon = True  # as SQLAlchemy does to those it makes itself
    return connection


class Writers:
    """Lets one connection at a time write into a database, in the order in which they came."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many."""
        return len(self._waiting)

    def enter(self, *, seconds: float) -> bool:
        """Blocks the thread. False where the turn did not come within that time."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=seconds):
            return True
        with self._mutex:
            if turn not in self._waiting:
                return True  # It came in the very instant.
            self._waiting.remove(turn)
            return False

    def leave(self) -> None:
        """Let in who has waited longest."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


_known: WeakValueDictionary[str, Writers] = WeakValueDictionary()


def writers_of(database: str) -> Writers:
    """Those of this process, by the path of what they write into."""
    return _known.setdefault(database, Writers())


class _SqliteConnection(sqlite3.Connection):
    """Writes when its turn has come, and ends its transaction when it is closed.

    A task that is cancelled in mid-query closes its connection with that query open: SQLite then keeps the connection, and with
    it the write lock, for the life of the process.
    """

    def __init__(self, database: str, *args: Any, **options: Any) -> None:
        super().__init__(database, *args, **options)
        self._writers = writers_of(database)
        self._is_writer = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        with self._in_turn(sql):
            return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        with self._in_turn(sql):
            return super().executemany(sql, parameters)

    def commit(self) -> None:
        super().commit()
        self._leave()

    def rollback(self) -> None:
        super().rollback()
        self._leave()

    def close(self) -> None:
        with suppress(sqlite3.Error):
            super().rollback()
        self._leave()
        super().close()

    @contextmanager
    def _in_turn(self, sql: str) -> Iterator[None]:
        """The turn lasts as long as the transaction that the statement begins. Raises sqlite3.OperationalError, as SQLite does, where it does not come in time."""
        if not self.in_transaction and sql.lstrip()[:7].upper().startswith(_BEGIN_A_TRANSACTION):
            self._is_writer = self._is_writer or self._writers.enter(seconds=_BUSY_SECONDS)
            if not self._is_writer:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error
        try:
            yield
        finally:
            if not self.in_transaction:
                self._leave()

    def _leave(self) -> None:
        if self._is_writer:
            self._is_writer = False
            self._writers.leave()


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
