"""The product's own file: a group's whole policy, its rules and its allow list, as YAML.

In: values, or the text of such a file. Out: the text, or an Incoming with the line of each field. Fails with TransferInvalid. JSON is YAML too.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import yaml

from chatwarden.transfer.incoming import Allowed, Incoming, refused

_FORMAT = 1
_DEEPEST = 12
_HEAD = "# A group's policy, rules and allow list, written by Chatwarden. What a file may hold: docs/guides/transfer.md\n"
_FIELDS = ("format", "policy", "rules", "allowed")
_LARGEST_ID = 2**52
_TAG = "tag:yaml.org,2002:"
_KINDS = ("str", "int", "float", "bool", "null", "map", "seq")
"""What JSON has too."""


def write(policy: Mapping[str, Any], allowed: Iterable[Allowed]) -> str:
    """A file that `read` takes back as it was."""
    document = {
        "format": _FORMAT,
        "policy": {name: value for name, value in policy.items() if name != "rules"},
        "rules": policy.get("rules", []),
        "allowed": [{"kind": one.sender_kind, "id": one.sender_id} for one in sorted(allowed)],
    }
    text: str = yaml.dump(
        document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=100
    )
    return _HEAD + text


def read(text: str) -> Incoming:
    """Raises TransferInvalid."""
    lines: dict[str, int] = {}
    document = _load(text, lines)
    if not isinstance(document, dict):
        raise refused("line 1", "is no table of fields; a file begins with `format: 1`")
    for name in document:
        if name not in _FIELDS:
            known = ", ".join(_FIELDS)
            raise refused(f"line {lines[name]}, {name}", f"is no field; there are {known}")
    found = Incoming(
        source="chatwarden",
        policy=_typed(document, "policy", dict, lines),
        rules=_typed(document, "rules", list, lines),
        is_whole=True,
        lines=lines,
    )
    if document.get("format") != _FORMAT:
        raise refused(found.place("format"), f"must be {_FORMAT}")
    if found.policy is not None and "rules" in found.policy:
        raise refused(found.place("policy.rules"), "rules stand beside `policy`, not in it")
    found.allowed.extend(_allowed(_typed(document, "allowed", list, lines) or [], found))
    return found


def _typed(document: dict[str, Any], name: str, kind: type, lines: dict[str, int]) -> Any:
    value = document.get(name)
    if value is None or isinstance(value, kind):
        return value
    words = "a table of fields" if kind is dict else "a list"
    raise refused(f"line {lines[name]}, {name}", f"must be {words}")


def _allowed(rows: list[Any], found: Incoming) -> Iterator[Allowed]:
    for index, row in enumerate(rows):
        path = f"allowed[{index}]"
        if not isinstance(row, dict) or set(row) != {"kind", "id"}:
            raise refused(found.place(path), "must have `kind` and `id`, nothing else")
        kind: Literal["user", "channel"] = row["kind"]
        if kind not in ("user", "channel"):
            raise refused(found.place(f"{path}.kind"), "must be user or channel")
        sender_id = row["id"]
        if type(sender_id) is not int or not 0 < abs(sender_id) < _LARGEST_ID:
            raise refused(found.place(f"{path}.id"), "must be an id of Telegram's")
        yield Allowed(kind, sender_id)


def _load(text: str, lines: dict[str, int]) -> Any:
    try:
        _check_shape(text)
        loader = yaml.CSafeLoader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise refused("line 1", "is empty")
            _walk(node, "", lines)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "line 1" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
        raise refused(where, f"no YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise refused(f"line {line}", "no YAML: a character that may not stand in it") from None
    except ValueError:
        raise refused("line 1", "holds a date or a number that is none") from None


def _check_shape(text: str) -> None:
    """Refuse what would grow when it is read: aliases, and depths that no policy has."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        assert event.start_mark is not None
        place = f"line {event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent):
            raise refused(place, "aliases (`*name`) are not taken; write it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise refused(place, f"goes deeper than {_DEEPEST} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _walk(node: yaml.Node, path: str, lines: dict[str, int]) -> None:
    lines[path] = node.start_mark.line + 1
    kind = node.tag.removeprefix(_TAG)
    if kind == "timestamp" or (kind == "int" and ":" in node.value):
        node.tag = f"{_TAG}str"  # A day or an hour is not told from words here.
    elif kind not in _KINDS:
        raise refused(f"line {lines[path]}, {path}", f"“{kind[:40]}” may not stand here")
    if isinstance(node, yaml.SequenceNode):
        for index, part in enumerate(node.value):
            _walk(part, f"{path}[{index}]", lines)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, part in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag == f"{_TAG}merge":
                raise refused(f"line {line}", "a field's name must be a word")
            key.tag = f"{_TAG}str"
            name = f"{path}.{key.value}" if path else key.value
            if name in seen:
                raise refused(f"line {line}, {name}", "stands twice")
            seen.add(name)
            _walk(part, name, lines)
            lines[name] = line
