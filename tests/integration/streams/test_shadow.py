"""Shadow traffic: read beside the processors from a real Redis, taken by a real webhook."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.integration.streams.test_intake import SECRET, stored, update

from chatwarden.errors import ConfigurationError
from chatwarden.pipeline.intake import Intake
from chatwarden.shadow.copying import Shadow, Staging
from chatwarden.shadow.masking import Masking
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.partitions import Partitions

STAGED = 42
KEY = bytes(range(32))


class StagingIngest:
    """Takes what Telegram would deliver."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.status = 200

    async def take(self, request: web.Request) -> web.Response:
        if request.headers["X-Telegram-Bot-Api-Secret-Token"] != SECRET:
            return web.Response(status=401)
        if self.status == 200:
            self.taken.append(await request.read())
        return web.Response(status=self.status)


@pytest.fixture
async def staging() -> AsyncIterator[tuple[StagingIngest, str]]:
    ingest = StagingIngest()
    app = web.Application()
    app.router.add_post(f"/telegram/{STAGED}", ingest.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    yield ingest, f"http://{host}:{port}/telegram/{STAGED}#{SECRET}"
    await runner.cleanup()


@asynccontextmanager
async def copying(
    partitions: Partitions, sealer: Sealer, address: str, *, share: float = 1.0
) -> AsyncIterator[Shadow]:
    shadow = Shadow(
        partitions,
        sealer=sealer,
        masking=masking(partitions),
        staging=Staging.read(address),
        share=share,
    )
    task = asyncio.create_task(shadow.run())
    try:
        await until(lambda: shadow.following == len(partitions))
        yield shadow
    finally:
        task.cancel()
        await asyncio.wait([task])


def masking(partitions: Partitions) -> Masking:
    return Masking(KEY, bot_id=partitions.bot_id, as_bot=STAGED)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def test_updates_reach_staging_masked_and_production_keeps_no_trace_of_it(
    partitions: Partitions, sealer: Sealer, staging: tuple[StagingIngest, str]
) -> None:
    ingest, address = staging
    raws = [update(n, chat_id=-1001 - n % 50) for n in range(200)]
    async with copying(partitions, sealer, address) as shadow:
        await Intake(partitions, sealer=sealer).put_all(raws)
        await until(lambda: shadow.copied == 200)

    mask = masking(partitions).update
    assert sorted(ingest.taken) == sorted(mask(raw) or b"" for raw in raws)
    assert "Hello" not in b"".join(ingest.taken).decode()
    assert sorted(raw for _, raw in await stored(partitions, sealer)) == sorted(raws)
    for number in range(len(partitions)):
        key = partitions.key(number, "updates")
        if await partitions.client.exists(key):
            assert await partitions.client.xinfo_groups(key) == []


async def test_what_had_waited_before_and_second_rounds_and_other_chats_are_not_copied(
    partitions: Partitions, sealer: Sealer, staging: tuple[StagingIngest, str]
) -> None:
    ingest, address = staging
    intake = Intake(partitions, sealer=sealer)
    chosen, other = next(
        (a, a - 1)
        for a in range(-1000, -9000, -1)
        if masking(partitions).chosen(a, share=0.5)
        and not masking(partitions).chosen(a - 1, share=0.5)
        and partitions.of_chat(a) == partitions.of_chat(a - 1)
    )
    await intake.put(update(1, chosen))
    async with copying(partitions, sealer, address, share=0.5):
        await intake.put(update(2, other))
        await intake.scan_again(update(3, chosen), b"{}")
        await intake.put(update(4, chosen))
        await until(lambda: any(json.loads(raw)["update_id"] == 4 for raw in ingest.taken))

    assert {1, 2, 3}.isdisjoint(json.loads(raw)["update_id"] for raw in ingest.taken)


async def test_a_staging_that_refuses_loses_copies_and_nothing_else(
    partitions: Partitions, sealer: Sealer, staging: tuple[StagingIngest, str]
) -> None:
    ingest, address = staging
    ingest.status = 503
    intake = Intake(partitions, sealer=sealer)
    async with copying(partitions, sealer, address) as shadow:
        await intake.put(update(1))
        await until(lambda: shadow.lost == 1)
        assert (shadow.health.state, shadow.copied) == ("failing", 0)
        assert SECRET not in shadow.health.detail
        ingest.status = 200
        await intake.put(update(2))
        await until(lambda: shadow.copied == 1)
        assert shadow.health.state == "ok"

    assert len(await stored(partitions, sealer)) == 2


async def test_an_envelope_that_another_key_sealed_is_counted_as_lost(
    partitions: Partitions, sealer: Sealer, staging: tuple[StagingIngest, str]
) -> None:
    _, address = staging
    async with copying(partitions, sealer, address) as shadow:
        await partitions.append(
            "updates", [(0, {b"u": Sealer(b"x" * 32).seal(b"{}", place="update:1")})]
        )
        await until(lambda: shadow.lost == 1)
        await Intake(partitions, sealer=sealer).put(update(1))
        await until(lambda: shadow.copied == 1)


@pytest.mark.parametrize(
    "address", ["", "https://a/telegram/42", "ftp://a/telegram/42#s", "https://a/telegram/x#s"]
)
def test_an_address_that_is_none_is_refused_without_being_told(address: str) -> None:
    with pytest.raises(ConfigurationError, match="shadow-address") as error:
        Staging.read(address)
    assert not address or address not in str(error.value)


def test_the_address_that_staging_prints_is_the_one_that_is_read() -> None:
    address = "https://staging.example.org/telegram/42#abc"
    assert str(Staging.read(address)) == address
