"""All methods by name, and the way from request parameters to a method's own.

Telegram takes parameters as JSON, as a form or as multipart; in the latter two all are strings, and
objects are JSON in a string. Method names are case-insensitive.
"""

import typing
from functools import cache
from types import UnionType
from typing import Any

import msgspec

from chatwarden.simulator.errors import ApiError, bad_request
from chatwarden.simulator.methods import account, chats, files, members, messages, requests
from chatwarden.simulator.methods.calling import Method, Params
from chatwarden.simulator.wire import decode

METHODS: dict[str, tuple[str, Method]] = {
    name.lower(): (name, method)
    for table in (
        account.METHODS,
        chats.METHODS,
        files.METHODS,
        members.METHODS,
        messages.METHODS,
        requests.METHODS,
    )
    for name, method in table.items()
}
"""By lower-case name: the proper name and the method."""


def find_method(name: str) -> tuple[str, Method]:
    """A method and its proper name. Raises ApiError 404 for one the simulator does not know."""
    found = METHODS.get(name.lower())
    if found is None:
        raise ApiError(404, "Not Found: method not found")
    return found


def read_params(kind: type[Params], given: dict[str, Any]) -> Any:
    """The method's parameters. Raises ApiError 400 where one is missing or of the wrong kind."""
    chat_id = given.get("chat_id")
    if isinstance(chat_id, str) and chat_id.removeprefix("-").isdecimal():
        given["chat_id"] = int(chat_id)
    for name in _structured(kind):
        if isinstance(given.get(name), str):
            try:
                given[name] = decode(given[name].encode("utf-8", "surrogatepass"))
            except ValueError:
                raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
    try:
        return msgspec.convert(
            {k: v for k, v in given.items() if v is not None}, kind, strict=False
        )
    except msgspec.ValidationError as error:
        raise bad_request(_explain(error)) from None


@cache
def _structured(kind: type[Params]) -> tuple[str, ...]:
    """Names of the parameters that are objects or lists."""
    hints = typing.get_type_hints(kind)
    return tuple(name for name, hint in hints.items() if _is_structured(hint))


def _is_structured(hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_is_structured(part) for part in typing.get_args(hint))
    origin = typing.get_origin(hint) or hint
    return origin in (list, dict) or (isinstance(origin, type) and issubclass(origin, Params))


def _explain(error: msgspec.ValidationError) -> str:
    text = str(error)
    if "missing required field `chat_id`" in text:
        return "chat_id is empty"
    return text
