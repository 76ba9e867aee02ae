"""Links between services that tests may harm: a relay on a TCP connection's way, which forwards, cuts, falls silent or is slow."""

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

Harm = Literal["cut", "silent", "slow"]
_CHUNK = 65_536
_SLOW_SECONDS = 0.3
"""For each chunk, each way."""
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Pair:
    """A connection's two ends."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    is_deaf: bool = False
    """Something was swallowed: nothing comes through any more, as behind a firewall that forgot the connection."""

    def reset(self) -> None:
        for writer in self.writers:
            with suppress(OSError):  # It was closed before.
                end = writer.get_extra_info("socket")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
            writer.transport.abort()


@dataclass(eq=False)
class Link:
    """One service's way to one server at this machine's `target` port.

    *cut*: connections are reset, and so are new ones. *silent*: connections are taken, and nothing comes through; those that lost something stay
    silent for ever, and neither end is told that the other one left. *slow*: each chunk takes 0.3 s, each way.
    """

    target: int
    port: int = 0
    harm: Harm | None = None
    carried: int = 0
    """Bytes, both ways."""
    _pairs: set[_Pair] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pair in self._pairs:
            pair.reset()

    def do(self, harm: Harm) -> None:
        self.harm = harm
        if harm == "cut":
            while self._pairs:
                self._pairs.pop().reset()

    def heal(self) -> None:
        self.harm = None

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair((writer, there[1]))
        if self.harm == "cut":
            pair.reset()
            return
        self._pairs.add(pair)
        for source, target in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._forward(pair, source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(
        self, pair: _Pair, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        try:
            while chunk := await source.read(_CHUNK):
                if self.harm == "slow":
                    await asyncio.sleep(_SLOW_SECONDS)
                if self._swallows(pair):
                    continue
                self.carried += len(chunk)
                target.write(chunk)
                await target.drain()
        except OSError:
            pass
        if not self._swallows(pair):
            # Whoever reads the rest is not cut off from it.
            target.close()
            self._pairs.discard(pair)

    def _swallows(self, pair: _Pair) -> bool:
        pair.is_deaf = pair.is_deaf or self.harm == "silent"
        return pair.is_deaf
