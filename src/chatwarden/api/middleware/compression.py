"""Packs answers in JSON, where the browser takes them packed: a page of outcomes is then a tenth as large."""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LEAST = 1000
"""Bytes; what is smaller fits into one packet anyway."""
_LEVEL = 4
"""Of nine: twice as fast as the usual six, and hardly larger."""


class Compression:
    """Leaves alone what comes in pieces, as the live stream does, and what is no answer to GET: it may hold a secret."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _takes_gzip(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def packed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                if not message.get("more_body", False):
                    message = _packed(start, message)
                await send(start)
                start = None
            await send(message)

        await self._app(scope, receive, packed)


def _takes_gzip(scope: Scope) -> bool:
    accepted = Headers(scope=scope).get("accept-encoding", "")
    return "gzip" in {part.partition(";")[0].strip() for part in accepted.split(",")}


def _packed(start: Message, message: Message) -> Message:
    """The body, packed; the start's headers tell of it."""
    headers = MutableHeaders(scope=start)
    body: bytes = message.get("body", b"")
    if len(body) < _LEAST or headers.get("content-type") != "application/json":
        return message
    body = gzip.compress(body, _LEVEL, mtime=0)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    headers.add_vary_header("Accept-Encoding")
    return {**message, "body": body}
