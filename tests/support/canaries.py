"""Markers that must not stand in clear anywhere, and the search for them in every form that a program writes text in."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class Canary:
    """Something secret, by a name that may be told."""

    name: str
    text: str


def forms(text: str) -> Iterator[tuple[str, bytes]]:
    """A text as it may lie in a file, each with its name."""
    for case, cased in (("", text), (" in small letters", text.lower())):
        raw = cased.encode()
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            yield encoding + case, cased.encode(encoding)
        yield f"JSON{case}", json.dumps(cased)[1:-1].encode()
        yield f"percent{case}", quote(cased, safe="").encode()
        yield f"hex{case}", raw.hex().encode()
        for before in range(3):  # where the bytes begin within base64's groups of three
            coded = base64.b64encode(b"\x00" * before + raw)
            whole = coded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
            yield f"base64+{before}{case}", whole
            yield f"base64url+{before}{case}", whole.translate(bytes.maketrans(b"+/", b"-_"))


def find(canaries: list[Canary], places: Mapping[str, bytes]) -> set[str]:
    """Which is where, in which form; never what it is."""
    return {
        f"{canary.name} in {place} as {form}"
        for canary in canaries
        for form, shape in forms(canary.text)
        for place, content in places.items()
        if shape in content
    }


def files(*roots: Path) -> dict[str, bytes]:
    """Every file below, by its path there."""
    return {
        str(path.relative_to(root.parent)): path.read_bytes()
        for root in roots
        for path in ([root] if root.is_file() else sorted(root.rglob("*")))
        if path.is_file() and path.name != "master.key"
    }
