import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from tests.support.api import SIGNING_KEY, ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, group_row, outcome_row

from chatwarden.api.outcomes import stream as stream_module
from chatwarden.api.tokens import Tokens

ADDRESS = "/api/v1/outcomes/stream"


@pytest.fixture
async def server(api: ApiUnderTest) -> AsyncIterator[uvicorn.Server]:
    """A real server over the API, on a port of its own."""
    config = uvicorn.Config(api.app, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield server
    api.ports.stopping.set()
    server.should_exit = True
    await serving


def _address(server: uvicorn.Server) -> str:
    port = server.servers[0].sockets[0].getsockname()[1]
    return f"http://127.0.0.1:{port}"


def _token(*, subject: str = "operator", issued_ago: timedelta = timedelta(0)) -> str:
    now = datetime.now(UTC) - issued_ago
    return Tokens(SIGNING_KEY).issue(subject=subject, session_id="s", now=now)[0]


@asynccontextmanager
async def _stream(
    server: uvicorn.Server, *, after: int | None = None, token: str | None = None
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The lines of a stream, read as they come; each within some seconds."""
    headers = {"Authorization": f"Bearer {token or _token()}"}
    query = {} if after is None else {"after": after}
    async with (
        httpx.AsyncClient(base_url=_address(server), headers=headers, timeout=10) as client,
        client.stream("GET", ADDRESS, params=query) as answer,
    ):
        assert answer.status_code == 200

        async def lines() -> AsyncIterator[dict[str, Any]]:
            async for line in answer.aiter_lines():
                yield json.loads(line)

        yield lines()


def _publish(api: ApiUnderTest, update_id: int) -> None:
    api.feed.publish(bot_id=BOT_ID, chat_id=CHAT_ID, trace_id=f"{BOT_ID}-{update_id}-1")


async def test_an_outcome_comes_whole_as_soon_as_it_is_announced(
    api: ApiUnderTest, server: uvicorn.Server
) -> None:
    await api.add(group_row(), outcome_row(1))
    async with _stream(server) as lines:
        start = await anext(lines)
        _publish(api, 1)
        event = await anext(lines)
    assert start == {"type": "start", "id": 1000}
    assert (event["type"], event["id"]) == ("outcome", 1001)
    assert event["outcome"]["trace_id"] == f"{BOT_ID}-1-1"
    assert event["outcome"]["group"]["title"] == "Balcony gardeners"


async def test_a_client_that_comes_back_gets_what_it_missed(
    api: ApiUnderTest, server: uvicorn.Server
) -> None:
    await api.add(group_row(), *(outcome_row(number) for number in (1, 2, 3)))
    for number in (1, 2, 3):
        _publish(api, number)
    async with _stream(server, after=1001) as lines:
        events = [await anext(lines) for _ in range(3)]
    assert [event["id"] for event in events] == [1001, 1002, 1003]
    assert [event["type"] for event in events] == ["start", "outcome", "outcome"]


async def test_a_client_that_was_away_too_long_is_told_to_fetch_afresh(
    api: ApiUnderTest, server: uvicorn.Server
) -> None:
    async with _stream(server, after=17) as lines:
        await anext(lines)
        assert await anext(lines) == {"type": "reset", "id": 1000}


async def test_a_foreign_subject_gets_no_outcome(
    api: ApiUnderTest, server: uvicorn.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "HEARTBEAT_SECONDS", 0.2)
    await api.add(group_row(), outcome_row(1))
    async with _stream(server, token=_token(subject="user:5")) as lines:
        await anext(lines)
        _publish(api, 1)
        assert (await anext(lines))["type"] == "heartbeat"


async def test_an_outcome_that_is_gone_is_passed_over(
    api: ApiUnderTest, server: uvicorn.Server
) -> None:
    await api.add(group_row(), outcome_row(2))
    async with _stream(server) as lines:
        await anext(lines)
        _publish(api, 1)
        _publish(api, 2)
        assert (await anext(lines))["id"] == 1002


async def test_the_stream_ends_when_the_token_does(
    api: ApiUnderTest, server: uvicorn.Server
) -> None:
    nearly_over = _token(issued_ago=timedelta(minutes=9, seconds=58))
    async with _stream(server, token=nearly_over) as lines:
        kinds = [line["type"] async for line in lines]
    assert kinds == ["start"]


async def test_a_stopping_server_ends_its_streams(
    api: ApiUnderTest, server: uvicorn.Server
) -> None:
    async with _stream(server) as lines:
        await anext(lines)
        api.ports.stopping.set()
        assert [line async for line in lines] == []


async def test_a_client_that_goes_leaves_no_listener_behind(
    api: ApiUnderTest, server: uvicorn.Server
) -> None:
    before = len(asyncio.all_tasks())
    async with _stream(server) as lines:
        await anext(lines)
        assert len(asyncio.all_tasks()) > before
    while len(asyncio.all_tasks()) > before:  # the test's own limit ends a wait in vain
        await asyncio.sleep(0.01)
