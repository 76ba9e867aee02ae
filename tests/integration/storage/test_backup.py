"""The restore drill: what a backup holds comes back, on either database from either, and a damaged one changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.keys import backup_sealers
from tests.support.rows import BOT_ID, CHAT_ID, DAY, action_row, group_row, outcome_row

from chatwarden.errors import BackupUnusable, FileUnusable
from chatwarden.storage.backup import check_backup, make_backup, restore_backup
from chatwarden.storage.database import Database
from chatwarden.storage.migrate import downgrade
from chatwarden.storage.models import AuditEvent, ContextRecord, Model, Outcome, Workspace
from chatwarden.storage.sealing import Sealer

KEY = bytes(range(32))
SEALERS = backup_sealers(KEY)
OF_ANOTHER_KEY = backup_sealers(bytes(32))
WORDS = "Remote job, write to me"


@asynccontextmanager
async def another(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Database]:
    """A database in its newest layout, and empty."""
    if kind == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        database = Database(await template.copy(tmp_path / "restored.db"))
        yield database
        await database.close()
        return
    postgres: PostgresTemplate = request.getfixturevalue("postgres_template")
    async with postgres.copied() as url:
        database = Database(url)
        yield database
        await database.close()


async def fill(database: Database) -> None:
    """Rows of every kind of column: dates, JSON, sealed bytes, numbers that the database gives."""
    async with database.transaction() as session:
        session.add_all([group_row(), group_row(chat_id=CHAT_ID - 1, title="Ünïcödé \U0001f331")])
        for update_id in range(1, 1201):  # More than one frame.
            texts = [("text", WORDS)]
            outcome = outcome_row(update_id, sealer=Sealer(KEY), texts=texts)
            session.add(outcome)
        await session.flush()
        session.add(action_row(outcome, "delete_message"))
        session.add(ContextRecord(key=b"\x00\xff" * 16, value=bytes(range(256))))
        for number in range(3):
            session.add(
                AuditEvent(
                    at=DAY,
                    subject=f"user:{number}",
                    kind="signed_in",
                    detail={"n": [None, 1.5, "ü"]},
                )
            )
        session.add(AuditEvent(at=DAY, subject="user:9", kind="signed_in", detail=None))


async def all_rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    async with database.engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in await connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in Model.metadata.sorted_tables
        }


@pytest.fixture
async def backup(database: Database, tmp_path: Path) -> Path:
    await fill(database)
    path = tmp_path / "chatwarden.backup"
    contents = await make_backup(database, path, sealers=SEALERS)
    assert (contents.counts["outcomes"], contents.counts["audit_events"]) == (1200, 4)
    return path


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
async def test_all_rows_come_back_the_same_on_either_database(
    database: Database, backup: Path, into: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    async with another(into, tmp_path, request) as restored:
        contents = await restore_backup(restored, backup, sealers=SEALERS)

        assert await all_rows(restored) == await all_rows(database)
        assert contents.rows == sum(contents.counts.values()) > 1200


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
async def test_numbers_that_the_database_gives_go_on_behind_the_restored_ones(
    backup: Path, into: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    async with another(into, tmp_path, request) as restored:
        await restore_backup(restored, backup, sealers=SEALERS)
        async with restored.transaction() as session:
            event = AuditEvent(at=DAY, subject="user:1", kind="signed_in")
            session.add(event)
            await session.flush()
            assert event.id == 5


def _cut(data: bytes) -> bytes:
    return data[:-1]


def _without_its_end(data: bytes) -> bytes:
    """Whole frames, and the last one is missing."""
    at, last = 36, 36
    while at < len(data):
        last, at = at, at + 4 + int.from_bytes(data[at : at + 4])
    return data[:last]


def _one_bit_changed(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _frame_left_out(data: bytes) -> bytes:
    at = 36 + 4 + int.from_bytes(data[36:40])
    return data[:at] + data[at + 4 + int.from_bytes(data[at : at + 4]) :]


def _something_else(data: bytes) -> bytes:
    return b"PGDMP" + data


@pytest.mark.parametrize(
    "damage",
    [_cut, _without_its_end, _one_bit_changed, _frame_left_out, _something_else, lambda _: b""],
)
async def test_a_damaged_backup_is_refused_and_changes_nothing(
    backup: Path, damage: Callable[[bytes], bytes], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    backup.write_bytes(damage(backup.read_bytes()))

    async with another("sqlite", tmp_path, request) as restored:
        with pytest.raises(BackupUnusable):
            await restore_backup(restored, backup, sealers=SEALERS)
        async with restored.transaction() as session:
            assert await session.scalar(select(func.count()).select_from(Outcome)) == 0


async def test_another_master_key_opens_no_backup(backup: Path) -> None:
    with pytest.raises(BackupUnusable, match="another master key"):
        check_backup(backup, sealers=OF_ANOTHER_KEY)


async def test_a_backup_holds_no_word_in_the_clear(backup: Path) -> None:
    data = backup.read_bytes()

    assert not [word for word in (WORDS, "user:1", "outcomes", "Balcony") if word.encode() in data]
    assert backup.stat().st_mode & 0o077 == 0


async def test_a_database_with_rows_is_not_restored_over(database: Database, backup: Path) -> None:
    before = await all_rows(database)

    with pytest.raises(BackupUnusable, match="not empty"):
        await restore_backup(database, backup, sealers=SEALERS)
    assert await all_rows(database) == before


async def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(
    database: Database, tmp_path: Path
) -> None:
    """Each transaction writes a row in the table that is read first and one in the last; the file holds as many of both."""
    tables = [table.name for table in Model.metadata.sorted_tables]
    assert tables.index("audit_events") < tables.index("workspaces")
    await fill(database)
    written = 0

    async def write() -> None:
        nonlocal written
        while True:
            async with database.transaction() as session:
                session.add(Workspace(bot_id=BOT_ID, owner_id=written, created_at=DAY))
                session.add(AuditEvent(at=DAY, subject="user:8", kind="signed_in"))
            written += 1

    writing = asyncio.create_task(write())
    path = tmp_path / "meanwhile.backup"
    while written < 5:
        await asyncio.sleep(0.01)
    before = written
    contents = await make_backup(database, path, sealers=SEALERS)
    after = written
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)

    assert after > before, "nothing was written meanwhile, so nothing was tested"
    assert contents.counts["audit_events"] - 4 == contents.counts["workspaces"] >= before
    assert check_backup(path, sealers=SEALERS) == contents


async def test_another_layout_is_named_and_refused(database: Database, tmp_path: Path) -> None:
    await downgrade(database, revision="0008")

    with pytest.raises(BackupUnusable, match=r"layout 0008.*migrate"):
        await make_backup(database, tmp_path / "old.backup", sealers=SEALERS)
    assert not list(tmp_path.glob("*.backup*"))


async def test_a_folder_that_is_not_there_is_named(database: Database, tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="nowhere"):
        await make_backup(database, tmp_path / "nowhere" / "x.backup", sealers=SEALERS)
