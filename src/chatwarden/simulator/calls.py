"""The log of Bot API calls: the newest hundred thousand, with how each was answered."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec

KEPT = 100_000


class Call(msgspec.Struct, kw_only=True, gc=False):
    """One Bot API call. `at` in seconds since the epoch, when it came in; `code` 0 for one left
    without an answer."""

    number: int
    at: float
    bot_id: int
    method: str
    chat_id: int | str | None
    params: dict[str, Any]
    code: int = 0
    description: str | None = None


class CallLog:
    """Calls in the order they came."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._count = 0

    def add(self, at: float, bot_id: int, method: str, params: dict[str, Any]) -> Call:
        """Write a call down; its code is filled in with the answer."""
        self._count += 1
        chat_id = params.get("chat_id")
        call = Call(
            number=self._count,
            at=at,
            bot_id=bot_id,
            method=method,
            chat_id=chat_id if isinstance(chat_id, (int, str)) else None,
            params=params,
        )
        self._calls.append(call)
        return call

    def find(
        self,
        *,
        method: str | None = None,
        chat_id: int | None = None,
        after: int = 0,
        failed: bool | None = None,
    ) -> Iterator[Call]:
        """Calls by method, chat, number greater than `after`, and whether they failed. getUpdates
        only by name."""
        for call in self._calls:
            if call.number <= after:
                continue
            if call.method.lower() != method.lower() if method else call.method == "getUpdates":
                continue
            if chat_id is not None and str(call.chat_id) != str(chat_id):
                continue
            if failed is not None and failed == (call.code == 200):
                continue
            yield call
