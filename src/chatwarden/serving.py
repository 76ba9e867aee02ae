"""An HTTP server that is a part of a process: a socket taken at the start, an end in order."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from chatwarden.errors import ConfigurationError, PortTaken
from chatwarden.settings import Settings
from chatwarden.storage.sealing import derive_key

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104, compared with, not listened on


class Server(uvicorn.Server):
    """Ends in order: live streams before it waits for its connections."""

    def __init__(self, app: Any, *, stopping: asyncio.Event | None = None) -> None:
        """`app`: an ASGI application. `stopping`: set when the end begins."""
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._stopping = stopping or asyncio.Event()
        self.on_started: Callable[[], None] = lambda: None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_started()

    def end(self) -> None:
        """Serve no further; live streams end first."""
        self._stopping.set()
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in order on a signal; uvicorn would raise it again and cut the rest of the process short."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.end)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket taken before anything else is begun. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio switches Nagle's algorithm off.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(f"{host}:{port}") from None
            raise ConfigurationError(f"Cannot listen on {host}:{port}: {error.strerror}") from None
        yield listener


def public_address(settings: Settings, listener: socket.socket | None = None) -> str:
    """Where people reach the dashboard."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    port = settings.port if listener is None else listener.getsockname()[1]
    host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def webhook_address(settings: Settings, bot_id: int) -> str:
    """Where Telegram delivers a bot's updates to. Raises ConfigurationError."""
    if settings.public_url is None:
        raise ConfigurationError(
            "CHATWARDEN_PUBLIC_URL is missing: Telegram has to know where to deliver updates. "
            "Set it, or CHATWARDEN_INGEST=poll."
        )
    return f"{settings.public_url.rstrip('/')}/telegram/{bot_id}"


def webhook_secret(key: bytes, bot_id: int) -> str:
    """What Telegram is told to show when it delivers a bot's updates. `key`: the deployment's data key."""
    return derive_key(key, purpose=f"webhook of {bot_id}").hex()
