"""The simulator as an ASGI application, and a server for it.

app = create_app(tokens=["42:TEST"])
async with serving(app, port=8081) as url: ...
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence

from chatwarden.simulator.botapi import BotApi
from chatwarden.simulator.control.api import ControlApi
from chatwarden.simulator.limiter import Limits
from chatwarden.simulator.request import Disconnected, Receive, Scope, Send, answer
from chatwarden.simulator.state.world import World

DEFAULT_TOKEN = "42:TEST"


class Simulator:
    """The ASGI application. `world` is its state, `api` its Bot API."""

    def __init__(self, world: World, *, limits: Limits | None = None) -> None:
        self.world = world
        self.api = BotApi(world, limits=limits)
        self._control = ControlApi(self.api)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        with contextlib.suppress(Disconnected):
            if path.startswith("/bot"):
                await self.api.handle(scope, receive, send)
            elif path.startswith("/control/"):
                await self._control.handle(scope, receive, send)
            elif path == "/healthz":
                await answer(send, 200, b'{"ok":true}')
            else:
                not_found = b'{"ok":false,"error_code":404,"description":"Not Found"}'
                await answer(send, 404, not_found)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.api.end_polls()
        await send({"type": "lifespan.shutdown.complete"})


def create_app(
    *,
    tokens: Sequence[str] = (DEFAULT_TOKEN,),
    world: World | None = None,
    limits: Limits | None = None,
) -> Simulator:
    """A simulator with a bot for each token. `limits=None` lets bots send as fast as they like."""
    world = world or World()
    for token in tokens:
        if token not in world.bots:
            world.add_bot(token)
    return Simulator(world, limits=limits)


@contextlib.asynccontextmanager
async def serving(app: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve the simulator in this process's event loop; gives its address, such as
    ``http://127.0.0.1:8081``.

    Port 0 takes a free one. Raises OSError if the port is taken. Signals stay with the caller.
    """
    import uvicorn

    # The protocol is named so that asyncio switches Nagle's algorithm off:
    # an answer would take 40 ms otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve([listener]), name="simulator")
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        app.api.end_polls()
        server.should_exit = True
        await task
        listener.close()


def serve(
    host: str = "127.0.0.1",
    port: int = 8081,
    *,
    tokens: Sequence[str] = (DEFAULT_TOKEN,),
    limits: Limits | None = None,
) -> None:
    """Serve a simulator until interrupted."""
    import uvicorn

    uvicorn.run(
        create_app(tokens=tokens, limits=limits),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
