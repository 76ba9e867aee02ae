"""Halves of surrogate pairs in JSON that strangers wrote."""

import re

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def without_orphans(raw: bytes) -> bytes:
    """JSON in which halves of surrogate pairs are marked as unreadable: they are no valid JSON to Python's decoders, and Telegram's
    updates hold them all the same.
    """
    if not _SURROGATE.search(raw):
        return raw
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[2] else escape[0], raw)
