"""Tells admins of raids, in one message each from beginning to end, and ends those that are over.

In: the raids that are stored. Out: messages to those who answer for a group. A message is sent at least once.
"""

from datetime import datetime

import structlog

from chatwarden.bot.groups import find, recipients
from chatwarden.bot.looking import keep_looking
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.words import Html, plain, say
from chatwarden.errors import RetryLater, TelegramRefused
from chatwarden.storage.models import Group, RaidRecord
from chatwarden.storage.repositories import raids
from chatwarden.storage.repositories.raids import RaidFigures
from chatwarden.telegram.messages import Button, Keyboard

log = structlog.get_logger()

LOOK_SECONDS = 2.0
EDITED_EVERY_SECONDS = 15.0
"""While a raid is on, its message is brought up to date so often at most."""


class RaidKeeper:
    """One bot's. One process at a time tells."""

    def __init__(self, ports: BotPorts) -> None:
        self._ports = ports
        self._edited_at: dict[str, datetime] = {}
        """When what was said of a raid was last brought up to date."""

    async def run(self) -> None:
        """Tell until cancelled."""
        await keep_looking(self.look, every_seconds=LOOK_SECONDS, what="raids")

    async def look(self) -> None:
        """End what is over, and tell what is new. Raises RetryLater, after all that could be done was done."""
        ports = self._ports
        async with ports.database.transaction() as session:
            known = await raids.raids_to_tell(session, bot_id=ports.bot_id)
        for raid in known:
            if raid.ended_at is None and raid.until <= ports.clock():
                await end_raid(ports, raid.chat_id, by="time")
                raid.ended_at, raid.ended_by = ports.clock(), "time"
        trouble: RetryLater | None = None
        for raid in known:
            try:
                await self._tell(raid)
            except RetryLater as error:
                trouble = error
            except Exception:  # One raid must not stop all others.
                log.exception("a raid cannot be told", raid=raid.id)
        if trouble is not None:
            raise trouble

    async def _tell(self, raid: RaidRecord) -> None:
        ports, now = self._ports, self._ports.clock()
        edited_at = self._edited_at.get(raid.id)
        is_fresh = (
            edited_at is not None and (now - edited_at).total_seconds() < EDITED_EVERY_SECONDS
        )
        if raid.ended_at is None and is_fresh:
            return
        group = await find(ports, raid.chat_id)
        if group is None:
            return
        async with ports.database.transaction() as session:
            (figures,) = await raids.figures_of(session, [raid], now=now)
        told = raid.told
        if told:
            await self._edit(group, raid, figures)
        elif raid.ended_at is None:
            told = await self._send(group, raid, figures)
        self._edited_at[raid.id] = now
        is_last = raid.ended_at is not None
        async with ports.database.transaction() as session:
            await raids.note_told(session, raid.id, [] if is_last else told)
        if is_last:
            del self._edited_at[raid.id]

    async def _send(self, group: Group, raid: RaidRecord, figures: RaidFigures) -> list[list[int]]:
        told: list[list[int]] = []
        for to, language in await recipients(self._ports, group):
            words = raid_words(group, raid, figures, language)
            try:
                message_id = await self._ports.telegram.send(
                    to, words, keyboard=_buttons(raid, language)
                )
            except TelegramRefused as refusal:
                log.info("somebody could not be told of a raid", to=to, reason=refusal.code)
            else:
                told.append([to, message_id])
                async with self._ports.database.transaction() as session:
                    await raids.note_told(session, raid.id, told)
        return told

    async def _edit(self, group: Group, raid: RaidRecord, figures: RaidFigures) -> None:
        languages = dict(await recipients(self._ports, group))
        for to, message_id in raid.told:
            language = languages.get(to, group.language)
            words = raid_words(group, raid, figures, language)
            try:
                await self._ports.telegram.edit(
                    to, message_id, words, keyboard=_buttons(raid, language)
                )
            except TelegramRefused as refusal:
                log.info("a raid's message is gone", to=to, reason=refusal.code)


async def end_raid(ports: BotPorts, chat_id: int, *, by: str) -> bool:
    """End a group's raid: whoever joins from now on is met as ever. False where none is on."""
    async with ports.database.transaction() as session:
        is_ended = await raids.end_raid(
            session, bot_id=ports.bot_id, chat_id=chat_id, by=by, now=ports.clock()
        )
    if is_ended:
        ports.group_changed(chat_id)
    return is_ended


def raid_words(group: Group, raid: RaidRecord, figures: RaidFigures, language: str) -> Html:
    """What is said of a raid: that it is on and what is done, or what it came to."""
    if raid.ended_at is None:
        by = "raid.begun.joins" if raid.started_by == "joins" else "raid.begun.admin"
        joins = raids.raid_policy(group).joins
        head = [
            say(language, by, group=group.title, joins=raid.joins),
            say(language, f"raid.doing.{joins}"),
            say(language, "raid.until", until=f"{raid.until:%H:%M}"),
        ]
    else:
        minutes = max(1, round((raid.ended_at - raid.started_at).total_seconds() / 60))
        head = [say(language, "raid.over", group=group.title, minutes=minutes, joins=raid.joins)]
    counted = say(
        language,
        "raid.figures",
        asked=figures.asked,
        passed=figures.passed,
        removed=figures.removed,
        deleted=figures.deleted,
        banned=figures.banned,
    )
    return Html("\n".join([*head, counted]))


def _buttons(raid: RaidRecord, language: str) -> Keyboard:
    if raid.ended_at is not None:
        return []
    return [[Button(plain(language, "button.end_raid"), data=f"raid:{raid.chat_id}:end")]]
