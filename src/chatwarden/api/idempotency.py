"""Asking again changes nothing: a write with the header `Idempotency-Key` is carried out once, and answered alike for a day.

In: the key that the caller chose, and the request. Out: the answer of the first request with it. A write that failed or was refused frees its key. A process that dies
in mid-write keeps the key for a minute; then the write is carried out again.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatwarden.api.ports import Ports
from chatwarden.errors import (
    ApiError,
    FieldError,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    RequestInvalid,
    SealBroken,
    StorageUnavailable,
)
from chatwarden.storage.repositories import idempotency as repository

HEADER = "Idempotency-Key"
ERRORS: tuple[type[ApiError], ...] = (RequestInvalid, IdempotencyKeyReused, IdempotencyInProgress)
"""What a write may answer because of its key."""
PARAMETER: Mapping[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Any text of your own, such as a UUID. Within a day the same request with the same key is answered as the first one was, and changes nothing.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_KEY = re.compile(r"[!-~]{1,255}")
_READS_ITS_OWN_BODY = "backtest"
_KEPT_HEADERS = ("content-type", "etag", "location")
_STATE = "idempotency_key"

_log = structlog.get_logger(__name__)


class _Answer(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes


class _Answered(Exception):
    def __init__(self, answer: _Answer) -> None:
        super().__init__()
        self.answer = answer


def takes_key(method: str, operation_id: str) -> bool:
    """Whether an operation may be asked for under a key."""
    return method.upper() != "GET" and operation_id != _READS_ITS_OWN_BODY


async def claim(request: Request, ports: Ports, *, caller: str) -> None:
    """Called once it is known who asks, and that they may. Where the request was answered before, it ends here with that answer. `caller`: a person, or a
    program. Raises RequestInvalid, IdempotencyKeyReused, IdempotencyInProgress.
    """
    key = request.headers.get(HEADER)
    if key is None or not takes_key(request.method, request.scope["route"].operation_id):
        return
    if not _KEY.fullmatch(key):
        raise RequestInvalid(
            errors=[FieldError(f"header.{HEADER}", "has 1 to 255 visible ASCII characters")]
        )
    key_id = hashlib.sha256(f"{caller}\n{key}".encode()).hexdigest()
    over = request.headers.get("If-Match", "")
    address = f"{request.method} {request.url.path}?{request.url.query}"
    asked = hashlib.sha256(f"{address}\n{over}\n".encode())
    asked.update(await request.body())
    async with ports.database.transaction() as session:
        sealed = await repository.claim(
            session, key_id, request=asked.digest(), now=datetime.now(UTC)
        )
    if sealed is None:
        request.scope["state"][_STATE] = key_id
        return
    try:
        clear = ports.keyring.deployment.open(sealed, place=_place(key_id))
    except SealBroken:
        raise IdempotencyKeyReused from None
    raise _Answered(msgspec.json.decode(clear, type=_Answer))


def install(app: FastAPI) -> None:
    """Answer again what was answered before."""

    async def again(_request: Request, known: Exception) -> Response:
        assert isinstance(known, _Answered)
        headers = known.answer.headers | {"Idempotency-Replayed": "true"}
        return Response(known.answer.body, status_code=known.answer.status, headers=headers)

    app.add_exception_handler(_Answered, again)


class IdempotentWrites:
    """Keeps the answers of requests that claimed a key."""

    def __init__(self, app: ASGIApp, *, ports: Ports) -> None:
        self._app = app
        self._ports = ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or HEADER.lower() not in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        start: Message = {}
        body = b""

        async def watched(message: Message) -> None:
            nonlocal start, body
            key_id = state.get(_STATE)
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body" and key_id is not None:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await self._keep(key_id, start, body)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if not start and _STATE in state:
                await self._release(state[_STATE])
            raise

    async def _keep(self, key_id: str, start: Message, body: bytes) -> None:
        """Before the caller has the whole answer: so whoever asks again gets it."""
        if not 200 <= start["status"] < 300:
            await self._release(key_id)
            return
        told = Headers(raw=start["headers"])
        headers = {name: told[name] for name in _KEPT_HEADERS if name in told}
        clear = msgspec.json.encode(_Answer(start["status"], headers, body))
        sealed = self._ports.keyring.deployment.seal(clear, place=_place(key_id))
        try:
            async with self._ports.database.transaction() as session:
                await repository.keep_answer(session, key_id, sealed)
        except StorageUnavailable as error:
            _log.error("an answer is not kept", detail=error.detail)

    async def _release(self, key_id: str) -> None:
        try:
            async with self._ports.database.transaction() as session:
                await repository.release(session, key_id)
        except StorageUnavailable as error:
            _log.error("a key is free in a minute", detail=error.detail)


def _place(key_id: str) -> str:
    return f"idempotency:{key_id}"
