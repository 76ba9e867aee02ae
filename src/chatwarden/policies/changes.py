"""What differs between two policies, field by field.

In: policies as the engine completes them. Out: one change for each field; a rule is one field. Pure.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec

from chatwarden import _engine


class FieldChange(NamedTuple):
    field: str
    """E.g. `signals.invite_link.factor`, `rules.casino`."""
    before: Any
    """None for a rule that was added."""
    after: Any
    """None for a rule that was taken out."""


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """In the order of the fields' names."""
    old, new = dict(_fields(before)), dict(_fields(after))
    return [
        FieldChange(field, was, becomes)
        for field in sorted(old.keys() | new.keys())
        if (was := old.get(field, _default(field))) != (becomes := new.get(field, _default(field)))
    ]


def _fields(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        if path == "" and name == "rules":
            yield from ((f"rules.{rule['id']}", rule) for rule in part)
        elif isinstance(part, Mapping):
            yield from _fields(part, f"{path}{name}.")
        else:
            yield f"{path}{name}", part


def _default(field: str) -> Any:
    """Of a signal that one of the two does not mention; a rule that is not there is none."""
    if not field.startswith("signals."):
        return None
    return _signal_defaults().get(field.rpartition(".")[2])


@cache
def _signal_defaults() -> dict[str, Any]:
    schema = msgspec.json.decode(_engine.schemas()["policy.schema.json"])
    properties = schema["$defs"]["SignalSetting"]["properties"]
    return {name: described["default"] for name, described in properties.items()}
