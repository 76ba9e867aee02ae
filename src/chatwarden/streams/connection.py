"""How Redis is reached: one server, behind Sentinel, or a cluster.

In: an address. Out: a client. Fails with ConfigurationError for an address that says nothing, with StorageUnavailable where Redis cannot
be asked now.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from redis import exceptions
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from chatwarden.errors import ConfigurationError, StorageUnavailable

Client = Redis | RedisCluster

_HINT = "Use redis://, rediss://, redis+sentinel://host:port,host:port/name, or redis+cluster://host:port,host:port."
_TIMEOUT_SECONDS = 5.0
_RETRY_SECONDS = 1.0
_PASSES = (
    exceptions.ConnectionError,  # refused, cut, loading
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,  # a replica by now
    exceptions.OutOfMemoryError,
    exceptions.ClusterDownError,
    exceptions.MasterDownError,
    exceptions.TryAgainError,
    exceptions.SlotNotCoveredError,
    exceptions.RedisClusterException,  # no node can be reached
    OSError,
)
# Told by their first word; redis-py has no class of its own for them.
_PASSING_WORDS = ("NOREPLICAS", "MISCONF", "UNKILLABLE", "BUSY", "UNBLOCKED")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """A client for this address; connections are made when they are needed. Raises ConfigurationError."""
    client = _client(url)
    try:
        yield client
    finally:
        await client.aclose()
        if isinstance(client, Redis):
            # Behind Sentinel: those that were asked where the master is, which the client does not close.
            manager = getattr(client.connection_pool, "sentinel_manager", None)
            for sentinel in manager.sentinels if manager is not None else ():
                await sentinel.aclose()


@contextmanager
def passing_trouble() -> Iterator[None]:
    """Raises StorageUnavailable where Redis cannot do now what it could a moment later.

    And CancelledError where the task was cancelled meanwhile: redis-py sends by `asyncio.wait_for`, which before Python 3.12 swallows a
    cancellation that comes just as something was sent. A loop would then go on for ever.
    """
    before = _cancellations()
    try:
        yield
        if _cancellations() > before:
            raise asyncio.CancelledError
    except _PASSES as error:
        raise StorageUnavailable(f"Redis: {error}", seconds=_RETRY_SECONDS) from error
    except RuntimeError as error:
        # As uvloop says that a connection was reset which is just being used.
        if "the handler is closed" not in str(error):
            raise
        raise StorageUnavailable(f"Redis: {error}", seconds=_RETRY_SECONDS) from error
    except exceptions.ResponseError as error:
        if str(error).startswith(_PASSING_WORDS):
            raise StorageUnavailable(f"Redis: {error}", seconds=_RETRY_SECONDS) from error
        raise


def _cancellations() -> int:
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


class _Address(NamedTuple):
    scheme: str
    username: str | None
    password: str | None
    hosts: str
    path: str


def _read(url: str) -> _Address:
    """Name and password may be percent-encoded, and need not be: they end at the last @."""
    scheme, _, rest = url.partition("://")
    login, at, rest = rest.rpartition("@")
    username, colon, password = login.partition(":")
    if at and not colon:
        username, password = "", login
    hosts, _, path = rest.partition("/")
    return _Address(scheme, unquote(username) or None, unquote(password) or None, hosts, path)


def _client(url: str) -> Client:
    options: dict[str, Any] = {
        "socket_timeout": _TIMEOUT_SECONDS,
        "socket_connect_timeout": _TIMEOUT_SECONDS,
        # Whoever asks decides what is asked again, and when.
        "retry": Retry(NoBackoff(), 0),
    }
    parts = _read(url)
    try:
        if parts.scheme in ("redis", "rediss", "unix"):
            login = ":".join(quote(part or "", safe="") for part in parts[1:3])
            at = "@" if parts.password else ""
            plain = f"{parts.scheme}://{login if at else ''}{at}{parts.hosts}/{parts.path}"
            return Redis.from_url(plain, **options)
        scheme, _, form = parts.scheme.partition("+")
        if scheme in ("redis", "rediss") and form in ("sentinel", "cluster"):
            options |= {
                "ssl": scheme == "rediss",
                "username": parts.username,
                "password": parts.password,
            }
            hosts = [_address(address) for address in parts.hosts.split(",")]
            if form == "cluster":
                nodes = [ClusterNode(host, port) for host, port in hosts]
                return RedisCluster(startup_nodes=nodes, **options)
            name = parts.path.strip("/")
            if not name:
                raise ValueError("the master's name is missing")
            sentinel = Sentinel(hosts, **options)  # type: ignore[no-untyped-call]
            master: Redis = sentinel.master_for(name, **options)
            return master
    except ValueError as error:
        raise ConfigurationError(f"CHATWARDEN_REDIS_URL: {error}. {_HINT}") from None
    raise ConfigurationError(f"CHATWARDEN_REDIS_URL: unknown scheme {parts.scheme!r}. {_HINT}")


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdigit()):
        raise ValueError(f"{text!r} is no host:port")
    return host.strip("[]"), int(port)


async def read_stream(
    client: Client, key: str, *, after: str, count: int | None = None, block: int | None = None
) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """A stream's entries after an id, as id and fields; waits `block` milliseconds for the first. Raises StorageUnavailable."""
    with passing_trouble():
        # Typed as all that the library may answer, whatever the options.
        answer: Any = await client.xread({key: after}, count=count, block=block)
    if not answer:
        return []
    if isinstance(answer, dict):  # Protocol 3.
        (pages,) = answer.values()
        return [entry for page in pages for entry in page]
    ((_, entries),) = answer
    return list(entries)
