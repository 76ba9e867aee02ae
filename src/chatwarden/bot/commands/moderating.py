"""What admins say about a message by replying to it."""

from datetime import datetime, timedelta
from typing import Literal

from chatwarden.actions import Action, ActionKind
from chatwarden.bot.call import Call, Target, read_duration
from chatwarden.bot.commands.registry import Commands
from chatwarden.bot.groups import find
from chatwarden.bot.moderation import action_on, announce, ask_for, case_of, tell_feedback
from chatwarden.bot.strikes import MOST_STRIKES, add_strike
from chatwarden.bot.sweep import sweep
from chatwarden.bot.words import Html, say
from chatwarden.outcomes.explain import percent, reasons
from chatwarden.telegram.messages import Button, Keyboard

commands = Commands()
_MENU: tuple[Literal["admins"]] = ("admins",)


@commands.add("spam", by="admins", offered=_MENU, about_a_message=True)
async def spam(call: Call) -> None:
    """Delete the message, ban who wrote it, and learn from it; "/spam all" deletes whatever else of theirs is remembered."""
    target = await target_of(call)
    if target is None:
        return
    outcome = await case_of(call, target)
    trace_id = None if outcome is None else outcome.trace_id
    todo = [_action(call, "ban", target, until=None, trace_id=trace_id)]
    if outcome is None:
        todo.append(_action(call, "delete_message", target, until=None))
    await ask_for(call.ports, todo)
    if outcome is not None:
        await tell_feedback(call.ports, outcome, "spam", by=call.subject, now=call.now)
    answer = call.say("spam.done", who=target.who)
    if call.argument.lower() == "all":
        cause = str(call.update_id)
        swept = await sweep(
            call.ports, call.chat.id, target, cause=cause, by=call.subject, now=call.now
        )
        answer = Html(f"{answer} {call.say('sweep.done', count=swept)}")
    await call.answer(answer, keyboard=_undo_button(call, target))


@commands.add("ham", by="admins", offered=_MENU, about_a_message=True)
async def ham(call: Call) -> None:
    """Say that the message is no spam: what was done is undone, and the group learns."""
    target = await target_of(call, admins_too=True)
    if target is None:
        return
    outcome = await case_of(call, target)
    undone = Html()
    if outcome is not None:
        had_acted = outcome.state in ("pending", "enforced", "failed")
        await tell_feedback(call.ports, outcome, "ham", by=call.subject, now=call.now)
        undone = call.say("ham.undone") if had_acted else undone
    await call.answer(call.say("ham.done", undone=undone))


@commands.add("ban", by="admins", offered=_MENU, about_a_message=True)
async def ban(call: Call) -> None:
    """Ban who wrote the message: for ever, or for the time that is told."""
    target, until = await _target_and_end(call, otherwise=None)
    if target is None:
        return
    await ask_for(call.ports, [_action(call, "ban", target, until=until)])
    answer = call.say("ban.done", who=target.who, until=end(call.language, until))
    await call.answer(answer, keyboard=_undo_button(call, target))


@commands.add("mute", by="admins", offered=_MENU, about_a_message=True)
async def mute(call: Call) -> None:
    """Take away the writing for the time that is told, or the policy's."""
    target, until = await _target_and_end(call, otherwise=await _mute_length(call))
    if target is None:
        return
    await ask_for(call.ports, [_action(call, "mute", target, until=until)])
    answer = call.say("mute.done", who=target.who, until=end(call.language, until))
    await call.answer(answer, keyboard=_undo_button(call, target))


@commands.add("unban", by="admins", offered=_MENU, about_a_message=True)
async def unban(call: Call) -> None:
    """Free somebody from what the bot did to them."""
    target = await target_of(call, admins_too=True)
    if target is not None:
        await free(call, target)
        await call.answer(call.say("unban.done", who=target.who))


@commands.add("warn", by="admins", offered=_MENU, about_a_message=True)
async def warn(call: Call) -> None:
    """Warn somebody before all; at the last warning they are muted."""
    target = await target_of(call)
    if target is None:
        return
    strikes = await add_strike(call, target)
    if strikes < MOST_STRIKES:
        words = call.say(
            "warn.public",
            who=target.who,
            strikes=strikes,
            most=MOST_STRIKES,
            reason=call.argument,
        )
    else:
        until = call.now + (await _mute_length(call) or timedelta(days=1))
        await ask_for(call.ports, [_action(call, "mute", target, until=until)])
        words = call.say(
            "warn.muted", who=target.who, most=MOST_STRIKES, until=end(call.language, until)
        )
    await call.answer_all(words, stays=None)


@commands.add("why", by="admins", offered=_MENU, about_a_message=True)
async def why(call: Call) -> None:
    """Tell what of a message counted how much."""
    target = await target_of(call, admins_too=True)
    if target is None:
        return
    outcome = await case_of(call, target)
    if outcome is None or not outcome.verdict.get("contributions"):
        await call.answer(call.say("why.none"))
        return
    signals = Html(" · ".join(reasons(outcome.verdict, call.ports.catalogue)))
    await call.answer(
        call.say("card.why", percent=percent(outcome.verdict["probability"]), signals=signals)
    )
    announce(call.ports, outcome)


async def free(call: Call, target: Target) -> None:
    """Undo all that the bot did to somebody in the group."""
    freed = Target(target.sender_kind, target.sender_id, target.name)
    await ask_for(call.ports, [_action(call, "undo", freed, until=None)])


def end(language: str, until: datetime | None) -> Html:
    """ " until 3 Dec 14:00 UTC", or nothing for what has no end."""
    return Html() if until is None else say(language, "until", date=f"{until:%-d %b %H:%M}")


def _action(
    call: Call,
    kind: ActionKind,
    target: Target,
    *,
    until: datetime | None,
    trace_id: str | None = None,
) -> Action:
    return action_on(
        call.ports,
        kind,
        target,
        chat_id=call.chat.id,
        cause=str(call.update_id),
        requested_by=call.subject,
        now=call.now,
        until=until,
        trace_id=trace_id,
    )


async def target_of(call: Call, *, admins_too: bool = False) -> Target | None:
    """Whom it is about; None where nobody, or nobody who may be touched: then it has been said."""
    target = call.target
    if target is None:
        await call.answer(call.say("target.none", command=call.name))
        return None
    if target.sender_id == call.ports.bot_id:
        await call.answer(call.say("target.me"))
        return None
    is_admin = target.sender_id == call.chat.id or (
        target.sender_id in await call.ports.admins.admin_ids(call.chat.id)
    )
    if is_admin and not admins_too:
        await call.answer(call.say("target.admin", who=target.who))
        return None
    return target


async def _target_and_end(
    call: Call, *, otherwise: timedelta | None
) -> tuple[Target | None, datetime | None]:
    try:
        length = read_duration(call.argument)
    except ValueError:
        await call.answer(call.say("duration.bad", text=call.argument.split()[0][:32]))
        return None, None
    length = otherwise if length is None else length
    return await target_of(call), None if length is None else call.now + length


async def _mute_length(call: Call) -> timedelta:
    group = await find(call.ports, call.chat.id)
    days = 1 if group is None else group.policy.get("mute_days", 1)
    return timedelta(days=days or 365)


def _undo_button(call: Call, target: Target) -> Keyboard:
    kind = target.sender_kind[0]
    data = f"free:{call.chat.id}:{kind}{target.sender_id}:{call.update_id}"
    return [[Button(say(call.language, "button.undo_only"), data=data)]]
