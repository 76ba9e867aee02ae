"""Who the admins of a group are: asked once, remembered for a minute, forgotten when a rights change is seen."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from chatwarden.telegram.client import TelegramClient

FRESH_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Known:
    rights: dict[int, frozenset[str]]
    at: float


class AdminDirectory:
    """Admins by group. A group whose admins cannot be had raises: nobody is punished on a guess."""

    def __init__(
        self, telegram: TelegramClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._telegram = telegram
        self._clock = clock
        self._known: dict[int, _Known] = {}
        self._changes = 0

    async def admin_ids(self, chat_id: int) -> frozenset[int]:
        """Raises what `TelegramClient.admin_rights` raises."""
        return frozenset(await self._rights(chat_id))

    async def rights_of(self, chat_id: int, user_id: int) -> frozenset[str] | None:
        """Telegram's names of an admin's rights; None for anybody else. Raises what `TelegramClient.admin_rights` raises."""
        return (await self._rights(chat_id)).get(user_id)

    async def _rights(self, chat_id: int) -> dict[int, frozenset[str]]:
        known = self._known.get(chat_id)
        now, changes = self._clock(), self._changes
        if known is None or now - known.at > FRESH_SECONDS:
            known = _Known(await self._telegram.admin_rights(chat_id), now)
            # An answer on its way while rights changed may be of before: it serves once.
            if changes == self._changes:
                self._known[chat_id] = known
        return known.rights

    def forget(self, chat_id: int) -> None:
        """A change of rights was seen: ask again before the next action."""
        self._changes += 1
        self._known.pop(chat_id, None)
