"""Raw polling against a server that answers as badly as a server can."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from chatwarden.errors import RetryLater, TelegramBusy, TelegramUnreachable, TokenRejected
from chatwarden.telegram.poll import PollConflict, UpdatePoll

TOKEN = "42:SECRET-SECRET-SECRET-SECRET"


@asynccontextmanager
async def polling(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[UpdatePoll]:
    application = web.Application()
    application.router.add_post("/bot{token}/{method}", answer)
    async with (
        TestServer(application) as server,
        UpdatePoll(api=str(server.make_url("/")).rstrip("/"), token=TOKEN) as poll,
    ):
        yield poll


def answering(
    body: str, status: int = 200
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=body, status=status)

    return answer


async def test_updates_are_given_as_telegrams_own_bytes() -> None:
    first = '{"update_id":1, "message" : {"text":"\\ud800"}}'
    async with polling(answering('{"ok":true,"result":[' + first + ',{"update_id":2}]}')) as poll:
        assert await poll.updates(offset=0, wait=0) == [first.encode(), b'{"update_id":2}']


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("<html>Bad Gateway</html>", 502, TelegramUnreachable),
        ("", 200, TelegramUnreachable),
        ('{"ok":true,"result":{"not":"a list"}}', 200, TelegramUnreachable),
        ('{"ok":true,"result":[', 200, TelegramUnreachable),
        ('{"ok":false,"error_code":401,"description":"Unauthorized"}', 401, TokenRejected),
        ('{"ok":false,"error_code":404,"description":"Not Found"}', 404, TokenRejected),
        ('{"ok":false,"error_code":409,"description":"Conflict"}', 409, PollConflict),
        ('{"ok":false,"error_code":500,"description":"Internal"}', 500, TelegramUnreachable),
    ],
)
async def test_a_bad_answer_becomes_an_error_that_says_what_to_do(
    body: str, status: int, error: type[Exception]
) -> None:
    async with polling(answering(body, status)) as poll:
        with pytest.raises(error) as raised:
            await poll.updates(offset=0, wait=0)

    assert TOKEN not in str(raised.value)


async def test_the_time_telegram_asks_to_wait_is_passed_on() -> None:
    body = '{"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":17}}'
    async with polling(answering(body, 429)) as poll:
        with pytest.raises(TelegramBusy) as raised:
            await poll.updates(offset=0, wait=0)

    assert raised.value.seconds == 17


async def test_a_connection_that_breaks_is_tried_again_and_tells_no_token() -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with polling(broken) as poll:
        with pytest.raises(RetryLater) as raised:
            await poll.updates(offset=0, wait=0)

    assert TOKEN not in str(raised.value)
    assert raised.value.__cause__ is None
