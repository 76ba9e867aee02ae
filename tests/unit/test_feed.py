"""The live feed: in order, resumable, and honest about what it forgot."""

import asyncio

from chatwarden.feed import FeedEvent, MemoryFeed


def publish(feed: MemoryFeed, *names: str) -> None:
    for name in names:
        feed.publish(bot_id=1, chat_id=-1, trace_id=name)


async def heard(feed: MemoryFeed, count: int, *, after: int | None = None) -> list[FeedEvent]:
    listening = feed.subscribe(after=after)
    try:
        async with asyncio.timeout(10):
            return [await anext(listening) for _ in range(count)]
    finally:
        await listening.aclose()


async def test_events_come_numbered_and_in_order() -> None:
    feed = MemoryFeed()
    publish(feed, "a", "b", "c")

    assert [(e.number, e.trace_id) for e in await heard(feed, 3, after=0)] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]


async def test_who_resumes_hears_only_what_came_after() -> None:
    feed = MemoryFeed()
    publish(feed, "a", "b", "c")

    assert [e.trace_id for e in await heard(feed, 1, after=2)] == ["c"]


async def test_without_a_number_a_listener_hears_what_comes_from_now_on() -> None:
    feed = MemoryFeed()
    publish(feed, "old")
    listening = asyncio.create_task(heard(feed, 1))
    await asyncio.sleep(0)
    publish(feed, "new")

    assert [e.trace_id for e in await listening] == ["new"]


async def test_a_number_of_before_the_restart_gets_a_reset() -> None:
    feed = MemoryFeed(start=1000)
    (event,) = await heard(feed, 1, after=17)

    assert (event.is_reset, event.number) == (True, 1000)


async def test_a_number_of_the_future_gets_a_reset() -> None:
    (event,) = await heard(MemoryFeed(), 1, after=5)

    assert event.is_reset


async def test_a_forgotten_number_gets_a_reset() -> None:
    feed = MemoryFeed(remember=2)
    publish(feed, "a", "b", "c", "d")
    (event,) = await heard(feed, 1, after=1)

    assert (event.is_reset, event.number) == (True, 4)


async def test_a_slow_listener_gets_a_reset_and_no_backlog() -> None:
    feed = MemoryFeed(remember=2)
    listening = feed.subscribe(after=0)
    publish(feed, "a")
    first = await anext(listening)
    publish(feed, "b", "c", "d", "e")
    second = await anext(listening)
    publish(feed, "f")
    third = await anext(listening)
    await listening.aclose()

    assert (first.trace_id, second.is_reset, third.trace_id) == ("a", True, "f")


async def test_every_listener_hears_everything() -> None:
    feed = MemoryFeed()
    listening = [asyncio.create_task(heard(feed, 2)) for _ in range(3)]
    await asyncio.sleep(0)
    publish(feed, "a", "b")

    assert [[e.trace_id for e in events] for events in await asyncio.gather(*listening)] == [
        ["a", "b"]
    ] * 3
