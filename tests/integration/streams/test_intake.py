"""Updates on their way in: stored before anybody is answered, whatever they are."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.redis import RedisServer

from chatwarden.errors import ConfigurationError, StorageUnavailable, TelegramUnreachable
from chatwarden.health import HealthPages, PartHealth
from chatwarden.pipeline.intake import Intake
from chatwarden.pipeline.introduction import Introduction
from chatwarden.pipeline.polling import LeadingPoll
from chatwarden.pipeline.webhook import MOST_BYTES, Webhook
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.connection import connected
from chatwarden.streams.partitions import Partitions
from chatwarden.telegram.poll import UpdatePoll

SECRET = "correct-horse"


def update(number: int, chat_id: int = -1001) -> bytes:
    message = {"message_id": number, "date": 1, "chat": {"id": chat_id}, "text": "Hello"}
    return json.dumps({"update_id": number, "message": message}).encode()


async def stored(partitions: Partitions, sealer: Sealer) -> list[tuple[int, bytes]]:
    """Every update with its partition, opened."""
    found: list[tuple[int, bytes]] = []
    for number in range(len(partitions)):
        entries: Any = await partitions.client.xrange(partitions.key(number, "updates"))
        for _, fields in entries:
            place = f"update:{partitions.bot_id}"
            found.append((number, sealer.open(fields[b"u"], place=place)))
    return found


@pytest.fixture
def intake(partitions: Partitions, sealer: Sealer) -> Intake:
    return Intake(partitions, sealer=sealer)


def path(partitions: Partitions) -> str:
    return f"/telegram/{partitions.bot_id}"


@pytest.fixture
def webhook(intake: Intake, partitions: Partitions) -> httpx.AsyncClient:
    async def health() -> list[PartHealth]:
        return []

    pages = HealthPages(health)
    app = Webhook(intake, bot_id=partitions.bot_id, secret=SECRET, pages=pages)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://warden",
        headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
    )


async def test_an_update_rests_sealed_in_the_partition_of_its_chat(
    webhook: httpx.AsyncClient, partitions: Partitions, sealer: Sealer
) -> None:
    raws = [update(n, chat_id) for n, chat_id in enumerate([-1001, -1002, -1001])]
    for raw in raws:
        assert (await webhook.post(path(partitions), content=raw)).status_code == 200

    found = await stored(partitions, sealer)
    assert sorted(found) == sorted(
        (partitions.of_chat(chat_id), raw)
        for raw, chat_id in zip(raws, [-1001, -1002, -1001], strict=True)
    )


async def test_updates_of_one_chat_stay_in_order_however_they_were_gathered(
    intake: Intake, partitions: Partitions, sealer: Sealer
) -> None:
    raws = [update(n) for n in range(200)]
    await asyncio.gather(*(intake.put(raw) for raw in raws))

    assert [raw for _, raw in await stored(partitions, sealer)] == raws


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[]", b'{"update_id": 1}'])
async def test_what_is_odd_is_stored_too(
    webhook: httpx.AsyncClient, partitions: Partitions, sealer: Sealer, raw: bytes
) -> None:
    assert (await webhook.post(path(partitions), content=raw)).status_code == 200
    assert await stored(partitions, sealer) == [(0, raw)]


async def test_what_is_too_long_is_stored_as_far_as_it_is_kept(
    webhook: httpx.AsyncClient, partitions: Partitions, sealer: Sealer
) -> None:
    assert (
        await webhook.post(path(partitions), content=b"x" * (MOST_BYTES + 5))
    ).status_code == 200
    assert await stored(partitions, sealer) == [(0, b"x" * MOST_BYTES)]


async def test_nobody_else_may_deliver(
    webhook: httpx.AsyncClient, partitions: Partitions, sealer: Sealer
) -> None:
    for secret in ("", "wrong", SECRET + "x"):
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        assert (
            await webhook.post(path(partitions), content=update(1), headers=headers)
        ).status_code == 401
    assert (await webhook.get(path(partitions))).status_code == 405
    assert (await webhook.post("/telegram/1", content=b"")).status_code == 404
    assert (await webhook.get("/healthz")).status_code == 200
    assert await stored(partitions, sealer) == []


async def test_what_cannot_be_stored_is_refused_so_that_telegram_keeps_it(
    tmp_path: Path, sealer: Sealer
) -> None:
    server = RedisServer(tmp_path)
    async with connected(server.url) as client:
        partitions = Partitions(client, bot_id=7)
        intake = Intake(partitions, sealer=sealer)

        async def health() -> list[PartHealth]:
            return [PartHealth("redis", "failing", "It is away.")]

        app = Webhook(intake, bot_id=7, secret=SECRET, pages=HealthPages(health))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://warden",
            headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
        ) as webhook:
            assert (await webhook.post("/telegram/7", content=update(1))).status_code == 503
            assert (await webhook.get("/readyz")).status_code == 503
            server.start()
            try:
                assert (await webhook.post("/telegram/7", content=update(1))).status_code == 200
                assert len(await stored(partitions, sealer)) == 1
            finally:
                server.kill()


async def test_replicated_means_that_a_replica_has_it(tmp_path: Path, sealer: Sealer) -> None:
    master = RedisServer(tmp_path / "master")
    replica = RedisServer(tmp_path / "replica", "--replicaof", "127.0.0.1", str(master.port))
    master.start()
    try:
        async with connected(master.url) as client:
            intake = Intake(Partitions(client, bot_id=7), sealer=sealer, durability="replicated")
            with pytest.raises(StorageUnavailable, match="replicas"):
                await intake.put(update(1))
            replica.start()
            async with asyncio.timeout(20):
                while True:
                    try:
                        await intake.put(update(1))
                        break
                    except StorageUnavailable:
                        await asyncio.sleep(0.1)
        async with connected(replica.url) as client:
            assert (1 if await stored(Partitions(client, bot_id=7), sealer) else 0) == 1
    finally:
        replica.kill()
        master.kill()


async def test_whoever_stopped_waiting_holds_up_nobody(intake: Intake) -> None:
    impatient = asyncio.ensure_future(intake.put(update(1)))
    patient = asyncio.ensure_future(intake.put(update(2)))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient


class Telegram(UpdatePoll):
    """Answers polls from a list."""

    def __init__(self, updates: list[bytes]) -> None:
        super().__init__(api="http://nowhere", token="7:x")
        self._updates = updates
        self.offsets: list[int] = []

    async def updates(self, *, offset: int, wait: int = 0) -> list[bytes]:
        self.offsets.append(offset)
        return [raw for raw in self._updates if json.loads(raw).get("update_id", 0) >= offset]


async def test_of_two_who_poll_one_leads_and_the_next_goes_on_where_it_stopped(
    intake: Intake, partitions: Partitions, sealer: Sealer
) -> None:
    telegram = Telegram([update(5), update(6)])
    first = LeadingPoll(partitions, intake, telegram)
    second = LeadingPoll(partitions, intake, telegram)

    assert await first.lead()
    assert not await second.lead()
    await first.poll_once()
    await partitions.client.delete(partitions.key(0, "lease:poll"))  # It died.
    assert await second.lead()
    await second.poll_once()

    assert telegram.offsets == [0, 7]
    assert [raw for _, raw in await stored(partitions, sealer)] == [update(5), update(6)]


async def test_whoever_lost_the_lead_confirms_nothing(
    intake: Intake, partitions: Partitions
) -> None:
    class Slow(Telegram):
        async def updates(self, *, offset: int, wait: int = 0) -> list[bytes]:
            await partitions.client.delete(partitions.key(0, "lease:poll"))
            assert await second.lead()
            return await super().updates(offset=offset)

    second = LeadingPoll(partitions, intake, Telegram([]))
    first = LeadingPoll(partitions, intake, Slow([update(5)]))
    assert await first.lead()
    with pytest.raises(StorageUnavailable, match="leads"):
        await first.poll_once()

    assert await partitions.client.get(partitions.key(0, "offset")) is None


async def test_telegram_is_told_until_it_hears_and_whoever_asks_is_told_so() -> None:
    states: list[str] = []

    async def tell() -> None:
        states.append(introduction.health.state)
        if len(states) < 3:
            raise TelegramUnreachable("refused", seconds=0)

    introduction = Introduction(tell)
    await introduction.make()
    assert [*states, introduction.health.state] == ["starting", "failing", "failing", "ok"]


async def test_who_has_another_key_puts_nothing_in(
    intake: Intake, partitions: Partitions, sealer: Sealer
) -> None:
    await intake.put(update(1))
    with pytest.raises(ConfigurationError, match="the same master key"):
        await Intake(partitions, sealer=Sealer(b"x" * 32)).put(update(2))

    assert len(await stored(partitions, sealer)) == 1


async def test_a_cluster_cannot_promise_replication(redis_url: str, sealer: Sealer) -> None:
    async with connected(
        redis_url.replace("redis://", "redis+cluster://").removesuffix("/0")
    ) as it:
        with pytest.raises(ConfigurationError, match="replicated"):
            Intake(Partitions(it, bot_id=7), sealer=sealer, durability="replicated")
