"""Somebody appeals, in private: they choose what, and may say why in one message.

In: buttons and words of the private chat. Out: an appeal that waits for the admins. What is asked for is kept: a process that dies in between goes on, and what is said again is answered again.
"""

from datetime import timedelta

from chatwarden.bot.appeals.listing import Held, held_against, held_by, shown, why_not
from chatwarden.bot.call import Call
from chatwarden.bot.moderation import announce
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.press import Press
from chatwarden.bot.words import Html, plain, say
from chatwarden.outcomes.appeals import MOST_CHARACTERS, open_words
from chatwarden.storage.models import Appeal, Group, Outcome
from chatwarden.storage.repositories import appeals
from chatwarden.storage.repositories.webhooks import Happened, note_events
from chatwarden.telegram.messages import Button

DRAFT_LASTS = timedelta(hours=1)
"""So long what somebody writes in private is taken for the words they were asked for."""


async def begin(one: Press, arguments: list[str]) -> None:
    """Ask whoever chose something for their words; without an argument show what there is to choose."""
    ports, person = one.ports, one.query.from_.id
    if not arguments:
        words, keyboard = shown(await held_against(ports, person), one.language)
        await ports.telegram.send(person, words, keyboard=keyboard)
        await one.answer()
        return
    update_id = int(arguments[0])
    held = await held_by(ports, update_id, person)
    if held is None or held.outcome is None:
        await one.answer("appeal.over", alert=True)
        return
    if (refusal := why_not(held, one.language)) is not None:
        await one.answer("appeal.not_now", alert=True, why=refusal)
        return
    await _draft(one, held, held.outcome)
    words = say(one.language, "appeal.ask", group=held.group.title, most=MOST_CHARACTERS)
    buttons = [
        [Button(plain(one.language, "button.appeal_send"), data=f"appeal_send:{update_id}")],
        [Button(plain(one.language, "button.appeal_stop"), data="appeal_stop")],
    ]
    await ports.telegram.send(person, words, keyboard=buttons)
    await one.answer()


async def _draft(one: Press, held: Held, outcome: Outcome) -> None:
    """Whoever chooses anew has changed their mind."""
    ports, person = one.ports, one.query.from_.id
    async with ports.database.transaction() as session:
        await appeals.drop_drafts(session, bot_id=ports.bot_id, user_id=person)
        await session.flush()
        session.add(
            Appeal(
                id=f"{ports.bot_id}-{one.update_id}",
                bot_id=ports.bot_id,
                chat_id=held.group.chat_id,
                update_id=outcome.update_id,
                user_id=person,
                about=held.grievance.kind,
                state="draft",
                asked_at=one.now,
            )
        )


async def send_without_words(one: Press, arguments: list[str]) -> None:
    """The button below what they were asked."""
    person, update_id = one.query.from_.id, int(arguments[0])
    draft = await _draft_of(one.ports, person)
    if draft is None or draft.update_id != update_id:
        sent = await _sent(one.ports, person, language=one.language, update_id=update_id)
        if sent is None:
            await one.answer("expired", alert=True)
            return
        await one.show(sent, ())
        await one.answer()
        return
    await one.show(await _open(one.ports, draft, None, language=one.language), ())
    await one.answer()


async def stop(one: Press, _arguments: list[str]) -> None:
    """They thought better of it."""
    async with one.ports.database.transaction() as session:
        await appeals.drop_drafts(session, bot_id=one.ports.bot_id, user_id=one.query.from_.id)
    await one.show(say(one.language, "appeal.stopped"), ())
    await one.answer()


async def take_words(call: Call) -> bool:
    """Take what somebody wrote in private for the words they were asked for. False where they were asked for none."""
    words = call.argument.strip()
    draft = await _draft_of(call.ports, call.user.id)
    if draft is None:
        sent = await _sent(call.ports, call.user.id, language=call.language, words=words)
        if sent is not None:
            await call.answer(sent)
        return sent is not None
    if not words:
        await call.answer(call.say("appeal.only_text"))
    elif len(words) > MOST_CHARACTERS:
        length = len(words)
        await call.answer(call.say("appeal.too_long", length=length, most=MOST_CHARACTERS))
    else:
        await call.answer(await _open(call.ports, draft, words, language=call.language))
    return True


async def _draft_of(ports: BotPorts, person: int) -> Appeal | None:
    async with ports.database.transaction() as session:
        return await appeals.draft_of(
            session, bot_id=ports.bot_id, user_id=person, since=ports.clock() - DRAFT_LASTS
        )


async def _sent(
    ports: BotPorts,
    person: int,
    *,
    language: str,
    words: str | None = None,
    update_id: int | None = None,
) -> Html | None:
    """What to tell whoever sent just that a moment ago: its answer may not have reached them. None where they did not."""
    async with ports.database.transaction() as session:
        last = await appeals.last_opened(
            session, bot_id=ports.bot_id, user_id=person, since=ports.clock() - DRAFT_LASTS
        )
        if last is None or (await open_words(last, ports.keyring) != words):
            return None
        if update_id not in (None, last.update_id):
            return None
        group = await session.get(Group, (last.bot_id, last.chat_id))
    return None if group is None else say(language, "appeal.sent", group=group.title)


async def _open(ports: BotPorts, draft: Appeal, words: str | None, *, language: str) -> Html:
    """Put it before the admins, where it still may be; what to tell its person."""
    held = await held_by(ports, draft.update_id, draft.user_id)
    if held is None or held.outcome is None:
        async with ports.database.transaction() as session:
            await appeals.drop_drafts(session, bot_id=ports.bot_id, user_id=draft.user_id)
        return say(language, "appeal.over")
    if (refusal := why_not(held, language)) is not None:
        return say(language, "appeal.not_now", why=refusal)
    now = ports.clock()
    sealer = await ports.keyring.of_group(draft.bot_id, draft.chat_id)
    async with ports.database.transaction() as session:
        appeal = await session.get(Appeal, draft.id, with_for_update=True)
        if appeal is None or appeal.state != "draft":
            return say(language, "appeal.over")
        appeal.state, appeal.opened_at = "open", now
        if words is not None:
            place = appeals.place_of(appeal.id)
            appeal.sealed = sealer.seal(words.encode(), place=place)
        opened = Happened(
            event="case.opened",
            bot_id=appeal.bot_id,
            chat_id=appeal.chat_id,
            trace_id=held.outcome.trace_id,
            detail={"appeal": True},
        )
        await note_events(session, [opened], now=now)
    announce(ports, held.outcome)
    return say(language, "appeal.sent", group=held.group.title)
