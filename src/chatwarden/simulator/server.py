"""A server for the simulator: inside another program's event loop, or on its own.

app = create_app(tokens=["42:TEST"])
async with serving(app, port=8081) as url: ...
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Sequence

from chatwarden.simulator.app import DEFAULT_TOKEN, Simulator, create_app
from chatwarden.simulator.demo.player import play
from chatwarden.simulator.limiter import Limits

KEPT_OPEN = 75
"""Seconds an idle connection stays open: longer than clients keep one (aiohttp 15), lest it is closed as they use it again."""


@contextlib.asynccontextmanager
async def serving(app: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve the simulator in this event loop; gives its address, such as ``http://127.0.0.1:8081``.

    Port 0 takes a free one. Raises OSError if the port is taken. Signals stay with the caller.
    """
    import uvicorn

    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,  # logging belongs to the program around
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=KEPT_OPEN,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve([listener]), name="simulator")
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        await app.api.close()
        server.should_exit = True
        await task
        listener.close()


def serve(
    host: str = "127.0.0.1",
    port: int = 8081,
    *,
    tokens: Sequence[str] = (DEFAULT_TOKEN,),
    limits: Limits | None = None,
    demo: bool = False,
) -> None:
    """Serve a simulator until SIGINT or SIGTERM, with the demo group in it if asked for."""
    app = create_app(tokens=tokens, limits=limits)
    with asyncio.Runner(loop_factory=_fast_loop) as runner:
        runner.run(_serve(app, host, port, demo=demo))


async def _serve(app: Simulator, host: str, port: int, *, demo: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(app, host=host, port=port) as url:
        print(f"Simulated Bot API at {url}", flush=True)
        tasks: set[asyncio.Task[object]] = {asyncio.create_task(stop.wait())}
        if demo:
            tasks.add(asyncio.create_task(play(app), name="demo"))
        done, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()
        for task in done:
            task.result()


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address.

    The protocol is named so that asyncio switches Nagle's algorithm off: an answer would take
    40 ms otherwise.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _fast_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # not to be had on Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
