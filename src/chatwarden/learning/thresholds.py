"""Moves each group's threshold of the text model to what its trusted members write, once an hour.

In: how many of their messages stood where, by day (`trusted_scores`). Out: a new version of the group's policy, with its reason; only
where the policy wants that, and within its bounds. Nobody who judges reckons any of it: verdicts name the version they were given under.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from chatwarden._engine import next_threshold
from chatwarden.errors import StorageUnavailable
from chatwarden.storage.database import Database
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.repositories.policies import (
    forget_trusted_scores,
    publish_policy,
    trusted_scores,
)

log = structlog.get_logger()

_HOUR_SECONDS = 3600.0
_LOOKED_AT = timedelta(days=14)
"""What members write changes: older days are forgotten."""


class Thresholds:
    """One bot's job."""

    def __init__(
        self,
        database: Database,
        *,
        bot_id: int,
        on_changed: Callable[[int], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`on_changed`: told of each group that has a new policy."""
        self._database = database
        self._bot_id = bot_id
        self._on_changed = on_changed
        self._clock = clock

    async def run(self) -> None:
        """Move thresholds every hour until cancelled."""
        while True:
            await asyncio.sleep(_HOUR_SECONDS)
            try:
                await self.move()
            except StorageUnavailable as error:
                log.error("thresholds wait for the database", detail=error.detail)

    async def move(self) -> list[int]:
        """Move each group's threshold by a step where it is not yet where it should be; the groups. Raises StorageUnavailable."""
        now = self._clock()
        since = now - _LOOKED_AT
        async with self._database.transaction() as session:
            await forget_trusted_scores(session, bot_id=self._bot_id, before=since)
            counts = await trusted_scores(session, bot_id=self._bot_id, since=since)
        moved = [chat_id for chat_id in counts if await self._move(chat_id, counts[chat_id], now)]
        for chat_id in moved:
            self._on_changed(chat_id)
        return moved

    async def _move(self, chat_id: int, counts: dict[int, int], now: datetime) -> bool:
        async with self._database.transaction() as session:
            group = await find_group(session, bot_id=self._bot_id, chat_id=chat_id)
            if group is None:
                return False
            shift = next_threshold(msgspec.json.encode(group.policy), counts)
            if shift is None:
                return False
            own = group.policy.get("text_threshold", {}) | {"shift": shift}
            reason = (
                f"text_threshold.shift: {shift} milli-logits, as of {sum(counts.values())} messages"
                " of trusted members one in a hundred is to stand above"
            )
            moved = await publish_policy(
                session,
                group,
                group.policy | {"text_threshold": own},
                reason=reason,
                made_by="thresholds",
                now=now,
            )
            version = group.policy_version
        if not moved:
            return False  # Somebody saved meanwhile; the next hour looks again.
        log.info("threshold moved", chat_id=chat_id, shift=shift, policy_version=version)
        return True
