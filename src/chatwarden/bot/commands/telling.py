"""What the bot tells of itself, of a group and of a person."""

from datetime import timedelta

from chatwarden.bot.appeals.listing import APPEAL
from chatwarden.bot.call import Call
from chatwarden.bot.commands.registry import Commands
from chatwarden.bot.groups import find, groups_of, may_moderate
from chatwarden.bot.panel import panel, panel_buttons
from chatwarden.bot.words import Html, plain, say
from chatwarden.outcomes.person import as_json, person_file
from chatwarden.privacy.holdings import holdings_of
from chatwarden.storage.models import Group
from chatwarden.storage.repositories import sessions
from chatwarden.storage.repositories.groups import Counts, counts_since, list_groups
from chatwarden.storage.retention import TEXTS_ARE_KEPT
from chatwarden.telegram.messages import Button

commands = Commands()

LINK_LASTS = timedelta(minutes=10)
_CARDS = "cards"
"""Before a group's id: the link by which its admins have decisions told in private."""
_SETTINGS = "set"
"""Before a group's id: the link to its settings."""


@commands.add("start", by="anyone", offered=("private",))
async def start(call: Call) -> None:
    """Begin; or, by a group's link, have its decisions told here."""
    if not call.chat.is_private:
        return
    if call.argument.startswith(APPEAL):
        await call.commands["appeal"].run(call)
        return
    if call.argument.startswith(_SETTINGS):
        group = await _own_group(call, call.argument.removeprefix(_SETTINGS))
        if group is not None:
            await _show(call, group)
            return
    if call.argument.startswith(_CARDS):
        group = await _own_group(call, call.argument.removeprefix(_CARDS))
        if group is not None:
            await call.answer(
                call.say("start.cards", group=group.title),
                keyboard=panel_buttons(call.ports, group, call.language, private=True),
            )
            return
    add = f"https://t.me/{call.ports.username}?startgroup=begin&admin=delete_messages+restrict_members"
    await call.answer(
        Html(f"{call.say('start')}\n\n{call.say('start.appeal')}"),
        keyboard=[
            [Button(plain(call.language, "button.add"), url=add)],
            [Button(plain(call.language, "button.appeal"), data="appeal")],
        ],
    )


@commands.add("help", by="anyone", offered=("private", "members", "admins"))
async def help_(call: Call) -> None:
    """The commands of whoever asks."""
    scope, key = "private", "help.private"
    if not call.chat.is_private:
        is_admin = await may_moderate(call.ports, call.chat.id, call.user.id)
        scope, key = ("admins", "help.admin") if is_admin else ("members", "help.member")
    lines = [
        f"/{command.name} – {say(call.language, f'command.{command.name}')}"
        for command in call.commands.values()
        if scope in command.offered
    ]
    await call.answer(call.say(key, commands=Html("\n".join(lines))))


@commands.add("settings", by="anyone", offered=("private", "admins"))
async def settings(call: Call) -> None:
    """The settings of a group, or the choice of one."""
    ports = call.ports
    if not call.chat.is_private:
        if await may_moderate(ports, call.chat.id, call.user.id):
            url = ports.link(f"set{call.chat.id}")
            button = Button(plain(call.language, "button.settings"), url=url)
            await call.answer(call.say("settings.private"), keyboard=[[button]])
        return
    groups = await groups_of(ports, call.user.id)
    if not groups:
        await call.answer(call.say("settings.none"))
    elif len(groups) == 1:
        await _show(call, groups[0])
    else:
        rows = [[Button(one.title[:64], data=f"panel:{one.chat_id}")] for one in groups[:50]]
        await call.answer(call.say("settings.choose"), keyboard=rows)


@commands.add("dashboard", by="anyone", offered=("private", "admins"))
async def dashboard(call: Call) -> None:
    """A link that signs whoever asks in, once."""
    ports = call.ports
    if not call.chat.is_private:
        await call.answer(call.say("dashboard.private"))
        return
    if ports.public_url is None:
        await call.answer(call.say("dashboard.none"))
        return
    async with ports.database.transaction() as session:
        secret = await sessions.make_sign_in_link(
            session, subject=call.subject, lifetime=LINK_LASTS
        )
    url = f"{ports.public_url.rstrip('/')}/sign-in#link={secret}"
    minutes = int(LINK_LASTS.total_seconds() // 60)
    await call.answer(
        call.say("dashboard.link", minutes=minutes),
        keyboard=[[Button(plain(call.language, "button.open"), url=url)]],
    )


@commands.add("privacy", by="anyone", offered=("private", "members"))
async def privacy(call: Call) -> None:
    """What is kept, and for how long."""
    await call.answer(call.say("privacy", days=TEXTS_ARE_KEPT.days))


@commands.add("mydata", by="anyone", offered=("private",))
async def mydata(call: Call) -> None:
    """What is held about whoever asks: counted, and all of it as a file."""
    if not call.chat.is_private:
        return
    async with call.ports.database.transaction() as session:
        held = await holdings_of(session, call.user.id)
    rows: list[str] = []
    if held.newest_outcome is not None:
        date = f"{held.newest_outcome:%-d %b %Y}"
        rows.append(call.say("mydata.outcomes", count=held.outcomes, date=date))
    counted = {
        "actions": held.actions,
        "strikes": held.strikes,
        "challenges": held.challenges,
        "allowed": held.allowed_in,
        "feedback": held.feedback,
        "reports": held.reports,
        "appeals": held.appeals,
        "did": held.did,
        "roles": held.roles,
        "sign_ins": held.sign_ins,
    }
    rows += [call.say(f"mydata.{what}", count=count) for what, count in counted.items() if count]
    shown = "\n".join(f"• {row}" for row in rows)
    if not rows:
        await call.answer(call.say("mydata", rows=call.say("mydata.none")))
        return
    words = call.say("mydata", rows=Html(f"{shown}\n\n{call.say('mydata.forget')}"))
    await call.ports.telegram.send_file(call.user.id, "mydata.json", await _own_file(call), words)


async def _own_file(call: Call) -> bytes:
    ports, person = call.ports, call.user.id
    async with ports.database.transaction() as session:
        file = await person_file(session, person, keyring=ports.keyring, now=call.now)
        groups = await list_groups(session, bot_id=ports.bot_id)
    remembered = {
        str(group.chat_id): [one._asdict() for one in messages]
        for group in groups
        if (messages := await ports.history.messages_of(group.chat_id, person))
    }
    return as_json(file | {"remembered_messages": remembered})


@commands.add("forgetme", by="anyone", offered=("private",))
async def forgetme(call: Call) -> None:
    """Ask whether all that is held about whoever asks shall be erased."""
    if call.chat.is_private:
        button = Button(plain(call.language, "button.forget"), data="forget")
        await call.answer(call.say("forget.ask"), keyboard=[[button]])


@commands.add("stats", by="admins", offered=("private", "admins"))
async def stats(call: Call) -> None:
    """What was caught today and in seven days: here, or in each group of whoever asks."""
    ports = call.ports
    if call.chat.is_private:
        groups = await groups_of(ports, call.user.id)
    else:
        here = await find(ports, call.chat.id)
        groups = [] if here is None else [here]
    if not groups:
        await call.answer(call.say("settings.none"))
        return
    midnight = call.now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with ports.database.transaction() as session:
        today = await counts_since(session, midnight)
        week = await counts_since(session, midnight - timedelta(days=6))
    none = Counts()
    told = [
        call.say(
            "stats",
            group=group.title,
            judged=(day := today.get((ports.bot_id, group.chat_id), none)).judged,
            deleted=day.deleted,
            punished=day.punished,
            week_judged=(seven := week.get((ports.bot_id, group.chat_id), none)).judged,
            week_deleted=seven.deleted,
            week_punished=seven.punished,
        )
        for group in groups[:10]
    ]
    await call.answer(Html("\n\n".join(told)))


async def _own_group(call: Call, chat_id: str) -> Group | None:
    """The group of a link, where whoever follows it may set it."""
    try:
        group = await find(call.ports, int(chat_id))
    except ValueError:
        return None
    if group is None or not await may_moderate(call.ports, group.chat_id, call.user.id):
        return None
    return group


async def _show(call: Call, group: Group) -> None:
    await call.answer(
        panel(group, call.language),
        keyboard=panel_buttons(call.ports, group, call.language, private=True),
    )
