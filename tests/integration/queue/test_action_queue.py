"""What every queue of actions guarantees. A new implementation is another parameter of `queue`."""

import asyncio
import math
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.redis import RedisServer
from tests.support.rows import BOT_ID, CHAT_ID, DAY

from chatwarden.actions import Action, ActionKind, Beginning, Ending, Retry
from chatwarden.errors import ConfigurationError, StorageUnavailable
from chatwarden.feed import MemoryFeed
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.pipeline.queue.redis import RedisQueue
from chatwarden.pipeline.queue.sqlite import SqliteQueue
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.storage.database import Database
from chatwarden.streams.connection import connected
from chatwarden.streams.partitions import Partitions

SENDER = 6000000001
LATER = DAY + timedelta(minutes=1)


@pytest.fixture
async def sqlite_queue(sqlite_url: str) -> AsyncIterator[ActionQueue]:
    database = Database(sqlite_url)
    yield SqliteQueue(
        database,
        bot_id=BOT_ID,
        feed=MemoryFeed(),
        pseudonyms=Pseudonyms(bytes(32)),
        clock=lambda: DAY,
    )
    await database.close()


@pytest.fixture
async def redis_queue(redis_url: str) -> AsyncIterator[ActionQueue]:
    async with connected(redis_url) as client:
        # A bot of its own: the server may be somebody's.
        partitions = Partitions(client, bot_id=secrets.randbits(40))
        yield RedisQueue(partitions, clock=lambda: DAY)


@pytest.fixture(params=["sqlite_queue", "redis_queue"])
def queue(request: pytest.FixtureRequest) -> ActionQueue:
    queue: ActionQueue = request.getfixturevalue(request.param)
    return queue


def action(number: int, kind: ActionKind = "mute", **changes: Any) -> Action:
    values: dict[str, Any] = {
        "id": f"{number}-{kind}",
        "bot_id": BOT_ID,
        "chat_id": CHAT_ID,
        "kind": kind,
        "sender_kind": "user",
        "sender_id": SENDER,
        "date": DAY,
        "due_at": DAY,
        "requested_by": "verdict",
        "message_id": number,
        "message_date": DAY,
    }
    return Action(**values | changes)


async def taken(queue: ActionQueue, now: datetime = LATER) -> list[Action]:
    return list(await queue.take(CHAT_ID, now=now, limit=100))


async def ids(queue: ActionQueue, now: datetime = LATER) -> list[str]:
    return [one.id for one in await taken(queue, now)]


def ended(one: Action, state: Any = "done", **more: Any) -> Ending:
    return Ending(action_id=one.id, state=state, **more)


async def do(queue: ActionQueue, *actions: Action) -> None:
    await queue.add(actions)
    await queue.begin(CHAT_ID, [Beginning(one.id) for one in actions], now=DAY)
    await queue.end(CHAT_ID, [ended(one) for one in actions], now=DAY)


async def test_an_action_comes_out_as_it_went_in(queue: ActionQueue) -> None:
    ban = action(1, "ban", trace_id="7-1-1", until_date=LATER, sender_kind="channel")
    await queue.add([ban])

    assert await taken(queue) == [ban]


async def test_added_twice_it_is_there_once(queue: ActionQueue) -> None:
    await queue.add([action(1)])
    await queue.add([action(1), action(2)])

    assert await ids(queue) == ["1-mute", "2-mute"]


async def test_what_has_ended_is_not_opened_by_adding_it_again(queue: ActionQueue) -> None:
    await do(queue, action(1))
    await queue.add([action(1)])

    assert await taken(queue) == []


async def test_what_failed_for_good_is_tried_anew_when_it_is_asked_for_again(
    queue: ActionQueue,
) -> None:
    await queue.add([action(1)])
    dead = ended(action(1), "dead", error_code="missing_right", error_text="no")
    await queue.end(CHAT_ID, [dead], now=DAY)
    assert await taken(queue) == []
    await queue.add([action(1)])

    assert [(one.state, one.attempts) for one in await taken(queue)] == [("pending", 0)]


async def test_deletions_come_first_then_undos_then_the_stronger_punishment(
    queue: ActionQueue,
) -> None:
    kinds: list[ActionKind] = ["mute", "kick", "ban", "undo", "delete_message"]
    await queue.add([action(n, kind, sender_id=n) for n, kind in enumerate(kinds)])

    assert [one.kind for one in await taken(queue)] == list(reversed(kinds))


async def test_of_a_kind_the_longest_due_comes_first_up_to_the_limit(queue: ActionQueue) -> None:
    dues = [(1, 30), (2, 10), (3, 20)]
    await queue.add([action(n, due_at=DAY + timedelta(seconds=s)) for n, s in dues])
    two = await queue.take(CHAT_ID, now=LATER, limit=2)

    assert [one.id for one in two] == ["2-mute", "3-mute"]


async def test_only_what_is_due_is_taken_and_the_next_time_is_told(queue: ActionQueue) -> None:
    await queue.add([action(1, due_at=LATER), action(2, chat_id=-5)])

    assert await taken(queue, DAY) == []
    now, later = await queue.due(now=DAY, limit=9), await queue.due(now=LATER, limit=9)
    assert (list(now.chat_ids), now.next_due_at) == ([-5], DAY)
    assert set(later.chat_ids) == {-5, CHAT_ID}


async def test_what_is_begun_is_taken_again_with_what_was_noted(queue: ActionQueue) -> None:
    await queue.add([action(1), action(2)])
    begun = await queue.begin(CHAT_ID, [Beginning("1-mute", {"status": "member"})], now=DAY)
    again = {one.id: one for one in await taken(queue)}

    assert begun == {"1-mute"}
    assert (again["1-mute"].state, again["1-mute"].started_at) == ("started", DAY)
    assert again["1-mute"].former == {"status": "member"}
    assert again["2-mute"].state == "pending"


async def test_what_was_cancelled_meanwhile_is_not_begun(queue: ActionQueue) -> None:
    await queue.add([action(1), action(2, sender_id=9)])
    await queue.add([action(1, "undo")])
    begun = await queue.begin(CHAT_ID, [Beginning("1-mute"), Beginning("2-mute")], now=DAY)

    assert begun == {"2-mute"}


async def test_an_end_is_final(queue: ActionQueue) -> None:
    await do(queue, action(1))
    await queue.end(CHAT_ID, [ended(action(1), "dead")], now=LATER)
    await queue.retry(CHAT_ID, [Retry(action_id="1-mute", due_at=DAY, failed=True, made=False)])
    in_force = await queue.in_force(CHAT_ID, [SENDER], now=DAY)

    assert await taken(queue) == []
    assert [(one.state, one.done_at) for one in in_force[SENDER]] == [("done", DAY)]


async def test_only_what_was_done_is_reversed(queue: ActionQueue) -> None:
    await do(queue, action(1))
    await queue.add([action(2)])
    await queue.end(CHAT_ID, [ended(action(n), "reversed") for n in (1, 2)], now=LATER)

    assert await queue.in_force(CHAT_ID, [SENDER], now=DAY) == {}
    assert await ids(queue) == ["2-mute"]


@pytest.mark.parametrize(("made", "state"), [(True, "started"), (False, "pending")])
async def test_a_try_to_be_made_again_waits_and_counts_where_it_failed(
    queue: ActionQueue, made: bool, state: str
) -> None:
    await queue.add([action(1)])
    await queue.begin(CHAT_ID, [Beginning("1-mute")], now=DAY)
    await queue.retry(CHAT_ID, [Retry(action_id="1-mute", due_at=LATER, failed=made, made=made)])
    (waiting,) = await taken(queue)

    assert await taken(queue, DAY) == []
    assert (waiting.state, waiting.attempts) == (state, int(made))
    assert (waiting.started_at is None) is not made


async def test_a_postponed_chat_waits_and_no_other(queue: ActionQueue) -> None:
    await queue.add([action(1), action(2, chat_id=-5)])
    await queue.postpone(CHAT_ID, until=LATER)

    assert list((await queue.due(now=DAY, limit=9)).chat_ids) == [-5]
    assert [one.attempts for one in await taken(queue)] == [0]


async def test_postponing_makes_nothing_due_earlier(queue: ActionQueue) -> None:
    await queue.add([action(1, due_at=LATER)])
    await queue.postpone(CHAT_ID, until=DAY)

    assert await taken(queue, DAY) == []


async def test_in_force_is_what_was_done_or_begun_and_has_not_ended(queue: ActionQueue) -> None:
    over = action(3, until_date=DAY - timedelta(days=1))
    await do(
        queue, action(1, until_date=LATER), over, action(4, chat_id=-5), action(5, sender_id=9)
    )
    await queue.add([action(2, "ban"), action(6)])
    await queue.begin(CHAT_ID, [Beginning("2-ban")], now=LATER)
    found = await queue.in_force(CHAT_ID, [SENDER, 8], now=DAY)

    assert {sender: [one.id for one in some] for sender, some in found.items()} == {
        SENDER: ["1-mute", "2-ban"]
    }


async def test_which_messages_were_deleted_is_known(queue: ActionQueue) -> None:
    await do(queue, action(1, "delete_message"), action(2, "delete_message", chat_id=-5))
    await queue.add([action(3, "delete_message")])

    assert await queue.deleted(CHAT_ID, [1, 2, 3]) == {1}


async def test_an_undo_cancels_at_once_what_waits_for_its_sender_and_its_message(
    queue: ActionQueue,
) -> None:
    other = action(3, "delete_message")
    await queue.add([action(1), action(1, "delete_message"), action(2, "ban"), other])
    await queue.begin(CHAT_ID, [Beginning("2-ban")], now=DAY)
    await queue.add([action(1, "undo")])

    assert await ids(queue) == ["3-delete_message", "1-undo", "2-ban"]


async def test_between_two_calls_an_undo_cancels_the_begun_deletion_too(queue: ActionQueue) -> None:
    await queue.add([action(1, "delete_message"), action(1, "mute")])
    await queue.begin(CHAT_ID, [Beginning("1-delete_message"), Beginning("1-mute")], now=DAY)
    undo = action(1, "undo")
    await queue.add([undo])
    assert await ids(queue) == ["1-delete_message", "1-undo", "1-mute"]
    await queue.cancel_for_undo(undo, now=DAY)

    assert await ids(queue) == ["1-undo", "1-mute"], "of a begun mute Telegram has to be asked"


async def test_an_undo_without_a_message_cancels_no_deletion(queue: ActionQueue) -> None:
    await queue.add([action(1), replace(action(2, "delete_message"), message_id=None)])
    await queue.add([replace(action(3, "undo"), message_id=None)])

    assert await ids(queue) == ["2-delete_message", "3-undo"]


async def test_of_many_who_begin_and_undo_at_once_each_action_goes_one_way(
    queue: ActionQueue,
) -> None:
    senders = range(1, 21)
    await queue.add([action(n, sender_id=n) for n in senders])
    begun, _ = await asyncio.gather(
        queue.begin(CHAT_ID, [Beginning(f"{n}-mute") for n in senders], now=DAY),
        queue.add([action(n, "undo", sender_id=n) for n in senders]),
    )
    still_open = {one.id for one in await taken(queue) if one.kind == "mute"}

    assert still_open == begun


async def test_of_two_enforcers_one_holds_a_chat_until_it_lets_go(redis_url: str) -> None:
    async with connected(redis_url) as client:
        partitions = Partitions(client, bot_id=secrets.randbits(40))
        first, second = RedisQueue(partitions), RedisQueue(partitions)
        await first.add([action(1), action(2, chat_id=-5)])
        mine, others = await first.due(now=DAY, limit=9), await second.due(now=DAY, limit=9)

        assert sorted(mine.chat_ids) == sorted([CHAT_ID, -5])
        assert list(others.chat_ids) == []
        assert await second.take(CHAT_ID, now=DAY, limit=9) == []
        assert await second.begin(CHAT_ID, [Beginning("1-mute")], now=DAY) == set()

        assert await first.begin(CHAT_ID, [Beginning("1-mute")], now=DAY) == {"1-mute"}
        await first.end(CHAT_ID, [ended(action(1))], now=DAY)
        assert await first.take(CHAT_ID, now=DAY, limit=9) == []
        await second.add([action(3)])
        assert CHAT_ID in (await second.due(now=DAY, limit=9)).chat_ids


async def test_only_so_many_chats_are_named_and_none_that_is_held(queue: ActionQueue) -> None:
    chats = list(range(-120, -100))
    await queue.add([action(-chat_id, chat_id=chat_id) for chat_id in chats])
    first = (await queue.due(now=DAY, limit=15)).chat_ids
    rest = (await queue.due(now=DAY, held=first, limit=15)).chat_ids

    assert len(first) == 15
    assert sorted([*first, *rest]) == chats
    assert list((await queue.due(now=DAY, limit=0)).chat_ids) == []


async def test_chats_are_held_as_long_as_somebody_asks_holding_them(redis_url: str) -> None:
    async with connected(redis_url) as client:
        partitions = Partitions(client, bot_id=secrets.randbits(40))
        first, second = RedisQueue(partitions), RedisQueue(partitions)
        chats = list(range(-200, -100))
        await first.add([action(-chat_id, chat_id=chat_id) for chat_id in chats])
        held = (await first.due(now=DAY, limit=60)).chat_ids
        leases = [
            partitions.key(partitions.of_chat(chat_id), f"lease:{chat_id}") for chat_id in held
        ]
        for lease in leases:
            await client.pexpire(lease, 500)

        # Nothing is free, and what is due stands behind a thousand others.
        await first.due(now=DAY - timedelta(days=1), held=held, limit=0)
        assert min([await client.pttl(lease) for lease in leases]) > 500
        assert len((await second.due(now=DAY, limit=60)).chat_ids) == 40


async def test_ids_of_telegrams_size_survive_redis(redis_url: str) -> None:
    large = (1 << 52) - 1
    async with connected(redis_url) as client:
        queue = RedisQueue(Partitions(client, bot_id=secrets.randbits(40)), clock=lambda: DAY)
        one = action(1, "ban", chat_id=-large, sender_id=large, message_id=large, until_date=LATER)
        await queue.add([one])

        assert list(await queue.take(-large, now=LATER, limit=9)) == [one]


async def test_who_sleeps_is_woken(redis_url: str) -> None:
    async with connected(redis_url) as client:
        queue = RedisQueue(Partitions(client, bot_id=secrets.randbits(40)))
        waking = asyncio.ensure_future(anext(aiter(queue.wakes())))
        while not waking.done():
            await queue.add([action(1), action(2, chat_id=-5)])
            await asyncio.sleep(0.01)
        await waking


async def test_who_is_woken_finds_what_is_added_what_falls_due_and_what_was_given_back(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It looks everywhere once, and never again.
    monkeypatch.setattr("chatwarden.pipeline.queue.redis._LOOK_EVERYWHERE_SECONDS", math.inf)
    async with connected(redis_url) as client:
        partitions = Partitions(client, bot_id=secrets.randbits(40))
        queue, others = RedisQueue(partitions), RedisQueue(partitions)
        wakes = aiter(queue.wakes())
        waking = asyncio.ensure_future(anext(wakes))
        while not waking.done():
            await others.add([action(1, chat_id=-1, due_at=LATER)])
            await asyncio.sleep(0.01)
        assert list((await queue.due(now=DAY, limit=9)).chat_ids) == []
        assert list((await queue.due(now=LATER, limit=9)).chat_ids) == [-1], "it falls due"

        await others.add([action(2, chat_id=-2)])
        found: list[int] = []
        while not found:
            await anext(wakes)
            found = list((await queue.due(now=DAY, held={-1}, limit=9)).chat_ids)
        assert found == [-2], "it is woken"

        given_back = await queue.due(now=LATER, held={-2}, limit=9)
        assert list(given_back.chat_ids) == [-1]


async def test_where_redis_is_full_what_was_asked_for_is_carried_out_and_nothing_is_added(
    tmp_path: Path,
) -> None:
    server = RedisServer(tmp_path)
    server.start()
    try:
        async with connected(server.url) as client:
            partitions = Partitions(client, bot_id=BOT_ID)
            queue = RedisQueue(partitions, clock=lambda: DAY)
            asked_for = [action(1), action(2, "delete_message"), action(3), action(4)]
            await queue.add([*asked_for, action(5, chat_id=-5)])
            await client.config_set("maxmemory", "1mb")

            with pytest.raises(StorageUnavailable):
                await queue.add([action(9)])
            assert sorted((await queue.due(now=DAY, limit=9)).chat_ids) == sorted([CHAT_ID, -5])
            assert len(await queue.take(CHAT_ID, now=DAY, limit=9)) == 4
            begun = await queue.begin(CHAT_ID, [Beginning(one.id) for one in asked_for], now=DAY)
            await queue.end(CHAT_ID, [ended(one) for one in asked_for[:2]], now=DAY)
            await queue.retry(
                CHAT_ID, [Retry(action_id="3-mute", due_at=LATER, failed=True, made=False)]
            )
            await queue.cancel_for_undo(action(4, "undo"), now=DAY)
            await queue.postpone(-5, until=LATER)
            # Whoever records takes the partition, and makes room.
            assert await partitions.hold(3, "somebody", "recorder", milliseconds=1000)

            assert begun == {one.id for one in asked_for}
            assert await queue.deleted(CHAT_ID, [2]) == {2}
            assert list((await queue.due(now=DAY, limit=9)).chat_ids) == [CHAT_ID]
            assert [one.id for one in await queue.take(CHAT_ID, now=DAY, limit=9)] == ["4-mute"]
    finally:
        server.kill()


async def test_a_redis_that_is_away_is_trouble_that_passes(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    async with connected(server.url) as client:
        queue = RedisQueue(Partitions(client, bot_id=BOT_ID), clock=lambda: DAY)
        with pytest.raises(StorageUnavailable, match="Redis"):
            await queue.add([action(1)])
        server.start()
        try:
            await queue.add([action(1)])
            assert await ids(queue) == ["1-mute"]
        finally:
            server.kill()


@pytest.mark.parametrize(
    "url", ["http://x", "redis+sentinel://a:1/", "redis+sentinel://a/x", "redis+cluster://a:b"]
)
async def test_an_address_that_says_nothing_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="CHATWARDEN_REDIS_URL"):
        async with connected(url):
            pass
