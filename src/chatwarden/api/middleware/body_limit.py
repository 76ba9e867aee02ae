"""Refuses bodies of more than 1 MiB, whatever the header says of their size.

What takes more reads its body itself, with a limit of its own, and only once it knows who sends it.
"""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatwarden.api.problems import problem_response
from chatwarden.errors import BodyTooLarge

LIMIT = 1 << 20
"""Bytes."""
_READ_THEIR_OWN = re.compile(r"/api/v1/groups/[^/]+/[^/]+/backtest")


class BodyLimit:
    """Takes a body in, up to the limit, before the application sees the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or not _has_body(scope)
            or _READ_THEIR_OWN.fullmatch(scope["path"])
        ):
            await self._app(scope, receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > LIMIT:
                answer = problem_response(BodyTooLarge(), headers={"Connection": "close"})
                await answer(scope, receive, send)
                return
        await self._app(scope, _replay(body, receive), send)


def _has_body(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return b"content-length" in names or b"transfer-encoding" in names


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once, then whatever comes: a disconnect."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
