"""Where Telegram delivers updates: a bare ASGI application, for each message passes it.

In: POST /telegram/<bot id> with the secret that `setWebhook` was told. Out: 200 once Redis has the update, bad ones too: Telegram would
hold a whole group back behind one that is refused. 503 only where it could not be stored: Telegram gives it again.
"""

import hmac

import structlog

from chatwarden.errors import ConfigurationError, StorageUnavailable
from chatwarden.health import HealthPages, Message, Receive, Send
from chatwarden.pipeline.intake import Intake

log = structlog.get_logger()

MOST_BYTES = 1024 * 1024
"""Of an update. What is longer is kept up to here and ends among the dead letters: it is no update of Telegram's."""
_SECRET = b"x-telegram-bot-api-secret-token"


class Webhook:
    """One bot's webhook, beside the pages of health."""

    def __init__(self, intake: Intake, *, bot_id: int, secret: str, pages: HealthPages) -> None:
        self._intake = intake
        self._path = f"/telegram/{bot_id}"
        self._secret = secret.encode()
        self._pages = pages

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == self._path:
            await _answer(send, await self._take(scope, receive, scope["method"]))
        else:
            await self._pages(scope, receive, send)

    async def _take(self, scope: Message, receive: Receive, method: str) -> int:
        if method != "POST":
            return 405
        given = next((value for name, value in scope["headers"] if name == _SECRET), b"")
        if not hmac.compare_digest(given, self._secret):
            return 401
        body = await _body(receive)
        if body is None:
            return 400
        try:
            await self._intake.put(body)
        except (StorageUnavailable, ConfigurationError) as error:
            log.error("an update cannot be stored; Telegram gives it again", detail=error.detail)
            return 503
        return 200


async def _body(receive: Receive) -> bytes | None:
    """The body, up to its limit; None where the sender went away in between."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        if size < MOST_BYTES:
            parts.append(part[: MOST_BYTES - size])
        size += len(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _NO_BODY})
    await send({"type": "http.response.body", "body": b""})


_NO_BODY = [(b"content-length", b"0")]
