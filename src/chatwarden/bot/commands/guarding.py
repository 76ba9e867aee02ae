"""Whom the admins let be, and raids by their word."""

from datetime import timedelta

from chatwarden.bot.allowing import allow_sender, disallow
from chatwarden.bot.call import Call, Target, read_duration
from chatwarden.bot.commands.moderating import free, target_of
from chatwarden.bot.commands.registry import Commands
from chatwarden.bot.groups import find
from chatwarden.bot.raids.keeper import end_raid
from chatwarden.bot.words import plain
from chatwarden.storage.repositories import raids
from chatwarden.storage.repositories.allowed import MOST_ALLOWED
from chatwarden.storage.repositories.raids import LONGEST_RAID, SHORTEST_RAID
from chatwarden.telegram.messages import Button, Keyboard

commands = Commands()

_HALF_AN_HOUR = timedelta(minutes=30)
_OFF = ("off", "end", "stop", "no")


@commands.add("allow", by="admins", offered=("admins",), about_a_message=True)
async def allow(call: Call) -> None:
    """Never do anything by a verdict to whoever wrote the message, here and in the workspace; "/allow off" ends that."""
    target = await target_of(call)
    if target is None:
        return
    if call.argument.lower() in _OFF:
        was_there = await disallow(call.ports, call.chat.id, target)
        await call.answer(call.say("allow.off" if was_there else "allow.never", who=target.who))
        return
    is_news = await allow_sender(call.ports, call.chat.id, target, by=call.subject)
    if is_news is None:
        await call.answer(call.say("allow.full", most=MOST_ALLOWED))
        return
    if is_news:
        await free(call, target)
    key = "allow.done" if is_news else "allow.already"
    await call.answer(call.say(key, who=target.who), keyboard=_off_button(call, target))


@commands.add("raid", by="admins", offered=("admins",))
async def raid(call: Call) -> None:
    """Meet whoever joins as in a raid, for the time that is told or half an hour; "/raid off" ends that."""
    if call.chat.is_private:
        return
    if call.argument.lower() in _OFF:
        was_on = await end_raid(call.ports, call.chat.id, by=call.subject)
        await call.answer(call.say("raid.ended" if was_on else "raid.none"))
        return
    try:
        length = read_duration(call.argument) or _HALF_AN_HOUR
        if not SHORTEST_RAID <= length <= LONGEST_RAID:
            raise ValueError(call.argument)
    except ValueError:
        await call.answer(call.say("raid.bad", text=call.argument.split()[0][:32]))
        return
    group = await find(call.ports, call.chat.id)
    if group is not None and group.mode == "observe":
        await call.answer(call.say("raid.observed"))
        return
    until = call.now + length
    async with call.ports.database.transaction() as session:
        await raids.begin_raid(
            session,
            bot_id=call.ports.bot_id,
            chat_id=call.chat.id,
            by=call.subject,
            now=call.now,
            until=until,
        )
    call.ports.group_changed(call.chat.id)
    button = Button(plain(call.language, "button.end_raid"), data=f"raid:{call.chat.id}:end")
    await call.answer(call.say("raid.on", until=f"{until:%H:%M}"), keyboard=[[button]])


def _off_button(call: Call, target: Target) -> Keyboard:
    data = f"disallow:{call.chat.id}:{target.sender_kind[0]}{target.sender_id}"
    return [[Button(plain(call.language, "button.disallow"), data=data)]]
