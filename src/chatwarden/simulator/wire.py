"""JSON as it goes over the wire: msgspec where it can, the standard library where the text holds
orphan surrogates.

Telegram's JSON may hold escapes such as ``\\ud83d`` without their other half. msgspec refuses them,
``json`` keeps them.
"""

import json
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

Payload = dict[str, Any]
"""One Bot API object, ready to be encoded."""

_encoder = msgspec.json.Encoder()


def encode(value: object) -> bytes:
    """JSON bytes of a value. Orphan surrogates are written as escapes."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, default=_to_builtins).encode()


def decode(data: bytes | msgspec.Raw) -> Any:
    """The value in JSON bytes. Raises ValueError (msgspec.DecodeError is one) if it is not JSON."""
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return json.loads(bytes(data))


def decode_as(data: bytes, kind: type[T]) -> T:
    """The typed value in JSON bytes. Raises ValueError if it is not JSON or does not fit the
    type."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.convert(json.loads(data), type=kind)


def _to_builtins(value: object) -> object:
    if isinstance(value, msgspec.Raw):
        return json.loads(bytes(value))
    return msgspec.to_builtins(value)
