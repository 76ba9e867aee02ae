"""The simulator as an ASGI application."""

import contextlib
from collections.abc import Sequence

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
            elif path.startswith("/file/bot"):
                await self.api.download(scope, receive, send)
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
        await self.api.close()
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
