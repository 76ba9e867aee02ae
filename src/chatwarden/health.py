"""How the parts of a deployment are, and the two pages on which a service without a site of its own tells it."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part. `detail` is a sentence for an operator; never a token or a text."""

    name: str
    state: Literal["ok", "starting", "failing"]
    detail: str


class HealthPages:
    """An ASGI application: /healthz is 200 where the process lives, /readyz where all its parts are well. Both list the parts."""

    def __init__(self, parts: Callable[[], Awaitable[list[PartHealth]]]) -> None:
        self._parts = parts

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        parts = await self._parts()
        is_well = scope["path"] == "/healthz" or all(part.state == "ok" for part in parts)
        known = scope["path"] in ("/healthz", "/readyz")
        headers = [(b"content-type", b"application/json")]
        status = 404 if not known else 200 if is_well else 503
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(parts)})
