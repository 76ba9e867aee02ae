"""How Redis is reached, and that whoever waits for it can be stopped."""

import asyncio
import secrets
from pathlib import Path
from urllib.parse import quote

import pytest
from redis.asyncio import Redis, RedisCluster
from tests.support.link import Link
from tests.support.redis import RedisServer

from chatwarden.errors import StorageUnavailable
from chatwarden.streams import partitions as module
from chatwarden.streams.connection import connected, passing_trouble
from chatwarden.streams.partitions import Partitions


async def test_a_task_that_is_cancelled_just_as_it_sends_ends(partitions: Partitions) -> None:
    async def work() -> None:
        while True:
            await partitions.ping()

    for turns in range(100):
        working = asyncio.create_task(work())
        for _ in range(turns):
            await asyncio.sleep(0)
        working.cancel()
        # A bound on hanging.
        await asyncio.wait([working], timeout=10)
        assert working.cancelled(), f"cancelled at turn {turns} it goes on"


@pytest.mark.parametrize("password", ["pa/ss:w@rd", "50%off", "%41", "plain"])
async def test_a_password_may_hold_anything_percent_encoded(tmp_path: Path, password: str) -> None:
    server = RedisServer(tmp_path, "--requirepass", password, password=password)
    server.start()
    try:
        async with connected(server.url_with(f":{quote(password, safe='')}")) as client:
            assert await client.ping()
        if "%" not in password:
            async with connected(server.url_with(f":{password}")) as client:
                assert await client.ping()
    finally:
        server.kill()


async def test_each_form_reads_name_and_password_alike() -> None:
    for login in ("u:pa/ss%40", "u:pa%2Fss@"):
        for url in (f"redis://{login}@a:1/3", f"redis+sentinel://{login}@a:1,b:2/main"):
            async with connected(url) as client:
                assert isinstance(client, Redis)
                settings = client.connection_pool.connection_kwargs
                assert (settings["username"], settings["password"]) == ("u", "pa/ss@")
        async with connected(f"redis+cluster://{login}@a:1") as cluster:
            assert isinstance(cluster, RedisCluster)
            settings = cluster.connection_kwargs
            assert (settings["username"], settings["password"]) == ("u", "pa/ss@")


async def test_a_listener_notices_that_nothing_comes_through_any_more(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_QUIET_SECONDS", 0.2)
    link = Link(int(redis_url.rpartition(":")[2].partition("/")[0]))
    await link.open()
    async with (
        connected(f"redis://127.0.0.1:{link.port}/0") as client,
        connected(redis_url) as other,
    ):
        partitions = Partitions(client, bot_id=secrets.randbits(40))
        heard = partitions.changed_rights()
        hearing = asyncio.ensure_future(anext(heard))
        # Longer than it is quiet: Redis answers, and so it goes on.
        await asyncio.sleep(1)
        await other.publish(partitions.key(3, "rights"), "-7")
        assert await hearing == -7

        link.do("silent")
        with pytest.raises(StorageUnavailable):
            await anext(heard)
    await link.close()


async def test_a_connection_that_was_reset_while_it_was_used_is_passing_trouble() -> None:
    # As uvloop says it to redis-py, which hands it on.
    error = RuntimeError("unable to perform operation on <TCPTransport>; the handler is closed")
    with pytest.raises(StorageUnavailable), passing_trouble():
        raise error
    with pytest.raises(RuntimeError), passing_trouble():
        raise RuntimeError("something else")
