"""Telegram's limits on a bot: about one message a second and 20 a minute into one group, about 30
calls a second in all.

In: every call that sends something. Out: nothing, or ApiError 429 with the whole seconds to wait.
"""

import math
from collections import deque

import msgspec

from chatwarden.simulator.errors import too_many_requests

SENDING = frozenset(
    {"sendMessage", "editMessageText", "editMessageReplyMarkup", "editEphemeralMessageText"}
)
UNLIMITED = frozenset({"getUpdates", "getMe", "getWebhookInfo"})


class Limits(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How much a bot may do; 0 switches a limit off. Telegram publishes the first three (Bots FAQ),
    not the last."""

    group_sends_per_second: int = 1
    group_sends_per_minute: int = 20
    sends_per_second: int = 30
    calls_per_second: int = 0
    """All calls, deletions and bans too."""


class Limiter:
    """Counts calls in sliding windows."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._windows: dict[tuple[str, int, int], deque[float]] = {}

    def check(self, method: str, bot_id: int, chat_id: int | str | None, now: float) -> None:
        """Count a call. Raises ApiError 429 if it is too much; such a call is not counted."""
        windows = [
            (self._window(name, key, now, span), count, span)
            for name, key, count, span in self._rules(method, bot_id, chat_id)
            if count > 0
        ]
        waits = [window[0] + span - now for window, count, span in windows if len(window) >= count]
        if waits:
            raise too_many_requests(max(1, math.ceil(max(waits))))
        for window, _, _ in windows:
            window.append(now)

    def _rules(
        self, method: str, bot_id: int, chat_id: int | str | None
    ) -> list[tuple[str, int, int, float]]:
        if method in UNLIMITED:
            return []
        rules: list[tuple[str, int, int, float]] = [
            ("calls", bot_id, self.limits.calls_per_second, 1.0)
        ]
        if method in SENDING:
            rules.append(("sends", bot_id, self.limits.sends_per_second, 1.0))
            if isinstance(chat_id, int) and chat_id < 0:
                rules.append(("second", chat_id, self.limits.group_sends_per_second, 1.0))
                rules.append(("minute", chat_id, self.limits.group_sends_per_minute, 60.0))
        return rules

    def _window(self, name: str, key: int, now: float, span: float) -> deque[float]:
        window = self._windows.setdefault((name, key, int(span)), deque())
        while window and window[0] <= now - span:
            window.popleft()
        return window
