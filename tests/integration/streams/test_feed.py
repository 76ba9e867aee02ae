"""One feed in every process."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
from tests.support.scene import eventually

from chatwarden.streams.connection import connected
from chatwarden.streams.feed import RedisFeed


@pytest.fixture
async def feeds(redis_url: str) -> AsyncIterator[tuple[RedisFeed, RedisFeed]]:
    """As two processes see it: of a bot of which Redis, which other tests use too, knows nothing yet."""
    bot_id = secrets.randbits(40)
    async with connected(redis_url) as one, connected(redis_url) as other:
        feeds = RedisFeed(one, bot_id=bot_id), RedisFeed(other, bot_id=bot_id)
        await feeds[0].announce([(7, -1, "first")])
        running = [asyncio.create_task(feed.run()) for feed in feeds]
        await eventually(lambda: feeds[0].last == feeds[1].last > 0, what="both listen")
        yield feeds
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def heard(feed: RedisFeed, count: int, *, after: int | None) -> list[str | None]:
    async with asyncio.timeout(10):
        listening = feed.subscribe(after=after)
        try:
            return [(await anext(listening)).trace_id for _ in range(count)]
        finally:
            await listening.aclose()


async def test_what_one_announces_the_other_hears_in_the_same_order_and_numbering(
    feeds: tuple[RedisFeed, RedisFeed],
) -> None:
    start = feeds[0].last
    await feeds[1].announce([(7, -1, "7-1-1"), (7, -2, "7-2-1")])
    feeds[0].publish(bot_id=7, chat_id=-1, trace_id="7-3-1")

    for feed in feeds:
        assert sorted(map(str, await heard(feed, 3, after=start))) == ["7-1-1", "7-2-1", "7-3-1"]
    assert feeds[0].last == feeds[1].last


async def test_who_resumes_at_another_process_misses_nothing(
    feeds: tuple[RedisFeed, RedisFeed],
) -> None:
    start = feeds[0].last
    await feeds[0].announce([(7, -1, "a")])
    await eventually(lambda: feeds[0].last == feeds[1].last > start, what="both have heard it")
    seen = feeds[0].last
    await feeds[0].announce([(7, -1, "b")])

    assert await heard(feeds[1], 1, after=seen) == ["b"]


async def test_who_comes_with_a_number_of_long_ago_gets_a_reset(
    feeds: tuple[RedisFeed, RedisFeed],
) -> None:
    assert await heard(feeds[0], 1, after=5) == [None]
