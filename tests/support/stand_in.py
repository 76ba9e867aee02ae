"""A local HTTP server that stands in for somebody else's, and fails in every way a server can."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

Failure = Literal[
    "server error",
    "not found",
    "too many requests",
    "redirect",
    "broken JSON",
    "wrong types",
    "empty",
    "not text",
    "huge",
    "compressed huge",
    "cut short",
    "closed",
    "hanging",
    "drop by drop",
    "no HTTP",
]
FAILURES: tuple[Failure, ...] = Failure.__args__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    body: bytes
    status: int = 200
    headers: tuple[str, ...] = ()

    @classmethod
    def json(cls, value: object) -> "Reply":
        return cls(json.dumps(value).encode())


@dataclass
class StandIn:
    """Answers every request by `reply`, or fails where `failure` says so."""

    reply: Callable[[Request], Reply]
    failure: Failure | None = None
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader)
            self.requests.append(request)
            if self.failure is None:
                _write(writer, self.reply(request))
            else:
                await _fail(self.failure, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def standing_in(reply: Callable[[Request], Reply]) -> AsyncIterator[StandIn]:
    stand_in = StandIn(reply)
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await stand_in._serve(reader, writer)
        except asyncio.CancelledError:
            writer.close()
        finally:
            connections.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    stand_in.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stand_in
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {
        name.lower(): value
        for name, value in (line.split(": ", 1) for line in head[1:] if ": " in line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    lines = [f"HTTP/1.1 {reply.status} Said", *reply.headers]
    lines += [f"Content-Length: {len(reply.body)}", "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode() + reply.body)


_REPLIES: dict[Failure, Reply] = {
    "server error": Reply(b"oh no", 500),
    "not found": Reply(b"", 404),
    "too many requests": Reply(b"", 429, ("Retry-After: 300",)),
    "redirect": Reply(b"", 302, ("Location: /elsewhere",)),
    "broken JSON": Reply(b'{"ok": tru'),
    "wrong types": Reply.json({"ok": "yes", "banned": 3, "choices": "none", "result": []}),
    "empty": Reply(b""),
    "not text": Reply(bytes(range(256))),
}


async def _fail(failure: Failure, writer: asyncio.StreamWriter) -> None:
    if failure in _REPLIES:
        _write(writer, _REPLIES[failure])
    elif failure == "huge":
        await _endless(writer, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"1" * 65_536)
    elif failure == "compressed huge":
        import zlib

        packed = zlib.compress(b" " * 200_000_000, 9)
        _write(writer, Reply(packed, headers=("Content-Encoding: deflate",)))
    elif failure == "cut short":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    elif failure == "hanging":
        await asyncio.sleep(3600)
    elif failure == "drop by drop":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(3600):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)
    elif failure == "no HTTP":
        writer.write(b"SSH-2.0-hello\r\n")


async def _endless(writer: asyncio.StreamWriter, head: bytes, part: bytes) -> None:
    writer.write(head)
    for _ in range(3000):
        writer.write(part)
        await writer.drain()
