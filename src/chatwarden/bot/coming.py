"""The bot comes into a group, loses rights or regains them, is removed; a group gets another id."""

from datetime import datetime, timedelta

import structlog

from chatwarden.bot.call import mention
from chatwarden.bot.groups import find, recipients
from chatwarden.bot.panel import panel_buttons, rights
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.updates import ChatMember, ChatMemberUpdated
from chatwarden.bot.words import Html, known_language, say
from chatwarden.errors import TelegramRefused
from chatwarden.storage.models import Group
from chatwarden.storage.models.group import OBSERVED_FIRST
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.repositories.moving import move_group
from chatwarden.storage.repositories.team import forget_admins
from chatwarden.telegram.client import NEEDED_RIGHTS
from chatwarden.telegram.messages import Keyboard

log = structlog.get_logger()


async def membership_changed(ports: BotPorts, change: ChatMemberUpdated) -> None:
    """What Telegram says of the bot's own membership."""
    if change.chat.is_private or not change.chat.is_group:
        return
    was, now_is = change.old_chat_member, change.new_chat_member
    if not now_is.is_present:
        await _left(ports, change)
    elif not was.is_present or await _is_promoted_first(ports, change):
        await _came(ports, change)
    elif (before := _missing(was)) != (after := _missing(now_is)):
        await _rights_changed(ports, change.chat.id, before=before, after=after)


async def _is_promoted_first(ports: BotPorts, change: ChatMemberUpdated) -> bool:
    """Many let a bot in first and make it an admin then: only now it can say what it will do."""
    old, new = change.old_chat_member.status, change.new_chat_member.status
    if old == "administrator" or new != "administrator":
        return False
    group = await find(ports, change.chat.id)
    return group is not None and ports.clock() - group.created_at < OBSERVED_FIRST


async def _came(ports: BotPorts, change: ChatMemberUpdated) -> None:
    async with ports.database.transaction() as session:
        group = await find_group(session, bot_id=ports.bot_id, chat_id=change.chat.id)
        if group is None:
            return
        group.left_at = None
        group.title = change.chat.title[:256] or group.title
        group.added_by = change.from_.id
        group.language = known_language(change.from_.language_code)
    await ports.telegram.send(
        group.chat_id,
        _welcome(group, change),
        keyboard=panel_buttons(ports, group, group.language, private=False),
    )


def _welcome(group: Group, change: ChatMemberUpdated) -> Html:
    language = group.language
    lines = [say(language, f"welcome.{group.mode}"), ""]
    if change.new_chat_member.status != "administrator":
        lines.append(say(language, "welcome.no_rights"))
    else:
        lines.append(rights(language, _missing(change.new_chat_member)))
    if change.chat.type == "group":
        lines.append(say(language, "welcome.basic_group"))
    lines += ["", say(language, "welcome.private")]
    if group.mode == "observe":
        lines.append(say(language, "welcome.attack"))
    return Html("\n".join(lines))


async def _left(ports: BotPorts, change: ChatMemberUpdated) -> None:
    async with ports.database.transaction() as session:
        group = await find_group(session, bot_id=ports.bot_id, chat_id=change.chat.id)
        if group is None or group.left_at is not None:
            return
        group.left_at = ports.clock()
        # Telegram tells the bot nothing more of their rights.
        await forget_admins(session, bot_id=ports.bot_id, chat_id=group.chat_id)
    who = mention("user", change.from_.id, change.from_.name)
    # Who its admins are Telegram tells the bot no more: whoever brought it in is told.
    if group.added_by is not None:
        await _try_to_send(
            ports, group.added_by, say(group.language, "removed", group=group.title, who=who)
        )


async def _rights_changed(
    ports: BotPorts, chat_id: int, *, before: list[str], after: list[str]
) -> None:
    ports.admins.forget(chat_id)
    group = await find(ports, chat_id)
    if group is None:
        return
    key = "rights.lost" if after else "rights.regained"
    if after and before and len(after) < len(before):
        return  # Better than it was: no news to be alarmed by.
    for to, language in await recipients(ports, group):
        words = say(language, key, group=group.title, rights=rights(language, after))
        await _try_to_send(ports, to, words)


def _missing(member: ChatMember) -> list[str]:
    return [right for right in NEEDED_RIGHTS if not getattr(member, right)]


async def migrated(ports: BotPorts, chat_id: int, *, to: int) -> None:
    """A basic group became a supergroup, under another id: all that is kept of it goes with it."""
    async with ports.database.transaction() as session:
        moved = await move_group(session, bot_id=ports.bot_id, chat_id=chat_id, to=to)
    log.info("a group has another id", chat_id=chat_id, to=to, rows=moved)
    ports.group_changed(to)
    ports.feedback_changed(to)


async def tell_observed(ports: BotPorts, group: Group, *, judged: int, flagged: int) -> None:
    """What observing a group has shown, once its time is over: to those who are told of decisions, else in the group."""
    told = await recipients(ports, group) or [(group.chat_id, group.language)]
    for to, language in told:
        words = say(language, "observed", group=group.title, judged=judged, flagged=flagged)
        buttons = panel_buttons(ports, group, language, private=to != group.chat_id)
        await _try_to_send(ports, to, words, keyboard=buttons[:1])


def is_over(group: Group, now: datetime) -> bool:
    """Whether its time of being observed is."""
    ends = group.observe_until
    return group.mode == "observe" and ends is not None and ends <= now + timedelta(seconds=1)


async def _try_to_send(ports: BotPorts, to: int, words: Html, *, keyboard: Keyboard = ()) -> None:
    try:
        await ports.telegram.send(to, words, keyboard=keyboard)
    except TelegramRefused as refusal:
        log.info("somebody could not be told", to=to, reason=refusal.code)
