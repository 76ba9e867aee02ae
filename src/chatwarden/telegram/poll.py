"""Raw long polling. No object is made of an update: the engine wants Telegram's own bytes.

In: the offset. Out: raw updates, unparsed. Fails with TokenRejected, TelegramBusy or TelegramUnreachable.
"""

from types import TracebackType
from typing import Any, TypeVar

import aiohttp
import msgspec

from chatwarden._engine import split_updates
from chatwarden.errors import RetryLater, TelegramBusy, TelegramUnreachable, TokenRejected

ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "my_chat_member",
    "chat_member",
    "callback_query",
    "chat_join_request",
    "message_reaction",
)
"""Asked for by name: Telegram's default set leaves `chat_member` and `message_reaction` out."""

LONG_POLL_SECONDS = 25
BATCH = 100
"""The most that getUpdates gives in one call."""

_T = TypeVar("_T")
_MAX_ANSWER_BYTES = 64 * 1024 * 1024


class _Parameters(msgspec.Struct):
    retry_after: float | None = None


class _Answer(msgspec.Struct):
    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    error_code: int = 0
    description: str = ""
    parameters: _Parameters | None = None


class BotIdentity(msgspec.Struct):
    """Of getMe."""

    id: int
    username: str
    can_read_all_group_messages: bool = False
    """False where privacy mode is on."""


class WebhookState(msgspec.Struct):
    """Of getWebhookInfo."""

    url: str = ""
    """Empty where there is none."""
    pending_update_count: int = 0
    last_error_date: int | None = None
    last_error_message: str = ""
    allowed_updates: list[str] = []


class PollConflict(RetryLater):
    """Another program polls with the same token."""

    code = "poll_conflict"
    text = "Another program asks Telegram for the updates of this bot."
    hint = "Stop the other program, or give this one a token of its own."


class UpdatePoll:
    """Asks for raw updates. Use as an async context manager."""

    def __init__(self, *, api: str, token: str) -> None:
        self._base = f"{api}/bot{token}/"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "UpdatePoll":
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def identity(self) -> BotIdentity:
        """Who the token is for. Raises TokenRejected."""
        return msgspec.json.decode(await self._call("getMe", {}, seconds=15), type=BotIdentity)

    async def webhook(self) -> WebhookState:
        """Where Telegram delivers to, and how that goes. Raises TokenRejected."""
        return msgspec.json.decode(
            await self._call("getWebhookInfo", {}, seconds=15), type=WebhookState
        )

    async def take_over(self) -> None:
        """Remove a webhook, which would keep polls from working; updates that wait are kept."""
        await self._call("deleteWebhook", {"drop_pending_updates": False}, seconds=15)

    async def deliver_to(self, url: str, *, secret: str) -> None:
        """Have Telegram deliver updates there, with the secret in a header; those that wait are kept."""
        await self._call(
            "setWebhook",
            {
                "url": url,
                "secret_token": secret,
                "max_connections": 100,
                "allowed_updates": list(ALLOWED_UPDATES),
            },
            seconds=15,
        )

    async def updates(self, *, offset: int, wait: int = LONG_POLL_SECONDS) -> list[bytes]:
        """Raw updates from the offset on; all before it are confirmed. Waits `wait` seconds for the first."""
        body = await self._post(
            "getUpdates",
            {
                "offset": offset,
                "limit": BATCH,
                "timeout": wait,
                "allowed_updates": list(ALLOWED_UPDATES),
            },
            seconds=wait + 15,
        )
        try:
            # Orphan surrogates in people's texts are no valid JSON to Python's decoders; the engine minds them not.
            return split_updates(body)
        except ValueError:
            _checked(_decode(body, _Answer))
            raise TelegramUnreachable("The answer holds no updates.", seconds=3) from None

    async def _call(self, method: str, parameters: dict[str, Any], *, seconds: float) -> bytes:
        return bytes(
            _checked(_decode(await self._post(method, parameters, seconds=seconds), _Answer))
        )

    async def _post(self, method: str, parameters: dict[str, Any], *, seconds: float) -> bytes:
        assert self._session is not None, "use as an async context manager"
        try:
            async with self._session.post(
                self._base + method,
                json=parameters,
                timeout=aiohttp.ClientTimeout(total=seconds, connect=10),
            ) as response:
                body = await response.content.read(_MAX_ANSWER_BYTES + 1)
                while len(body) <= _MAX_ANSWER_BYTES and not response.content.at_eof():
                    body += await response.content.read(_MAX_ANSWER_BYTES + 1 - len(body))
        except (aiohttp.ClientError, TimeoutError) as error:
            # The error's text may hold the address, and that the token.
            raise TelegramUnreachable(type(error).__name__, seconds=2) from None
        return body


def _checked(answer: _Answer) -> msgspec.Raw:
    if answer.ok:
        return answer.result
    if answer.error_code in (401, 404):
        raise TokenRejected
    if answer.error_code == 409:
        raise PollConflict(seconds=5)
    if answer.error_code == 429:
        wait = (answer.parameters.retry_after if answer.parameters else None) or 5
        raise TelegramBusy(seconds=wait)
    raise TelegramUnreachable(f"{answer.error_code} {answer.description}", seconds=3)


def _decode(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TelegramUnreachable("The answer is not the Bot API's JSON.", seconds=3) from error
