"""Rules as a table, for spreadsheets: a header, then a line for each rule.

In: rules, or the text of such a file. Out: the text, or an Incoming. Fails with TransferInvalid, which names line and column.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chatwarden.transfer.incoming import Incoming, refused

COLUMNS = (
    "id",
    "kind",
    "pattern",
    "places",
    "look_at",
    "applies_to",
    "message",
    "sender",
    "note",
    "expires_at",
    "enabled",
)
_NEEDED = ("id", "kind", "pattern", "message")
_LONGEST_CELL = 2000


def write(rules: Iterable[Mapping[str, Any]]) -> str:
    """A file that `read` takes back as it was."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for rule in rules:
        flat = {**rule, **rule["verdict"], "places": " ".join(rule["places"])}
        flat["enabled"] = "yes" if rule["enabled"] else "no"
        table.writerow(["" if flat.get(name) is None else flat[name] for name in COLUMNS])
    return out.getvalue()


def read(text: str) -> Incoming:
    """Columns may stand in any order, and those that are not needed may be missing. Raises TransferInvalid."""
    table = csv.reader(io.StringIO(text, newline=""), strict=True)
    found = Incoming(source="rules_csv", rules=[])
    assert found.rules is not None
    header: list[str] | None = None
    line = 1
    try:
        for row in table:
            if header is None:
                header = _header(row)
            elif any(cell.strip() for cell in row):
                path = f"rules[{len(found.rules)}]"
                found.lines[path] = line
                found.rules.append(_rule(header, row, f"line {line}"))
            line = table.line_num + 1
    except csv.Error as error:
        raise refused(f"line {line}", f"no CSV: {error}") from None
    if header is None:
        raise refused("line 1", "is empty")
    return found


def _header(row: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in row]
    for name in names:
        if name not in COLUMNS:
            raise refused("line 1", f"“{name[:40]}” is no column; there are {', '.join(COLUMNS)}")
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise refused("line 1", f"the column {missing[0]} is missing")
    if len(set(names)) != len(names):
        raise refused("line 1", "a column stands twice")
    return names


def _rule(header: list[str], row: list[str], place: str) -> dict[str, Any]:
    if len(row) != len(header):
        raise refused(place, f"has {len(row)} cells, the header {len(header)}")
    rule: dict[str, Any] = {"verdict": {}}
    for name, cell in zip(header, row, strict=True):
        if len(cell) > _LONGEST_CELL:
            raise refused(f"{place}, {name}", f"longer than {_LONGEST_CELL} characters")
        # A pattern's own spaces count; what stands around a word in the other cells does not.
        value = cell if name in ("pattern", "note") else cell.strip()
        if not value:
            continue
        try:
            read_cell = _CELLS.get(name, str)(value)
        except ValueError as error:
            raise refused(f"{place}, {name}", str(error)) from None
        (rule["verdict"] if name in ("message", "sender") else rule)[name] = read_cell
    return rule


def _number(cell: str) -> int:
    if not (cell.isascii() and cell.isdecimal() and len(cell) < 16):
        raise ValueError("must be seconds since 1970")
    return int(cell)


def _switch(cell: str) -> bool:
    if cell.lower() in ("yes", "true", "1"):
        return True
    if cell.lower() in ("no", "false", "0"):
        return False
    raise ValueError("must be yes or no")


_CELLS: dict[str, Callable[[str], Any]] = {
    "places": str.split,
    "expires_at": _number,
    "enabled": _switch,
}
