"""A backup: every table as one encrypted file, the same for SQLite and PostgreSQL, so that either can be restored from it.

In: a database in its newest layout. Out: a file, complete or absent. Fails with BackupUnusable where a file is damaged, cut short, of
another master key or another layout, and where the database to restore into is not empty: then nothing is written.

The file: `MAGIC`, an id of 16 bytes, then frames of a length (4 bytes, big-endian) and as many sealed bytes. A frame's place in the file is
part of its seal, so none can be left out, doubled or moved. Inside lies zlib of a msgpack value: first `_Head`, then `_Rows`, last `_End`.
"""

import os
import secrets
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chatwarden.errors import BackupUnusable, FileUnusable, SealBroken
from chatwarden.storage.database import Database
from chatwarden.storage.filled import first_filled_table
from chatwarden.storage.master_key import MasterKeys
from chatwarden.storage.migrate import layouts_of
from chatwarden.storage.models import Model
from chatwarden.storage.sealing import Sealer, key_named_in

MAGIC = b"chatwarden backup 1\n"
SUFFIX = ".backup"
_ID_BYTES = 16
_ROWS_A_FRAME = 500
_MOST_FRAME_BYTES = 256 * 1024 * 1024


class _Head(msgspec.Struct, tag="head"):
    revision: str
    """Of the layout."""
    made_at: datetime


class _Rows(msgspec.Struct, tag="rows"):
    table: str
    columns: list[str]
    rows: list[list[Any]]


class _End(msgspec.Struct, tag="end"):
    counts: dict[str, int]


class BackupContents(msgspec.Struct, frozen=True):
    """What a backup holds."""

    revision: str
    made_at: datetime
    counts: dict[str, int]
    """Rows by table."""

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


class BackupSealers:
    """Seals backups by the present master key, and opens those of the former one, too."""

    def __init__(self, present: Sealer, *former: Sealer) -> None:
        self.present = present
        self._by_id = {one.key_id: one for one in (present, *former)}

    @classmethod
    async def of(cls, masters: MasterKeys) -> "BackupSealers":
        return cls(*[Sealer(await one.derive(purpose="backups")) for one in masters])

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Raises SealBroken."""
        sealer = self._by_id.get(key_named_in(sealed), self.present)
        return sealer.open(sealed, place=place)


async def make_backup(database: Database, path: Path, *, sealers: BackupSealers) -> BackupContents:
    """Write all tables, as they are at one moment. What runs may go on. Raises BackupUnusable, FileUnusable."""
    unfinished = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            contents = await _write(database, file, sealers.present)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return contents


def check_backup(path: Path, *, sealers: BackupSealers) -> BackupContents:
    """Read a backup to its end. Raises BackupUnusable, FileUnusable."""
    head: _Head | None = None
    counts: dict[str, int] = {}
    for part in _parts(path, sealers):
        if isinstance(part, _Head):
            head = part
        elif isinstance(part, _Rows):
            counts[part.table] = counts.get(part.table, 0) + len(part.rows)
        elif head is not None and {name: n for name, n in part.counts.items() if n} == counts:
            return BackupContents(head.revision, head.made_at, part.counts)
    raise BackupUnusable(f"{path} is not complete.")


async def restore_backup(
    database: Database, path: Path, *, sealers: BackupSealers
) -> BackupContents:
    """Fill a database that is in its newest layout and empty, in one transaction. Raises BackupUnusable, FileUnusable."""
    contents = check_backup(path, sealers=sealers)
    async with database.engine.begin() as connection:
        revision = await _newest_layout(connection)
        if revision != contents.revision:
            raise BackupUnusable(
                f"It was made with layout {contents.revision}, this version has {revision}. "
                "Restore it with the version that made it, then upgrade."
            )
        if filled := await first_filled_table(connection):
            raise BackupUnusable(f"The database is not empty: there are rows in {filled}.")
        for part in _parts(path, sealers):
            if isinstance(part, _Rows):
                await _insert(connection, part)
        if connection.dialect.name == "postgresql":
            await _continue_sequences(connection)
    return contents


async def _write(database: Database, file: BinaryIO, sealer: Sealer) -> BackupContents:
    backup_id = secrets.token_bytes(_ID_BYTES)
    file.write(MAGIC + backup_id)
    counts: dict[str, int] = {}
    async with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # All tables as they are at the first read; SQLite's transactions are so by themselves, once begun.
            await connection.execution_options(isolation_level="REPEATABLE READ")
        else:
            await connection.exec_driver_sql("BEGIN")
        revision = await _newest_layout(connection)
        head = _Head(revision, datetime.now(UTC))
        _put(file, sealer, backup_id, 0, head)
        number = 1
        for table in Model.metadata.sorted_tables:
            counts[str(table.name)] = 0
            async for rows in _rows_of(connection, table):
                counts[rows.table] += len(rows.rows)
                _put(file, sealer, backup_id, number, rows)
                number += 1
    _put(file, sealer, backup_id, number, _End(counts))
    return BackupContents(revision, head.made_at, counts)


async def _rows_of(connection: AsyncConnection, table: Table) -> AsyncIterator[_Rows]:
    columns = [str(column.name) for column in table.columns]
    async with connection.stream(select(table)) as result:
        async for rows in result.partitions(_ROWS_A_FRAME):
            yield _Rows(str(table.name), columns, [list(row) for row in rows])


async def _insert(connection: AsyncConnection, part: _Rows) -> None:
    table = Model.metadata.tables[part.table]
    # Dates are inside untyped rows, and so come back as what msgpack makes of them: aware datetimes.
    rows = [dict(zip(part.columns, row, strict=True)) for row in part.rows]
    await connection.execute(insert(table), rows)


async def _continue_sequences(connection: AsyncConnection) -> None:
    """Numbers that PostgreSQL gives go on behind those that were restored."""
    for table in Model.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        name = await connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        highest = await connection.scalar(select(func.max(column)))
        if name is not None and highest is not None:
            await connection.execute(
                text("SELECT setval(:name, :highest)"), {"name": name, "highest": highest}
            )


async def _newest_layout(connection: AsyncConnection) -> str:
    """The layout's revision. Raises BackupUnusable where the database is in another one."""

    current, newest = await connection.run_sync(layouts_of)
    if newest is None or current != newest:
        raise BackupUnusable(
            f"The database has layout {current or 'none'}, this version has {newest}. Run `chatwarden migrate` first."
        )
    return newest


def _put(
    file: BinaryIO, sealer: Sealer, backup_id: bytes, number: int, part: _Head | _Rows | _End
) -> None:
    clear = zlib.compress(msgspec.msgpack.encode(part), 6)
    sealed = sealer.seal(clear, place=_place(backup_id, number))
    file.write(len(sealed).to_bytes(4) + sealed)


def _parts(path: Path, sealers: BackupSealers) -> Iterator[_Head | _Rows | _End]:
    decode = msgspec.msgpack.Decoder(_Head | _Rows | _End).decode
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise BackupUnusable(f"{path} is no backup of Chatwarden.")
            backup_id = file.read(_ID_BYTES)
            number = 0
            while length := file.read(4):
                size = int.from_bytes(length)
                sealed = file.read(size) if size <= _MOST_FRAME_BYTES else b""
                yield decode(zlib.decompress(sealers.open(sealed, place=_place(backup_id, number))))
                number += 1
    except OSError as error:
        raise FileUnusable(f"{path}: {error.strerror}") from None
    except SealBroken:
        raise BackupUnusable(
            f"{path} does not open: it is damaged, cut short, or was made with another master key."
        ) from None


def _place(backup_id: bytes, number: int) -> str:
    return f"backup:{backup_id.hex()}:{number}"
