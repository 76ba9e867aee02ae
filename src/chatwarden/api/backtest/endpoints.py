"""The address of a backtest: one request, whose answer tells progress and ends with the report (decision 17)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from chatwarden.api.access import AdminPart, PortsPart
from chatwarden.api.backtest.run import Run
from chatwarden.api.backtest.schemas import LARGEST_FILE, MOST_AT_ONCE, BacktestWanted
from chatwarden.api.finding import find_group
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.ports import Ports
from chatwarden.api.problems import responses
from chatwarden.errors import (
    BacktestRuns,
    ExportTooLarge,
    FieldError,
    NotFound,
    NotNow,
    PolicyInvalid,
    RequestInvalid,
)
from chatwarden.policies.checking import check, completed

router = APIRouter(tags=["playground"])
MEDIA_TYPE = "application/x-ndjson"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/BacktestWanted"}}
        },
    }
}


@router.post(
    "/groups/{bot_id}/{chat_id}/backtest",
    operation_id="backtest",
    response_class=StreamingResponse,
    openapi_extra=_BODY,
    responses={
        200: {
            "description": "Lines of JSON, each a BacktestEvent: progress, and at the end the report. Closing the connection cancels it.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/BacktestEvent"}}},
        },
        **responses(NotFound, BacktestRuns, ExportTooLarge, PolicyInvalid, RequestInvalid, NotNow),
    },
)
async def backtest(
    bot_id: BotId, chat_id: ChatId, caller: AdminPart, ports: PortsPart, request: Request
) -> StreamingResponse:
    """Judge a file of messages by the policy that counts and by another one. Nothing of it is stored; one runs a person at a time."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        policy = completed(group.policy)
    running: set[str] = request.app.state.backtests
    if caller.subject in running:
        raise BacktestRuns
    if len(running) >= MOST_AT_ONCE:
        raise NotNow
    running.add(caller.subject)
    try:
        wanted = _read(await _body(request))
        run = partial(
            Run,
            wanted.content.encode(),
            before=policy,
            after=check(wanted.policy),
            standing=wanted.standing,
            ports=ports,
        )
        lines = _lines(run, ports, lambda: running.discard(caller.subject))
        first = await anext(lines)
    except BaseException:
        running.discard(caller.subject)
        raise
    return StreamingResponse(
        _begun(first, lines),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _begun(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield first
        async for line in rest:
            yield line


async def _lines(
    make_run: Callable[[], Run], ports: Ports, ended: Callable[[], None]
) -> AsyncGenerator[bytes]:
    """`ended` is called at the end, however it comes."""
    try:
        run = await asyncio.to_thread(make_run)
        async for event in run.events():
            yield event.model_dump_json().encode() + b"\n"
            if ports.stopping.is_set():
                return
    finally:
        ended()


async def _body(request: Request) -> bytes:
    """Raises ExportTooLarge. Whoever sends it is known by now."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > 2 * LARGEST_FILE:  # As JSON a text is longer than it is.
            raise ExportTooLarge
    return bytes(body)


def _read(body: bytes) -> BacktestWanted:
    """Raises RequestInvalid, ExportTooLarge."""
    try:
        wanted = BacktestWanted.model_validate_json(body)
    except ValidationError as error:
        wrong = [
            FieldError(".".join(["body", *map(str, one["loc"])]), one["msg"])
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise RequestInvalid(errors=wrong) from None
    if len(wanted.content) > LARGEST_FILE:
        raise ExportTooLarge
    return wanted
