"""Exports as Telegram Desktop writes them, made up for tests."""

import json
from typing import Any

from tests.support.scene import HAM, SPAM

DATE = 1_790_000_000


def exported(number: int, text: Any = HAM, *, sender: str = "user5", **more: Any) -> dict[str, Any]:
    """A message."""
    return {
        "id": number,
        "type": "message",
        "date": "2026-09-21T14:13:20",
        "date_unixtime": str(DATE + number),
        "from": "Rex",
        "from_id": sender,
        "text": text,
        "text_entities": [],
    } | more


def chat(*messages: Any, name: str | None = "Makers", number: int = 77) -> dict[str, Any]:
    return {
        "name": name,
        "type": "private_supergroup",
        "id": number,
        "messages": list(messages),
    }


def as_telegram_writes(export: Any) -> str:
    return json.dumps(export, indent=1, ensure_ascii=False)


def large_export(size: int) -> Any:
    """Pieces of one chat's export of about that many bytes; one message in a hundred is spam."""
    yield '{\n "name": "Makers",\n "type": "private_supergroup",\n "id": 77,\n "messages": [\n'
    written = number = 0
    while written < size:
        number += 1
        text: Any = f"{HAM} {number}" if number % 100 else [SPAM, {"type": "bold", "text": "now"}]
        message = exported(number, text, sender=f"user{number % 5000 + 1}")
        piece = ("" if number == 1 else ",\n") + as_telegram_writes(message)
        written += len(piece)
        yield piece
    yield "\n ]\n}\n"
