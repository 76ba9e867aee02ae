"""Rows by their keys."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute


def is_one_of(
    columns: Sequence[InstrumentedAttribute[int]], keys: Collection[tuple[int, ...]]
) -> ColumnElement[bool]:
    """Of rows: whether what stands in the columns is one of the keys. For `(a, b) IN (…)` SQLite reads the whole table, for this it asks an index."""
    by_first: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for key in keys:
        by_first[key[0]].append(key)
    found: list[ColumnElement[bool]] = []
    for first, some in by_first.items():
        conditions: list[Any] = [columns[0] == first, columns[1].in_({key[1] for key in some})]
        if len(columns) > 2:
            conditions.append(tuple_(*columns).in_(some))
        found.append(and_(*conditions))
    return or_(false(), *found)
