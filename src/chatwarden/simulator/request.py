"""HTTP as the simulator needs it: parameters out of a request in any form Telegram takes, answers
in JSON."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from chatwarden.simulator.errors import bad_request
from chatwarden.simulator.wire import decode

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

_JSON_HEADERS = [(b"content-type", b"application/json")]


class Disconnected(Exception):
    """The client went away before its request was complete."""


async def read_body(receive: Receive) -> bytes:
    """The whole body. Raises Disconnected."""
    event = await receive()
    if event["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = event.get("body", b"")
    if not event.get("more_body"):
        return body
    parts = [body]
    while event.get("more_body"):
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Disconnected
        parts.append(event.get("body", b""))
    return b"".join(parts)


async def answer(send: Send, status: int, body: bytes) -> None:
    """Answer with JSON."""
    length = (b"content-length", b"%d" % len(body))
    headers = [*_JSON_HEADERS, length]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def drop(send: Send) -> None:
    """Break the connection off in the middle of an answer: headers promise a body that never
    comes."""
    headers = [*_JSON_HEADERS, (b"content-length", b"1000"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


def content_type(scope: Scope) -> str:
    """The request's Content-Type, empty if it has none."""
    for name, value in scope["headers"]:
        if name == b"content-type":
            return str(value.decode("latin-1"))
    return ""


def parameters(scope: Scope, body: bytes) -> dict[str, Any]:
    """Parameters of a Bot API call: query, then JSON, form or multipart body. Raises ApiError
    400."""
    given: dict[str, Any] = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    if not body:
        return given
    kind = content_type(scope)
    if kind.startswith("application/json"):
        try:
            found = decode(body)
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(found, dict):
            raise bad_request("request body must be a JSON object")
        given.update(found)
    elif kind.startswith("multipart/form-data"):
        given.update(_multipart(kind, body))
    else:
        given.update(parse_qsl(body.decode("utf-8", "surrogatepass"), keep_blank_values=True))
    return given


def _multipart(kind: str, body: bytes) -> dict[str, Any]:
    """Fields of a multipart body (RFC 7578). A field "attach://name" is the file of that name."""
    _, _, boundary = kind.partition("boundary=")
    if not boundary:
        raise bad_request("multipart body without a boundary")
    fields: dict[str, Any] = {}
    files: dict[str, dict[str, Any]] = {}
    for part in body.split(b"--" + boundary.split(";")[0].strip(' "').encode())[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = _attribute(head, b'name="')
        content = value.removesuffix(b"\r\n")
        file_name = _attribute(head, b'filename="')
        if name is not None and file_name is not None:
            files[name] = {"file_name": file_name, "content": content}
        elif name is not None:
            fields[name] = content.decode("utf-8", "surrogatepass")
    return {
        name: files.get(value.removeprefix("attach://"), value) for name, value in fields.items()
    }


def _attribute(head: bytes, mark: bytes) -> str | None:
    _, found, rest = head.partition(b" " + mark)
    return rest.partition(b'"')[0].decode() if found else None
