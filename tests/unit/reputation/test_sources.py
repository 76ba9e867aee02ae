"""Every source passes the same failures: nothing escapes, nobody is judged by it, and it is left alone until it may be tried again."""

import json
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any

import pytest
from tests.support.stand_in import FAILURES, Failure, Reply, Request, standing_in
from tests.unit.reputation.conftest import Clock

from chatwarden.reputation.bounds import Breaker, Budget, Memory
from chatwarden.reputation.http import Http
from chatwarden.reputation.lists import ask_cas, ask_lols
from chatwarden.reputation.opinion import Model
from chatwarden.reputation.source import Bounds, Source

CHAT = -1001


def completion(content: str) -> Reply:
    return Reply.json({"choices": [{"message": {"role": "assistant", "content": content}}]})


def cas(http: Http, url: str) -> Callable[[Any], Awaitable[object]]:
    return partial(ask_cas, http, url)


def lols(http: Http, url: str) -> Callable[[Any], Awaitable[object]]:
    return partial(ask_lols, http, url)


def opinion(http: Http, url: str) -> Callable[[Any], Awaitable[object]]:
    model = Model(http, url, model="m", key="secret", secret=b"k")
    return lambda number: model.ask(f"text {number}")


KINDS: dict[str, tuple[Any, Reply, object]] = {
    "cas": (cas, Reply.json({"ok": True, "result": {"offenses": 3}}), True),
    "lols": (lols, Reply.json({"ok": True, "banned": True, "offenses": 2}), True),
    "opinion": (opinion, completion('{"spam": 900}'), 900),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple[Any, Reply, object]:
    return KINDS[request.param]


def source(
    ask: Callable[[Any], Awaitable[object]], clock: Clock, **bounds: Any
) -> Source[Any, Any]:
    return Source("stand-in", ask, bounds=Bounds(**{"seconds": 0.5} | bounds), clock=clock)


@pytest.mark.parametrize("failure", FAILURES)
async def test_whatever_a_server_does_nothing_escapes_and_nothing_is_known(
    kind: tuple[Any, Reply, object], failure: Failure, http: Http, clock: Clock
) -> None:
    make, good, expected = kind
    async with standing_in(lambda _: good) as server:
        server.failure = failure
        asked = source(make(http, server.url), clock)
        assert await asked.about(5, chat_id=CHAT) is None
        assert asked.counts == {"failed": 1}

        server.failure = None
        clock.now += 301
        assert await asked.about(5, chat_id=CHAT) == expected


async def test_a_server_that_is_not_there_is_no_evidence(http: Http, clock: Clock) -> None:
    async with standing_in(lambda _: Reply(b"")) as server:
        address = server.url
    asked = source(cas(http, address), clock)

    assert await asked.about(5, chat_id=CHAT) is None
    assert asked.counts == {"failed": 1}


async def test_a_source_that_fails_again_and_again_is_left_alone_and_tried_after_a_pause(
    kind: tuple[Any, Reply, object], http: Http, clock: Clock
) -> None:
    make, good, expected = kind
    async with standing_in(lambda _: good) as server:
        server.failure = "server error"
        asked = source(make(http, server.url), clock)
        for user in range(10):
            await asked.about(user, chat_id=CHAT)
        assert len(server.requests) == Breaker.FAILURES
        assert asked.counts == {"failed": Breaker.FAILURES, "spared": 10 - Breaker.FAILURES}

        clock.now += Breaker.PAUSE_SECONDS + 1
        for user in range(3):
            await asked.about(user, chat_id=CHAT)
        assert len(server.requests) == Breaker.FAILURES + 1

        server.failure = None
        clock.now += Breaker.PAUSE_SECONDS + 1
        assert await asked.about(1, chat_id=CHAT) == expected
        assert await asked.about(2, chat_id=CHAT) == expected


async def test_a_source_is_left_alone_as_long_as_it_asks_for(http: Http, clock: Clock) -> None:
    async with standing_in(lambda _: KINDS["cas"][1]) as server:
        server.failure = "too many requests"
        asked = source(cas(http, server.url), clock)
        await asked.about(1, chat_id=CHAT)
        server.failure = None
        clock.now += 299
        assert await asked.about(2, chat_id=CHAT) is None
        clock.now += 2
        assert await asked.about(2, chat_id=CHAT) is True


async def test_an_answer_is_remembered_a_negative_one_too(http: Http, clock: Clock) -> None:
    unknown = Reply.json({"ok": False, "description": "Record not found."})
    async with standing_in(lambda _: unknown) as server:
        asked = source(cas(http, server.url), clock, fresh_seconds=100)
        for _ in range(3):
            assert await asked.about(5, chat_id=CHAT) is False
        assert len(server.requests) == 1

        clock.now += 101
        await asked.about(5, chat_id=CHAT)
        assert len(server.requests) == 2


async def test_a_server_that_is_confused_is_no_acquittal(http: Http, clock: Clock) -> None:
    confused = Reply.json({"ok": False, "description": "internal"})
    async with standing_in(lambda _: confused) as server:
        for ask in (cas, lols):
            asked = source(ask(http, server.url), clock)
            await asked.about(5, chat_id=CHAT)
            assert asked.counts == {"failed": 1}


async def test_many_who_ask_the_same_at_once_are_answered_by_one_call(
    http: Http, clock: Clock
) -> None:
    import asyncio

    async with standing_in(lambda _: KINDS["cas"][1]) as server:
        asked = source(cas(http, server.url), clock)
        answers = await asyncio.gather(*(asked.about(5, chat_id=CHAT) for _ in range(10)))

    assert answers == [True] * 10
    assert len(server.requests) == 1


async def test_a_group_cannot_use_up_what_all_have(http: Http, clock: Clock) -> None:
    async with standing_in(lambda _: KINDS["cas"][1]) as server:
        asked = source(cas(http, server.url), clock, calls=5, calls_a_group=2)
        mine = [await asked.about(user, chat_id=-1) for user in range(4)]
        others = [await asked.about(user, chat_id=-user) for user in range(10, 16)]
        assert mine == [True, True, None, None]
        assert others == [True, True, True, None, None, None]

        clock.now += 61
        assert await asked.about(99, chat_id=-1) is True


async def test_texts_are_remembered_by_what_tells_nothing_of_them(http: Http, clock: Clock) -> None:
    async with standing_in(lambda _: completion('{"spam": 700}')) as server:
        model = Model(http, server.url, model="m", key=None, secret=b"k" * 32)
        remembered: list[Hashable] = []

        def digest(text: str) -> bytes:
            remembered.append(model.digest(text))
            return model.digest(text)

        asked = Source("opinion", model.ask, bounds=Bounds(), remembered_by=digest, clock=clock)
        assert await asked.about("Earn  MONEY now", chat_id=CHAT) == 700
        assert await asked.about("earn money\nnow", chat_id=CHAT) == 700
        assert len(server.requests) == 1
        assert remembered[0] == remembered[1]
        other = Model(http, server.url, model="m", key=None, secret=b"x" * 32)
        assert other.digest("earn money now") != remembered[0]


async def test_the_key_and_the_schema_go_with_a_question(http: Http) -> None:
    def check(request: Request) -> Reply:
        body = json.loads(request.body)
        assert request.path == "/v1/chat/completions"
        assert request.headers["authorization"] == "Bearer secret"
        assert (body["model"], body["temperature"]) == ("m", 0)
        assert body["response_format"]["json_schema"]["strict"] is True
        return completion('{"spam": 1}')

    async with standing_in(check) as server:
        model = Model(http, f"{server.url}/v1", model="m", key="secret", secret=b"k")
        assert await model.ask("hello") == 1


def test_a_memory_is_bounded_and_forgets_the_oldest(clock: Clock) -> None:
    memory: Memory[int, int] = Memory(kept=3, seconds=10, clock=clock)
    for number in range(5):
        memory.keep(number, number)

    assert len(memory) == 3
    assert [memory.find(number) for number in range(5)] == [None, None, (2,), (3,), (4,)]


def test_a_budget_of_nothing_lets_nothing_pass(clock: Clock) -> None:
    assert not Budget(calls=0, calls_a_group=0, seconds=60, clock=clock).take(CHAT)
