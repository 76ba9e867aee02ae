"""Which format a file has, told by what stands in it."""

import json
from collections.abc import Callable
from typing import Any

from chatwarden.transfer import own, rose, rules_csv, tg_spam
from chatwarden.transfer.incoming import LARGEST_FILE, Incoming, refused


def read_file(name: str, content: bytes) -> Incoming:
    """`name`: as it was sent; only its ending counts. Raises TransferInvalid, which names line and field."""
    if len(content) > LARGEST_FILE:
        raise refused("line 1", f"the file has more than {LARGEST_FILE // 1024} KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refused(f"line {line}", "is no UTF-8 text") from None
    if "\x00" in text:
        raise refused(
            f"line {text[: text.index(chr(0))].count(chr(10)) + 1}", "holds a null character"
        )
    return _reader(name.lower(), text)(text)


def _reader(name: str, text: str) -> Callable[[str], Incoming]:
    if text.lstrip().startswith("{"):
        return _read_json
    first = text.lstrip().partition("\n")[0].lower()
    if name.endswith(".csv") or ("," in first and {"id", "pattern"} <= set(first.split(","))):
        return rules_csv.read
    return tg_spam.read_stop_words if name.endswith(".txt") else own.read


def _read_json(text: str) -> Incoming:
    try:
        document: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        return own.read(text)  # It says where the fault is.
    if "data" in document and "bot_id" in document:
        return rose.read(document)
    if "user_ids" in document:
        return tg_spam.read_approved(document)
    return own.read(text)
