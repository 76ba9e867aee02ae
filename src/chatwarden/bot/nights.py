"""Tells groups that a night of theirs begins or ends, where they want that.

In: the groups' policies and the clock. Out: a message at the first look after such a moment. It is told once at most: whoever was not running then
does not tell it later. What is deleted meanwhile is the engine's, by each message's own date, whether it was told or not.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from chatwarden.bot.looking import keep_looking
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.words import Html, plain, say
from chatwarden.errors import RetryLater, TelegramRefused
from chatwarden.policies.checking import completed
from chatwarden.storage.models import Group
from chatwarden.storage.repositories.groups import list_groups

log = structlog.get_logger()

_LOOK_SECONDS = 20.0
_LONGEST_LOOK = timedelta(minutes=5)
"""Of a process that slept longer nothing is told: it is news no more."""


class NightTeller:
    """One bot's."""

    def __init__(self, ports: BotPorts) -> None:
        self._ports = ports
        self._looked_at = ports.clock()

    async def run(self) -> None:
        """Look until cancelled."""
        await keep_looking(self.look, every_seconds=_LOOK_SECONDS, what="nights")

    async def look(self) -> None:
        """Tell what began or ended since the last look. Raises RetryLater."""
        since, now = self._looked_at, self._ports.clock()
        async with self._ports.database.transaction() as session:
            groups = await list_groups(session, bot_id=self._ports.bot_id)
        self._looked_at = now
        if now - since > _LONGEST_LOOK:
            return
        for group in groups:
            words = None
            if group.left_at is None and group.mode == "guard":
                words = _news(completed(group.policy), since, now, group.language)
            if words is not None:
                await self._tell(group, words)

    async def _tell(self, group: Group, words: Html) -> None:
        try:
            await self._ports.telegram.send(group.chat_id, words, silent=True)
        except TelegramRefused as refusal:
            log.warning("a night was not told", chat_id=group.chat_id, reason=refusal.code)
        except RetryLater as error:
            log.info("a night was not told", chat_id=group.chat_id, reason=error.code)


def _news(policy: dict[str, object], since: datetime, now: datetime, language: str) -> Html | None:
    night = policy.get("night")
    if not isinstance(night, dict) or not (night["enabled"] and night["is_told"]):
        return None
    try:
        zone = ZoneInfo(night["time_zone"])
    except (ZoneInfoNotFoundError, ValueError):
        return None  # The engine has its own zones; this machine lacks this one.
    if _is_past(night["begins"], zone, since, now):
        what = [name.replace("_", " ") for name in night["from_everyone"]]
        if night["from_newcomers"]:
            kinds = ", ".join(name.replace("_", " ") for name in night["from_newcomers"])
            what.append(plain(language, "night.of_newcomers", kinds=kinds))
        return say(
            language,
            "night.begins",
            ends=night["ends"],
            zone=night["time_zone"],
            what=", ".join(what),
        )
    return say(language, "night.ends") if _is_past(night["ends"], zone, since, now) else None


def _is_past(clock: str, zone: ZoneInfo, since: datetime, now: datetime) -> bool:
    """Whether a time of day was reached after `since`, up to now."""
    hour, minute = map(int, clock.split(":"))
    local = now.astimezone(zone)
    days = (local, local - timedelta(days=1))
    moments = [one.replace(hour=hour, minute=minute, second=0, microsecond=0) for one in days]
    return any(since < moment <= now for moment in moments)
