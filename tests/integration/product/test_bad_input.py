"""What goes wrong outside the product: a clear error each, nothing lost, nothing hangs."""

import asyncio
import resource
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.product import TOKEN, NotStarted, environment, running_product, start_product
from tests.support.scene import SPAM, Scene, eventually, playing_scene

from chatwarden.simulator.client import Fault
from chatwarden.simulator.state.rawupdates import put_raw


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing_scene() as scene:
        yield scene


async def words_at_the_end(data: Path, telegram_api: str, **more: str) -> str:
    """What `chatwarden run` says before it gives up. Fails where it does not within a minute."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chatwarden",
        "run",
        env=environment(data, telegram_api, **more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, errors = await process.communicate()
    assert process.returncode == 1
    said = errors.decode()
    assert "Traceback" not in said
    return said


async def test_a_wrong_token_ends_the_start_and_says_where_to_get_one(
    scene: Scene, tmp_path: Path
) -> None:
    said = await words_at_the_end(
        tmp_path / "data", scene.url, CHATWARDEN_BOT_TOKEN="43:NOT-THE-RIGHT-ONE-AT-ALL-0123456789"
    )

    assert "Telegram does not know this bot token" in said
    assert "@BotFather" in said
    assert "NOT-THE-RIGHT-ONE" not in said


async def test_a_token_of_no_form_is_named_without_being_shown(tmp_path: Path) -> None:
    said = await words_at_the_end(
        tmp_path / "data", "http://127.0.0.1:9", CHATWARDEN_BOT_TOKEN="my secret"
    )

    assert "CHATWARDEN_BOT_TOKEN" in said
    assert "my secret" not in said


async def test_a_taken_port_is_named(scene: Scene, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = await words_at_the_end(tmp_path / "data", scene.url, CHATWARDEN_PORT=str(port))

    assert f"127.0.0.1:{port}" in said
    assert "CHATWARDEN_PORT" in said


async def test_a_data_directory_that_cannot_be_written_is_named(
    scene: Scene, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")

    said = await words_at_the_end(in_the_way / "data", scene.url)

    assert "The data directory cannot be written" in said
    assert str(in_the_way) in said


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no read-only file system at hand")
async def test_a_read_only_disk_is_named(scene: Scene) -> None:
    said = await words_at_the_end(Path("/sys/kernel/chatwarden"), scene.url)

    assert "The data directory cannot be written" in said


async def test_a_second_process_on_the_same_data_is_refused(scene: Scene, tmp_path: Path) -> None:
    async with running_product(tmp_path / "data", scene.url):
        said = await words_at_the_end(tmp_path / "data", scene.url)

    assert "Another Chatwarden uses" in said


async def test_a_master_key_of_the_wrong_size_is_refused(scene: Scene, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "master.key").write_bytes(b"short")

    said = await words_at_the_end(data, scene.url)

    assert "master.key is not a key" in said


async def test_a_full_disk_loses_nothing_and_is_told_until_it_has_room_again(
    scene: Scene, tmp_path: Path
) -> None:
    async with running_product(tmp_path / "data", scene.url) as product:
        async with product.client() as client:
            pid = product.process.pid
            # Files may grow no further: every write fails as on a full disk.
            unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            spammer = await scene.newcomer()
            spam = await scene.say(spammer, SPAM)

            async def tells_it() -> bool:
                parts = (await client.get("/healthz")).json()["parts"]
                return any(p["name"] == "database" and p["state"] == "failing" for p in parts)

            await eventually(tells_it, what="the database is told to be failing")
            assert (await client.get("/readyz")).status_code == 503
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
            await eventually(lambda: scene.is_deleted(spam), what="the spam is deleted")
            await eventually(
                lambda: scene.status(spammer) == "restricted", what="the sender is muted"
            )


async def test_updates_that_cannot_be_read_go_to_the_dead_letters_and_stop_nobody(
    scene: Scene, tmp_path: Path
) -> None:
    where = b'"date":1790000000,"chat":{"id":%d,"type":"supergroup","title":"Makers"}' % scene.group
    updates = (
        b'{"message":"not an object"}',
        b'{"message":{"message_id":7,"date":1790000000,"chat":{"id":1e300,"type":"supergroup"}}}',
        b'{"message":{"message_id":8,"text":"\\ud800 alone",%b,"from":{"id":%d,"first_name":"\\udfff"}}}'
        % (where, scene.member),
        b'{"a_kind_of_the_future":{"deep":%b%b}}' % (b"[" * 500, b"]" * 500),
    )
    world = scene.app.world
    for update in updates:
        put_raw(world, world.bots[TOKEN], update)
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, SPAM)
    async with running_product(tmp_path / "data", scene.url):
        await eventually(lambda: scene.is_deleted(spam), what="the spam after them is deleted")


async def test_a_message_of_ten_megabytes_stops_nobody(scene: Scene, tmp_path: Path) -> None:
    spammer = await scene.newcomer()
    where = b'"date":1790000000,"chat":{"id":%d,"type":"supergroup","title":"Makers"}' % scene.group
    await scene.control.put_updates(
        b'{"message":{"message_id":9,"text":"%b",%b,"from":{"id":%d,"first_name":"M"}}}'
        % (b"word " * 2_000_000, where, scene.member)
    )
    spam = await scene.say(spammer, SPAM)
    async with running_product(tmp_path / "data", scene.url):
        await eventually(lambda: scene.is_deleted(spam), what="the spam after it is deleted")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="deleteMessages", code=502, description="Bad Gateway", times=2),
        Fault(
            method="restrictChatMember",
            code=429,
            description="Too Many Requests: retry after 1",
            retry_after=1,
        ),
    ],
    ids=["5xx", "429"],
)
async def test_a_telegram_that_fails_or_asks_to_wait_is_asked_again(
    scene: Scene, tmp_path: Path, fault: Fault
) -> None:
    await scene.control.fail(fault)
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, SPAM)
    async with running_product(tmp_path / "data", scene.url):
        await eventually(lambda: scene.is_deleted(spam), what="the spam is deleted")
        await eventually(lambda: scene.status(spammer) == "restricted", what="the sender is muted")
    record = scene.record(spammer)

    assert record is not None
    assert len(record.sanctions) == 1


async def test_a_telegram_that_is_down_at_the_start_is_waited_for(tmp_path: Path) -> None:
    product = await start_product(tmp_path / "data", "http://127.0.0.1:9")
    try:
        async with product.client() as client:
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/readyz")).status_code == 503
    finally:
        assert await product.stop() == 0


async def test_a_start_that_fails_tells_so_in_its_log(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="CHATWARDEN_PORT"):
        await start_product(tmp_path / "data", "http://127.0.0.1:9", CHATWARDEN_PORT="99999")
