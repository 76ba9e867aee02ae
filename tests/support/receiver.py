"""A receiver of webhooks that behaves as it is told: a real server on a real port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = msgspec.json.decode(self.body)
        return told

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def status(code: int, *headers: str) -> Answer:
    lines = "".join(f"{one}\r\n" for one in headers)

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {code} X\r\n{lines}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()

    return answer


async def close(writer: asyncio.StreamWriter) -> None:
    """Say nothing, and hang up."""


async def hang(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def flood(writer: asyncio.StreamWriter) -> None:
    """A body without an end, after a good status."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@dataclass
class Receiver:
    address: str = ""
    answer: Answer = field(default_factory=lambda: status(204))
    received: list[Received] = field(default_factory=list)
    _serving: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._serving.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
            headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in head)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.received.append(Received(headers, body))
            await self.answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._serving.discard(task)

    def end(self) -> None:
        for task in self._serving:
            if task is not None:
                task.cancel()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?token=s3cret"
    try:
        yield receiver
    finally:
        server.close()
        receiver.end()
