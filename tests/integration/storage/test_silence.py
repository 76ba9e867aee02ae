"""PostgreSQL behind a network that falls silent: connections are not closed, they only answer nothing any more."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from tests.support.link import Link
from tests.support.postgres import PostgresServer

from chatwarden.errors import StorageUnavailable
from chatwarden.storage import database as module
from chatwarden.storage.database import Database

LOCK = text("SELECT pg_advisory_xact_lock(1)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("postgres") / "server")
    server.create()
    server.start()
    yield server
    server.crash()


@pytest.fixture
async def link(server: PostgresServer) -> AsyncIterator[Link]:
    link = Link(server.port)
    await link.open()
    yield link
    await link.close()


def database_over(link: Link) -> Database:
    return Database(f"postgresql+asyncpg://postgres@127.0.0.1:{link.port}/postgres")


async def test_where_one_connection_is_silent_no_other_is_waited_for(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ANSWER_SECONDS", 0.3)
    database = database_over(link)

    async def ask(seconds: float = 0) -> None:
        async with database.transaction() as session:
            await session.execute(text(f"SELECT pg_sleep({seconds})"))

    await asyncio.gather(*(ask(0.2) for _ in range(4)))
    link.do("silent")
    with pytest.raises(StorageUnavailable):
        await ask()
    link.heal()
    await ask()
    await asyncio.gather(*(ask(0.2) for _ in range(4)))
    await database.close()


async def test_what_a_silent_client_locked_is_free_again(
    link: Link, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STATEMENT_SECONDS", 1.0)
    silent, other = database_over(link), Database(server.url)

    async def lock_and_fall_silent() -> None:
        async with silent.transaction() as session:
            await session.execute(LOCK)
            link.do("silent")
            await session.execute(text("SELECT 1"))

    with pytest.raises(StorageUnavailable):
        await lock_and_fall_silent()
    tries = 0
    while True:
        try:
            async with other.transaction() as session:
                await session.execute(LOCK)
            break
        except StorageUnavailable:
            tries += 1
            assert tries < 20, "it is held for ever"
    await other.close()
    await silent.close()
