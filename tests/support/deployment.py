"""The distributed profile as its operator starts it: every service a process of its own, over a real Redis and a real PostgreSQL."""

import asyncio
import os
import re
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.support.link import Link
from tests.support.postgres import PostgresServer
from tests.support.product import Product, environment
from tests.support.redis import Cluster, RedisServer, Sentinel

from chatwarden.storage.database import Database
from chatwarden.storage.migrate import upgrade

_READY_SECONDS = 180
_WAYS = {
    "redis": "CHATWARDEN_REDIS_URL",
    "postgres": "CHATWARDEN_DATABASE_URL",
    "telegram": "CHATWARDEN_TELEGRAM_API",
}
"""To where a service may have a link of its own, and the setting that says so."""


class Service:
    """One process. It may be killed and started again."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], log: Path) -> None:
        self.name = name
        self._command = command
        self._env = env
        self.log = log
        self._process: asyncio.subprocess.Process | None = None
        self.address = ""

    async def start(self) -> None:
        """Start and wait until it says where it serves, where it says so at all."""
        with self.log.open("ab") as errors:
            # It logs to its standard output, and says nothing else there.
            output = errors if self.name == "processor" else asyncio.subprocess.PIPE
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env=self._env, stdout=output, stderr=errors
            )
        if self._process.stdout is None:
            return
        async with asyncio.timeout(_READY_SECONDS):
            while not self.address:
                line = (await self._process.stdout.readline()).decode()
                assert line, f"{self.name} did not start:\n{self.log.read_text()[-2000:]}"
                name, _, value = line.strip().partition(": ")
                if name == self.name:
                    self.address = value

    async def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self.address = ""

    def pause(self) -> None:
        """SIGSTOP: it stands still, and knows nothing of that when it goes on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> int:
        """SIGTERM, and wait for the end. The exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(15):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self.address = ""
        return self._process.returncode or 0


class Deployment:
    """Redis, PostgreSQL, and services by name. `product` is how tests see the whole."""

    def __init__(
        self, redis: RedisServer, postgres: PostgresServer, env: dict[str, str], home: Path
    ) -> None:
        self.redis = redis
        self.postgres = postgres
        self.database_url = postgres.url
        self.standby: PostgresServer | None = None
        self.replica: RedisServer | None = None
        self.services: dict[str, Service] = {}
        self.env = env
        self.links: dict[tuple[str, str], Link] | None = None
        """By the service's label and what it leads to: redis, postgres, telegram. None where services reach servers without."""
        self._home = home

    async def start(self, name: str, label: str = "", **more: str) -> Service:
        """One more of a service, with other settings where they are given."""
        label = label or name
        if name == "processor":
            command = [str(Path(sys.executable).parent / "chatwarden-processor")]
        else:
            command = [sys.executable, "-m", "chatwarden", name]
        env = self.env | more
        if self.links is not None:
            env |= await self._linked(label, env, self.links)
        service = Service(name, command, env, self._home / f"{label}.log")
        self.services[label] = service
        await service.start()
        return service

    async def _linked(
        self, label: str, env: dict[str, str], links: dict[tuple[str, str], Link]
    ) -> dict[str, str]:
        """Settings that lead over links of the service's own."""
        settings: dict[str, str] = {}
        for part, variable in _WAYS.items():
            there = re.search(r"127\.0\.0\.1:(\d+)", env[variable])
            assert there is not None, env[variable]
            link = links[label, part] = Link(int(there[1]))
            await link.open()
            settings[variable] = env[variable].replace(there[0], f"127.0.0.1:{link.port}")
        return settings

    async def stop(self) -> None:
        await asyncio.gather(*(service.stop() for service in self.services.values()))
        for link in (self.links or {}).values():
            await link.close()

    async def sign_in_link(self) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "chatwarden",
            "sign-in-link",
            env=self.env,
            stdout=asyncio.subprocess.PIPE,
        )
        link, _ = await process.communicate()
        return link.decode().strip()

    async def product(self) -> Product:
        api = self.services["api"]
        assert api._process is not None
        return Product(api._process, api.address, await self.sign_in_link(), api.log)


@asynccontextmanager
async def deployed(
    home: Path,
    telegram_api: str,
    *,
    ingest: str = "poll",
    with_replica: bool = False,
    with_standbys: bool = False,
    with_links: bool = False,
    cluster: Cluster | None = None,
    master_key: bytes | None = None,
    redis_has: Callable[[int], None] = lambda port: None,
    services: Sequence[str] = ("record", "ingest", "enforce", "bot", "api"),
    **more: str,
) -> AsyncIterator[Deployment]:
    """One of each service, up and running. With standbys Redis has a replica and a Sentinel, and PostgreSQL a standby.

    `with_replica`: Redis has one, and nobody fails over. `with_links`: services reach Redis, PostgreSQL and Telegram over `Deployment.links`.
    `cluster`: it is Redis; it was started. `master_key`: a new one where none is given. `redis_has` fills Redis, at its port, before anything starts. `services`: beside a processor.
    """
    home.mkdir(parents=True, exist_ok=True)
    key = home / "master.key"
    key.write_bytes(master_key or secrets.token_bytes(32))
    async with AsyncExitStack() as stack:
        if cluster is None:
            redis = RedisServer(home / "redis")
            redis.start()
            stack.callback(redis.kill)
        else:
            redis = cluster.nodes[0]
        redis_has(redis.port)
        postgres = PostgresServer(home / "postgres")
        await asyncio.to_thread(postgres.create)
        await asyncio.to_thread(postgres.start)
        stack.callback(_crash_unless_gone, postgres)
        database = Database(postgres.url)
        await upgrade(database)
        await database.close()
        redis_url, database_url, standby = redis.url, postgres.url, None
        if cluster is not None:
            redis_url = cluster.url
        replica: RedisServer | None = None
        if with_replica or with_standbys:
            replica = RedisServer(home / "replica", "--replicaof", "127.0.0.1", str(redis.port))
            replica.start()
            stack.callback(replica.kill)
        if with_standbys:
            sentinel = Sentinel(home / "sentinel", name="warden", master=redis)
            await asyncio.to_thread(sentinel.start)
            stack.callback(sentinel.kill)
            standby = PostgresServer(home / "standby")
            await asyncio.to_thread(standby.copy_of, postgres)
            await asyncio.to_thread(standby.start)
            stack.callback(_crash_unless_gone, standby)
            hosts = "&".join(f"host=127.0.0.1:{one.port}" for one in (postgres, standby))
            redis_url = sentinel.url
            database_url = f"postgresql+asyncpg://postgres@/postgres?{hosts}"
        env = environment(
            home / "data",
            telegram_api,
            CHATWARDEN_REDIS_URL=redis_url,
            CHATWARDEN_DATABASE_URL=database_url,
            CHATWARDEN_MASTER_KEY_FILE=str(key),
            CHATWARDEN_INGEST=ingest,
            CHATWARDEN_BOT_ID="42",
            CHATWARDEN_HEALTH_ADDRESS="127.0.0.1:0",
            **more,
        )
        deployment = Deployment(redis, postgres, env | {"PATH": os.environ["PATH"]}, home)
        deployment.standby = standby
        deployment.replica = replica
        deployment.links = {} if with_links else None
        stack.callback(_crash_all_of, deployment)
        stack.push_async_callback(deployment.stop)
        await asyncio.gather(*(deployment.start(name) for name in services))
        await deployment.start("processor")
        yield deployment


def _crash_all_of(deployment: Deployment) -> None:
    """Of the servers of PostgreSQL that there are by now."""
    for server in (deployment.postgres, deployment.standby):
        if server is not None:
            _crash_unless_gone(server)


def _crash_unless_gone(server: PostgresServer) -> None:
    if (server.directory / "postmaster.pid").exists():
        server.crash()
