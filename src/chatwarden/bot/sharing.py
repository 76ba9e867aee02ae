"""A ban in one group of a workspace counts in all of them, and so does its undo.

In: bans and undos that were done. Out: the same for the other groups, each under its own guards: their admins and whom they allow are left alone. What is asked for is
named by what caused it: a process that dies in between asks again, and twice is once.
"""

from datetime import datetime, timedelta

import structlog

from chatwarden.actions import Action
from chatwarden.bot.groups import may_moderate
from chatwarden.bot.looking import LookBack, keep_looking
from chatwarden.bot.moderation import ask_for
from chatwarden.bot.ports import BotPorts
from chatwarden.storage import models
from chatwarden.storage.models import Group, SharedBan
from chatwarden.storage.repositories import shared_bans
from chatwarden.storage.repositories.allowed import allowed_by_group
from chatwarden.storage.repositories.shared_bans import SHARED_BY

log = structlog.get_logger()

LOOK_SECONDS = 1.0
_BACK = timedelta(days=1)
_AT_A_LOOK = 100


class BanSharer:
    """One bot's. One process at a time shares."""

    def __init__(self, ports: BotPorts) -> None:
        self._ports = ports
        self._back = LookBack(_BACK)

    async def run(self) -> None:
        """Share until cancelled."""
        await keep_looking(self.look, every_seconds=LOOK_SECONDS, what="shared bans")

    async def look(self) -> None:
        """Share what is new, and take back what was undone."""
        ports, since = self._ports, self._back.since(self._ports.clock())
        async with ports.database.transaction() as session:
            bans = await shared_bans.bans_to_share(
                session, bot_id=ports.bot_id, since=since, limit=_AT_A_LOOK
            )
        for ban in bans:
            await self._share(ban)
        async with ports.database.transaction() as session:
            lifted = await shared_bans.lifted_in_the_first(
                session, bot_id=ports.bot_id, since=since
            )
        for shared, undo in lifted:
            await self._lift(shared, undo)
        if not bans and not lifted:
            self._back.found_nothing()

    async def _share(self, ban: models.Action) -> None:
        ports = self._ports
        async with ports.database.transaction() as session:
            first = await session.get(Group, (ban.bot_id, ban.chat_id))
            others = await shared_bans.others_of(session, bot_id=ban.bot_id, chat_id=ban.chat_id)
            allowed = await allowed_by_group(session, bot_id=ban.bot_id, sender_id=ban.sender_id)
        takers = [
            group.chat_id
            for group in others
            if first is not None
            and shares_bans(first)
            and shares_bans(group)
            and not allowed[group.chat_id]
            and await self._may_act(ban.requested_by, group.chat_id)
        ]
        await ask_for(ports, [_elsewhere(ban, chat_id, now=ports.clock()) for chat_id in takers])
        async with ports.database.transaction() as session:
            await shared_bans.note_shared(session, ban, takers)
        if takers:
            log.info("a ban is shared", sender_id=ban.sender_id, groups=len(takers))
            if ban.trace_id is not None:  # Its card says where else it counts.
                ports.feed.publish(bot_id=ban.bot_id, chat_id=ban.chat_id, trace_id=ban.trace_id)

    async def _may_act(self, requested_by: str, chat_id: int) -> bool:
        """A person's ban goes as far as their own rights; a verdict's goes everywhere."""
        kind, _, user_id = requested_by.partition(":")
        return kind != "user" or await may_moderate(self._ports, chat_id, int(user_id))

    async def _lift(self, shared: SharedBan, undo: models.Action) -> None:
        ports = self._ports
        now = ports.clock()
        await ask_for(ports, [_elsewhere(undo, chat_id, now=now) for chat_id in shared.others])
        async with ports.database.transaction() as session:
            await shared_bans.note_lifted(session, shared.action_id, now=now)


def shares_bans(group: Group) -> bool:
    """By its policy; one that is older than the setting does."""
    return bool(group.policy.get("shared_bans", True))


def _elsewhere(cause: models.Action, chat_id: int, *, now: datetime) -> Action:
    """The same, ban or undo, in another group."""
    return Action(
        id=f"{cause.id}{chat_id}",
        bot_id=cause.bot_id,
        chat_id=chat_id,
        kind=cause.kind,
        sender_kind=cause.sender_kind,
        sender_id=cause.sender_id,
        date=cause.date,
        until_date=cause.until_date,
        requested_by=SHARED_BY,
        due_at=now,
    )
