"""How Redis is reached, and that whoever waits for it can be stopped."""

import asyncio
from pathlib import Path
from urllib.parse import quote

import pytest
from redis.asyncio import Redis, RedisCluster
from tests.support.redis import RedisServer

from chatwarden.streams.connection import connected
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
