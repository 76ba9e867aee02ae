"""The live stream: outcomes as lines of JSON, as they come and change.

In: events of the feed, which carry ids only. Out: whole outcomes, read in the caller's scope, so that another's group is
never seen. It ends when the access token does, when the server stops, or when the client goes.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

from pydantic import BaseModel

from chatwarden.api.access import Caller
from chatwarden.api.outcomes.schemas import (
    StreamHeartbeat,
    StreamOutcome,
    StreamReset,
    StreamStart,
)
from chatwarden.api.outcomes.service import Reader, get_outcome
from chatwarden.api.ports import Ports
from chatwarden.errors import NotFound
from chatwarden.feed import FeedEvent

MEDIA_TYPE = "application/x-ndjson"
HEARTBEAT_SECONDS = 15.0


async def stream_outcomes(
    ports: Ports, caller: Caller, reader: Reader, *, after: int | None
) -> AsyncGenerator[bytes]:
    """Lines, each a StreamEvent. `after` is the number of the last event the client has seen."""
    start = ports.feed.last if after is None else after
    yield _line(StreamStart(id=start))
    async with aclosing(_events_until_end(ports, caller, after=start)) as events:
        async for event in events:
            line = await _describe(event, ports, reader)
            if line is not None:
                yield line


async def _events_until_end(
    ports: Ports, caller: Caller, *, after: int
) -> AsyncGenerator[FeedEvent | None]:
    """The feed's events; None where nothing came for the time of a heartbeat."""
    stopping = asyncio.ensure_future(ports.stopping.wait())
    async with aclosing(ports.feed.subscribe(after=after)) as events:
        coming = asyncio.ensure_future(anext(events))
        try:
            while True:
                remaining = (caller.token_expires_at - datetime.now(UTC)).total_seconds()
                await asyncio.wait(
                    {coming, stopping},
                    timeout=max(0.0, min(HEARTBEAT_SECONDS, remaining)),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if stopping.done() or datetime.now(UTC) >= caller.token_expires_at:
                    return
                if coming.done():
                    yield coming.result()
                    coming = asyncio.ensure_future(anext(events))
                else:
                    yield None
        finally:
            # The feed's generator may be closed only once nobody waits in it.
            coming.cancel()
            stopping.cancel()
            await asyncio.gather(coming, stopping, return_exceptions=True)


async def _describe(event: FeedEvent | None, ports: Ports, reader: Reader) -> bytes | None:
    """The event's line; None for an outcome that is gone, or not the caller's to see."""
    if event is None:
        return _line(StreamHeartbeat())
    if event.trace_id is None:
        return _line(StreamReset(id=event.number))
    try:
        async with ports.database.transaction() as session:
            outcome = await get_outcome(session, event.trace_id, reader)
    except NotFound:
        return None
    return _line(StreamOutcome(id=event.number, outcome=outcome))


def _line(event: BaseModel) -> bytes:
    return event.model_dump_json().encode() + b"\n"
