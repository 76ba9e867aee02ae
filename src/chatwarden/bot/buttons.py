"""What buttons do. Their data is a verb and its arguments, parted by colons.

Whoever presses one of a group's must be an admin who may delete messages and ban users there; one of the gate's or of an appeal's is for whom it is about. A button may be pressed by anybody who sees it, days later,
by several at once. What it changes is idempotent; what cannot be done any more is said.
"""

from collections.abc import Awaitable, Callable

from chatwarden.bot.allowing import allow_sender, disallow
from chatwarden.bot.appeals.asking import begin, send_without_words, stop
from chatwarden.bot.call import Call, Target
from chatwarden.bot.commands.moderating import free
from chatwarden.bot.forgetting import forget
from chatwarden.bot.gate.answering import answer
from chatwarden.bot.groups import find, may_moderate, set_language, set_mode, set_preset
from chatwarden.bot.moderation import action_on, ask_for, tell_feedback
from chatwarden.bot.panel import PRESETS, language_buttons, panel, panel_buttons
from chatwarden.bot.press import Press
from chatwarden.bot.raids.keeper import end_raid
from chatwarden.bot.sweep import sweep
from chatwarden.bot.transfers import send_export, show_or_take
from chatwarden.bot.updates import Chat, Message
from chatwarden.bot.words import LANGUAGES, say
from chatwarden.outcomes.texts import open_texts
from chatwarden.storage.models import Outcome
from chatwarden.storage.repositories.allowed import MOST_ALLOWED
from chatwarden.storage.repositories.outcomes import find_outcome_of_update

Handler = Callable[[Press, list[str]], Awaitable[None]]


async def press(one: Press) -> None:
    """Do what a button says."""
    verb, *arguments = one.query.data.split(":")
    handler = _HANDLERS.get(verb)
    try:
        if handler is None:
            raise ValueError(verb)
        await handler(one, arguments)
    except (ValueError, IndexError, KeyError):
        # Of another version, or made up.
        await one.answer("expired", alert=True)


async def _may(one: Press, chat_id: int) -> bool:
    """Whether who pressed it may; where not, they have been told."""
    if await may_moderate(one.ports, chat_id, one.query.from_.id):
        return True
    group = await find(one.ports, chat_id)
    await one.answer("not_admin", alert=True, group=str(chat_id) if group is None else group.title)
    return False


async def _set_mode(one: Press, arguments: list[str]) -> None:
    chat_id, mode = int(arguments[0]), arguments[1]
    if mode not in ("guard", "observe"):
        raise ValueError(mode)
    if await _may(one, chat_id):
        await set_mode(one.ports, chat_id, "guard" if mode == "guard" else "observe")
        await _show_panel(one, chat_id)


async def _set_preset(one: Press, arguments: list[str]) -> None:
    chat_id, preset = int(arguments[0]), arguments[1]
    if preset not in PRESETS:
        raise ValueError(preset)
    if await _may(one, chat_id):
        await set_preset(
            one.ports,
            chat_id,
            preset,
            by=one.query.from_.name[:64],
            made_by=f"user:{one.query.from_.id}",
        )
        await _show_panel(one, chat_id)


async def _show_languages(one: Press, arguments: list[str]) -> None:
    chat_id = int(arguments[0])
    group = await find(one.ports, chat_id)
    if group is not None and await _may(one, chat_id):
        await one.show(panel(group, one.language), language_buttons(chat_id))
        await one.answer()


async def _set_language(one: Press, arguments: list[str]) -> None:
    chat_id, language = int(arguments[0]), arguments[1]
    if language not in LANGUAGES:
        raise ValueError(language)
    if await _may(one, chat_id):
        await set_language(one.ports, chat_id, language)
        await _show_panel(one, chat_id)


async def _show_panel_of(one: Press, arguments: list[str]) -> None:
    chat_id = int(arguments[0])
    if await _may(one, chat_id):
        await _show_panel(one, chat_id)


async def _show_panel(one: Press, chat_id: int) -> None:
    group = await find(one.ports, chat_id)
    if group is None:
        await one.answer("button.gone", alert=True)
        return
    language = one.language if one.is_in_private else group.language
    buttons = panel_buttons(one.ports, group, language, private=one.is_in_private)
    await one.show(panel(group, language), buttons)
    await one.answer()


async def _outcome(one: Press, arguments: list[str]) -> Outcome | None:
    """The outcome of a card, where who pressed may decide about it; else they have been told."""
    update_id = int(arguments[0])
    async with one.ports.database.transaction() as session:
        outcome = await find_outcome_of_update(
            session, bot_id=one.ports.bot_id, update_id=update_id
        )
    if outcome is None:
        await one.answer("button.gone", alert=True)
        return None
    return outcome if await _may(one, outcome.chat_id) else None


async def _say_spam(one: Press, arguments: list[str]) -> None:
    await _say(one, arguments, "spam")


async def _say_ham(one: Press, arguments: list[str]) -> None:
    await _say(one, arguments, "ham")


async def _say(one: Press, arguments: list[str], label: str) -> None:
    outcome = await _outcome(one, arguments)
    if outcome is None:
        return
    is_spam = label == "spam"
    is_news = await tell_feedback(
        one.ports, outcome, "spam" if is_spam else "ham", by=one.subject, now=one.now
    )
    await one.answer(f"said.{label}" if is_news else "button.done_already")


async def _outcome_of_no_admin(one: Press, arguments: list[str]) -> tuple[Outcome, Target] | None:
    """The same with its sender, where something may be done to them; else that has been said."""
    outcome = await _outcome(one, arguments)
    if outcome is None:
        return None
    target = Target(outcome.sender_kind, outcome.sender_id)
    if target.sender_id in await one.ports.admins.admin_ids(outcome.chat_id):
        await one.answer("target.admin", alert=True, who=target.sender_id)
        return None
    return outcome, target


async def _ban(one: Press, arguments: list[str]) -> None:
    found = await _outcome_of_no_admin(one, arguments)
    if found is None:
        return
    outcome, target = found
    ban = action_on(
        one.ports,
        "ban",
        target,
        chat_id=outcome.chat_id,
        cause=f"{outcome.update_id}-card",
        requested_by=one.subject,
        now=one.now,
        trace_id=outcome.trace_id,
    )
    await ask_for(one.ports, [ban])
    await tell_feedback(one.ports, outcome, "spam", by=one.subject, now=one.now)
    await one.answer("said.spam")


async def _repost(one: Press, arguments: list[str]) -> None:
    outcome = await _outcome(one, arguments)
    if outcome is None:
        return
    texts, state = await open_texts(outcome, one.ports.keyring)
    words = next((text.text for text in texts.texts if text.place in ("text", "caption")), "")
    if state != "readable" or not words:
        await one.answer("button.gone", alert=True)
        return
    group = await find(one.ports, outcome.chat_id)
    language = "en" if group is None else group.language
    target = Target(outcome.sender_kind, outcome.sender_id, texts.sender_name or "")
    await one.ports.telegram.send(
        outcome.chat_id, say(language, "reposted", who=target.who, text=words[:3500]), silent=True
    )
    await one.answer("reposted.done")


async def _free(one: Press, arguments: list[str]) -> None:
    """Undo what a command did."""
    chat_id, who, cause = int(arguments[0]), arguments[1], int(arguments[2])
    if await _may(one, chat_id):
        await free(_call(one, "unban", chat_id, cause), _sender(who))
        await one.answer("undo.asked")
        if one.query.message is not None:
            await one.show(say(one.language, "undo.done"), ())


async def _allow(one: Press, arguments: list[str]) -> None:
    """Put the sender of a card on the allow list, and free them."""
    outcome = await _outcome(one, arguments)
    if outcome is None:
        return
    texts, _ = await open_texts(outcome, one.ports.keyring)
    target = Target(outcome.sender_kind, outcome.sender_id, texts.sender_name or "")
    is_news = await allow_sender(one.ports, outcome.chat_id, target, by=one.subject)
    if is_news is None:
        await one.answer("allow.full", alert=True, most=MOST_ALLOWED)
        return
    await tell_feedback(one.ports, outcome, "ham", by=one.subject, now=one.now)
    name = target.name or target.sender_id
    await one.answer("allow.done" if is_news else "allow.already", who=name)


async def _sweep(one: Press, arguments: list[str]) -> None:
    """Delete whatever else its sender wrote."""
    found = await _outcome_of_no_admin(one, arguments)
    if found is None:
        return
    outcome, target = found
    cause = f"{outcome.update_id}-card-{one.query.id}"
    swept = await sweep(
        one.ports, outcome.chat_id, target, cause=cause, by=one.subject, now=one.now
    )
    await one.answer("sweep.done", count=swept)


async def _disallow(one: Press, arguments: list[str]) -> None:
    chat_id, target = int(arguments[0]), _sender(arguments[1])
    if await _may(one, chat_id):
        was_there = await disallow(one.ports, chat_id, target)
        await one.answer("button.done" if was_there else "button.done_already")


async def _export(one: Press, arguments: list[str]) -> None:
    chat_id, form = int(arguments[0]), arguments[1]
    if form not in ("yaml", "csv"):
        raise ValueError(form)
    group = await find(one.ports, chat_id)
    if group is not None and await _may(one, chat_id):
        await send_export(
            one.ports,
            group,
            user_id=one.query.from_.id,
            language=one.language,
            form="csv" if form == "csv" else "yaml",
        )
        await one.answer()


async def _import(one: Press, arguments: list[str]) -> None:
    """Show what the file above would change, or change it."""
    chat_id = int(arguments[0])
    if not await _may(one, chat_id):
        return
    message = one.query.message
    file = None if message is None else message.reply_to_message
    if file is None or file.document is None:
        await one.answer("import.gone", alert=True)
        return
    shown = await show_or_take(
        one.ports,
        chat_id,
        file,
        arguments[1:],
        language=one.language,
        by=one.subject,
        who=one.query.from_.name[:64],
    )
    if shown is None:
        await one.answer("button.gone", alert=True)
        return
    await one.show(*shown)
    await one.answer()


async def _raid(one: Press, arguments: list[str]) -> None:
    chat_id, what = int(arguments[0]), arguments[1]
    if what != "end":
        raise ValueError(what)
    if await _may(one, chat_id):
        is_ended = await end_raid(one.ports, chat_id, by=one.subject)
        await one.answer("raid.ended" if is_ended else "raid.none")


async def _as_admin(one: Press, arguments: list[str]) -> None:
    """A command that was said as the group: now it is known by whom."""
    name, chat_id, message_id, who, cause, *rest = arguments
    command = one.commands[name]
    if not await _may(one, int(chat_id)):
        return
    target = None
    if who:
        target = _sender(who)
        message = Message(
            message_id=int(message_id),
            chat=_chat(int(chat_id)),
            date=int(one.now.timestamp()),
        )
        target = Target(target.sender_kind, target.sender_id, message=message)
    call = _call(one, name, int(chat_id), int(cause), target=target, argument=":".join(rest))
    await command.run(call)
    await one.answer()
    if one.query.message is not None:
        await call.tidy(one.query.message.message_id)


def _chat(chat_id: int) -> Chat:
    return Chat(id=chat_id, type="supergroup")


def _call(
    one: Press,
    name: str,
    chat_id: int,
    cause: int,
    *,
    target: Target | None = None,
    argument: str = "",
) -> Call:
    return Call(
        ports=one.ports,
        update_id=cause,
        name=name,
        argument=argument,
        user=one.query.from_,
        chat=_chat(chat_id),
        target=target,
        language=one.language,
        commands=one.commands,
        now=one.now,
    )


def _sender(who: str) -> Target:
    kinds = {"u": "user", "c": "channel"}
    return Target(kinds[who[0]], int(who[1:]))


_HANDLERS: dict[str, Handler] = {
    "mode": _set_mode,
    "preset": _set_preset,
    "langs": _show_languages,
    "lang": _set_language,
    "panel": _show_panel_of,
    "spam": _say_spam,
    "ham": _say_ham,
    "ban": _ban,
    "repost": _repost,
    "free": _free,
    "allow": _allow,
    "sweep": _sweep,
    "disallow": _disallow,
    "raid": _raid,
    "export": _export,
    "import": _import,
    "gate": answer,
    "appeal": begin,
    "appeal_send": send_without_words,
    "appeal_stop": stop,
    "forget": forget,
    "as": _as_admin,
}
