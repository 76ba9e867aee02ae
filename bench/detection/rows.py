"""Labelled messages, as the comparisons of this folder read them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

WITHOUT = "translated"


class Row(NamedTuple):
    """A labelled message."""

    source: str
    text: str
    is_spam: bool


def read(folders: Sequence[Path]) -> list[Row]:
    """Labelled messages; those of one source that are equal count once."""
    rows: dict[Row, None] = {}
    for path in sorted(path for folder in folders for path in folder.glob("*.jsonl")):
        if WITHOUT in path.stem:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                row = json.loads(line)
                rows[Row(path.stem, row["text"], row["label"] == "spam")] = None
    return list(rows)
