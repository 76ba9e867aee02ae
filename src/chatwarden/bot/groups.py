"""What the bot's people do with a group's settings: read, change, and who may."""

from collections.abc import Sequence

import msgspec

from chatwarden._engine import validate_policy
from chatwarden.bot.ports import BotPorts
from chatwarden.errors import TelegramRefused
from chatwarden.storage.models import Correspondent, Group, GroupMode
from chatwarden.storage.repositories import correspondents
from chatwarden.storage.repositories.groups import find_group, list_groups
from chatwarden.storage.repositories.policies import publish_policy
from chatwarden.telegram.client import NEEDED_RIGHTS

NEEDED_TO_MODERATE = frozenset(NEEDED_RIGHTS)
"""Who has the bot's own rights may have it act: nobody gets by the bot what Telegram does not give them."""

MOST_RECIPIENTS = 5
"""Admins who are told of each decision in private."""


async def may_moderate(ports: BotPorts, chat_id: int, user_id: int) -> bool:
    """Whether somebody may delete messages and ban users in a group, by Telegram's own word. Raises RetryLater."""
    try:
        rights = await ports.admins.rights_of(chat_id, user_id)
    except TelegramRefused:
        return False  # The group is gone, or the bot is.
    return rights is not None and rights >= NEEDED_TO_MODERATE


async def groups_of(ports: BotPorts, user_id: int) -> list[Group]:
    """The groups that somebody may set, by title. Raises RetryLater."""
    async with ports.database.transaction() as session:
        groups = await list_groups(session, bot_id=ports.bot_id)
    there = [group for group in groups if group.left_at is None]
    return [group for group in there if await may_moderate(ports, group.chat_id, user_id)]


async def find(ports: BotPorts, chat_id: int) -> Group | None:
    async with ports.database.transaction() as session:
        return await find_group(session, bot_id=ports.bot_id, chat_id=chat_id)


async def set_mode(ports: BotPorts, chat_id: int, mode: GroupMode) -> None:
    """Guard a group, or only watch it, from the next message on."""
    async with ports.database.transaction() as session:
        group = await find_group(session, bot_id=ports.bot_id, chat_id=chat_id)
        if group is not None:
            group.mode, group.observe_until = mode, None
    ports.group_changed(chat_id)


async def set_preset(ports: BotPorts, chat_id: int, preset: str, *, by: str, made_by: str) -> None:
    """Give a group's policy another preset; what else is set in it stays. Raises PolicyError for one that is none."""
    while not await _try_preset(ports, chat_id, preset, by=by, made_by=made_by):
        pass  # Somebody saved meanwhile: on top of theirs, then.
    ports.group_changed(chat_id)


async def _try_preset(ports: BotPorts, chat_id: int, preset: str, *, by: str, made_by: str) -> bool:
    async with ports.database.transaction() as session:
        group = await find_group(session, bot_id=ports.bot_id, chat_id=chat_id)
        if group is None or group.policy.get("preset") == preset:
            return True
        changed = msgspec.json.encode(group.policy | {"preset": preset})
        policy = msgspec.json.decode(validate_policy(changed))
        reason = f"{preset}, by {by} in Telegram"
        return await publish_policy(
            session, group, policy, reason=reason, made_by=made_by, now=ports.clock()
        )


async def set_language(ports: BotPorts, chat_id: int, language: str) -> None:
    async with ports.database.transaction() as session:
        group = await find_group(session, bot_id=ports.bot_id, chat_id=chat_id)
        if group is not None:
            group.language = language


async def recipients(ports: BotPorts, group: Group) -> Sequence[tuple[int, str]]:
    """Who is told what happens in a group: chat ids, each with its language. Raises RetryLater."""
    if group.card_chat_id is not None:
        return [(group.card_chat_id, group.language)]
    try:
        admin_ids = await ports.admins.admin_ids(group.chat_id)
    except TelegramRefused:
        return []
    async with ports.database.transaction() as session:
        reachable = await correspondents.reachable(session, bot_id=ports.bot_id, ids=admin_ids)
    return [(one.user_id, _language(one, group)) for one in reachable[:MOST_RECIPIENTS]]


def _language(person: Correspondent, group: Group) -> str:
    return person.language or group.language
