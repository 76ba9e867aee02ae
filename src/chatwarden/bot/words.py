"""What the bot says. English stands here; translations are `chatwarden/locales/<language>.json`, and what they lack is said in English.

Values are escaped for Telegram's HTML; a value that is HTML already is wrapped in `Html`.
"""

import html
from functools import cache
from importlib import resources

import msgspec


class Html(str):
    """A value that holds Telegram's HTML and is not escaped."""

    __slots__ = ()


ENGLISH: dict[str, str] = {
    # Coming into a group.
    "welcome.observe": (
        "👋 <b>I keep spam out of here.</b>\n"
        "For two days I only watch: nothing is deleted, nobody is punished, and I tell the admins what I would have done."
    ),
    "welcome.guard": "👋 <b>I keep spam out of here.</b>\nFrom now on spam goes at once, and every decision can be undone.",
    "welcome.attack": "Is somebody spamming right now? Press “Guard now”.",
    "welcome.private": "Admins: press “Tell me in private” and each decision comes to you with its reason, with a button that undoes it.",
    "welcome.no_rights": "⚠️ I am no admin here yet, so I see little and can do nothing. Make me an admin who may delete messages and ban users.",
    "welcome.basic_group": "⚠️ This is a basic group, in which Telegram lets no bot mute anybody. Turn on “Chat history for new members: visible” and Telegram makes it a supergroup.",
    "right.yes": "✅ {right}",
    "right.no": "❌ {right}: {hint}",
    "rights.lost": "⚠️ In <b>{group}</b> I may no longer do what I am there for:\n{rights}\nUntil then spam stays.",
    "rights.regained": "✅ In <b>{group}</b> I may do everything again that I am there for.",
    "webhook.off": (
        "⚠️ Nothing that is sent from <b>{group}</b> to the webhook at {host} has arrived for three days, so I have turned it off. "
        "Turn it on again in the dashboard, under “Webhooks”, once it works."
    ),
    "removed": "I was removed from <b>{group}</b> by {who}. What I did there can still be looked up, and nothing more will be done.",
    "observed": (
        "👀 <b>Two days in {group}</b>\nI looked at {judged} messages and would have deleted {flagged} of them. "
        "Nothing was done. Look whether I was right, then let me guard."
    ),
    # Settings.
    "settings.title": "⚙️ <b>{group}</b>",
    "settings.mode.guard": "🛡 Guarding: spam is deleted.",
    "settings.mode.observe": "👀 Watching: nothing is deleted.",
    "settings.preset": "Strictness: <b>{preset}</b>",
    "settings.cards": "Decisions are told {where}.",
    "settings.cards.private": "in private, to admins who talk to me",
    "settings.cards.chat": "in a chat of their own",
    "settings.choose": "Which group?",
    "settings.none": "You are an admin of no group that I am in. Add me to one, and make me an admin there.",
    "settings.private": "The settings are in our private chat.",
    "preset.gentle": "gentle",
    "preset.standard": "standard",
    "preset.strict": "strict",
    "button.guard": "🛡 Guard now",
    "button.observe": "👀 Only watch",
    "button.tell_me": "🔔 Tell me in private",
    "button.settings": "⚙️ Settings",
    "button.language": "🌐 {language}",
    "button.chosen": "• {choice} •",
    "button.open": "Open the dashboard",
    "button.forget": "Yes, erase it",
    "button.add": "➕ Add me to a group",
    "button.confirm": "I am an admin: do it",
    # Private.
    "start": (
        "👋 <b>I keep spam out of Telegram groups.</b> I say why, and one tap undoes it.\n\n"
        "1. Add me to your group.\n2. Make me an admin who may delete messages and ban users.\n"
        "3. For two days I only watch and tell you here what I would have done. Then let me guard."
    ),
    "start.appeal": "Did I mute, ban or remove you by mistake? /appeal",
    "about": "I keep spam out of Telegram groups.\n\nMuted, banned or removed by me by mistake? Press Start and send /appeal: the admins look at it again.",
    "start.cards": "🔔 From now on I tell you here what I do in <b>{group}</b>, each time with a button that undoes it.",
    "help.private": "<b>What you can say to me here</b>\n{commands}",
    "help.admin": "<b>What admins can say to me</b>\nReply to a message with:\n{commands}",
    "help.member": "<b>What you can say to me</b>\n{commands}",
    "dashboard.link": "This link signs you in to the dashboard, once, within {minutes} minutes. Give it to nobody.",
    "dashboard.none": "The dashboard has no public address. Whoever runs me can set one: CHATWARDEN_PUBLIC_URL.",
    "dashboard.private": "I send the sign-in link in our private chat only.",
    "privacy": (
        "🔒 <b>What I keep</b>\n"
        "• Of ordinary messages nothing but counts, and numbers that tell how new somebody is.\n"
        "• Of what looked like spam the text, encrypted, so that an admin can look at it; it is purged after {days} days.\n"
        "• What was done and why, without words.\n"
        "Texts leave this server only if its operator turned that on. /mydata shows what I hold about you."
    ),
    "mydata": "🗂 <b>What I hold about you</b>\n{rows}",
    "mydata.none": "Nothing: no message of yours ever looked like spam to me.",
    "mydata.outcomes": "{count} messages that looked like spam, the last on {date}",
    "mydata.strikes": "{count} warnings by admins",
    "mydata.feedback": "{count} times you said what a message is",
    "mydata.actions": "{count} times something was done about you",
    "mydata.challenges": "{count} times I asked whether you are a person",
    "mydata.allowed": "you are on the allow list of {count} groups",
    "mydata.reports": "{count} messages that you reported",
    "mydata.appeals": "{count} appeals",
    "mydata.did": "{count} changes that you made",
    "mydata.roles": "a role in {count} groups",
    "mydata.sign_ins": "{count} sign-ins and API keys",
    "mydata.forget": "/forgetme erases it.",
    "forget.ask": "🗑 <b>Erase what I hold about you?</b>\n• Your texts go at once, and so does whatever lets you sign in.\n• What was done about you stays, without your name, until it ends: no ban and no mute is lifted by this.\n• In every group you are new to me again.\nNobody can bring it back.",
    "forget.done": "Erased. What remains names nobody.",
    "forget.wait": "Something about you is still under way: a question that you are asked, or an action. Press again once it is over.",
    "stats": (
        "📊 <b>{group}</b>\nToday: {judged} messages looked at, {deleted} deleted, {punished} senders punished.\n"
        "In seven days: {week_judged} looked at, {week_deleted} deleted, {week_punished} punished."
    ),
    "unknown.hint": "I do not know /{command}. Did you mean /{close}?",
    "not_admin": "Only admins of {group} can do that.",
    # Moderating.
    "target.none": "Reply to a message with /{command}.",
    "target.admin": "{who} is an admin: I leave admins alone.",
    "target.me": "That is me.",
    "spam.done": "🗑 Deleted, {who} banned. I remember how such messages read.",
    "sweep.done": "{count} messages of theirs are being deleted.",
    "ham.done": "✅ Noted: that is no spam. {undone}",
    "ham.undone": "What I had done is being taken back.",
    "ban.done": "🔨 {who} is banned{until}.",
    "mute.done": "🔇 {who} is muted{until}.",
    "unban.done": "↩️ {who} is freed from what I did. Telegram brings nobody back: they have to come themselves.",
    "until": " until {date} UTC",
    "duration.bad": "“{text}” is no time I understand. Write 30m, 12h, 7d or 2w; from one minute to a year.",
    "warn.public": "⚠️ {who}, an admin has warned you ({strikes} of {most}). {reason}",
    "warn.muted": "🔇 {who} had {most} warnings and is muted{until}.",
    "why.none": "Nothing about that message looked like spam to me.",
    "undo.asked": "Being undone.",
    "undo.done": "Undone.",
    "anonymous": "You write as the group, so I cannot see who you are. Press the button within a day.",
    "expired": "That button is too old. Use the command again.",
    # Reports.
    "report.thanks": "🙏 Thank you: the admins are told.",
    "report.again": "You reported that already.",
    "report.too_many": "You reported a lot lately. Please wait a little.",
    "report.self": "That is your own message.",
    # Appeals.
    "appeal.none": "✅ Nothing that I did holds against you. What admins did themselves, only they can undo.",
    "appeal.list": "⚖️ <b>What holds against you</b>\n\n{rows}\n\nWhat shall the admins look at again?",
    "appeal.list_closed": "⚖️ <b>What holds against you</b>\n\n{rows}",
    "appeal.row": "<b>{group}</b>: {what}. {why}",
    "appeal.what.ban": "you are banned{until}",
    "appeal.what.mute": "you cannot write{until}",
    "appeal.what.challenge": "you cannot write until you show that you are a person",
    "appeal.what.kick": "you were removed",
    "appeal.what.delete_message": "a message of yours was deleted",
    "appeal.what.delete_reactions": "your reactions were removed",
    "appeal.why.message": "Your message looked like spam to me.",
    "appeal.why.locked": "What you sent may not be sent there.",
    "appeal.why.reaction": "Your reactions looked like spam to me.",
    "appeal.why.join": "The way you joined looked like spam to me.",
    "appeal.why.admin": "An admin did that: only the admins there can undo it.",
    "appeal.why.shared": "That group shares bans with another one: what is undone there is undone here.",
    "appeal.why.gate": "It ends by itself, or when you answer what you were asked.",
    "appeal.waits": "Your appeal is with the admins.",
    "appeal.final": "The admins have looked at it twice: it stays.",
    "appeal.later": "You can appeal in that group again from {date} UTC on.",
    "appeal.not_now": "{why}",
    "appeal.ask": "✍️ <b>{group}</b>: tell the admins why that was a mistake, in one message of up to {most} characters.",
    "appeal.only_text": "Only text, please: one message. /appeal starts anew.",
    "appeal.too_long": "That is too long: {length} of {most} characters. Please say it shorter.",
    "appeal.sent": "🙏 The admins of <b>{group}</b> have your appeal. I tell you here what they decide.",
    "appeal.over": "That does not hold against you, or does no more. /appeal shows what does.",
    "appeal.stopped": "Nothing was sent.",
    "appeal.accepted": "✅ <b>{group}</b>: your appeal was accepted. {then}",
    "appeal.refused": "✋ <b>{group}</b>: the admins have looked at it again, and it stays. {then}",
    "appeal.lapsed": "<b>{group}</b>: what you appealed has ended before the admins decided.",
    "appeal.then.outside": "You can come back; you have to do so yourself.",
    "appeal.then.writes": "You may write again.",
    "appeal.then.deleted": "What was deleted nobody can bring back.",
    "notice": "🔔 <b>{group}</b>: {what}. {why} If that was a mistake, tell the admins.",
    "notice.undone": "↩️ <b>{group}</b>: an admin took back what I had done to you. {then}",
    "button.appeal": "⚖️ That was a mistake",
    "button.appeal_send": "Send it without words",
    "button.appeal_stop": "Do not send it",
    # The gate.
    "gate.own": "{question}",
    "gate.button": "Press the button to show that you are a person.",
    "button.person": "✅ I am a person",
    "gate.picture": "Press the <b>{picture}</b>.",
    "gate.pictures": "cat, dog, tree, house, car, ball, umbrella, apple, key, fish, moon, boat",
    "gate.why.join": "👋 Welcome to <b>{group}</b>. Before you can write, show that you are a person.",
    "gate.why.message": "Your message looked like an advert to me. Show that you are a person, and you may write in <b>{group}</b> again.",
    "gate.why.request": "👋 You asked to join <b>{group}</b>. Show that you are a person, and I let you in.",
    "gate.time": "You have {minutes} minutes. After that you are outside and may come back a little later.",
    "gate.time.request": "You have {minutes} minutes. After that the admins decide.",
    "gate.all": "👋 <b>New here?</b> Show that you are a person, then you may write.",
    "gate.one": "👋 {who}: show that you are a person, then you may write.",
    "gate.not_you": "That question is not for you.",
    "gate.passed": "Thank you. You may write in {group} now.",
    "gate.wrong": "That was not it. {left} more tries.",
    "gate.failed": "That was the last try.",
    "gate.overtaken": "Something else was decided meanwhile. Ask an admin.",
    # Nights.
    "night.begins": "🌙 Until {ends} ({zone}) I delete more than by day: {what}. Nobody is punished for it.",
    "night.ends": "☀️ The night is over. What may be sent by day may be sent again.",
    "night.of_newcomers": "of newcomers: {kinds}",
    # Files.
    "export.yaml": "Settings of <b>{group}</b>: the whole policy, {rules} rules, the allow list. Send me this file and I take it in, for this group or another one.",
    "export.csv": "The {rules} rules of <b>{group}</b>, for a spreadsheet. Send me this file and I take it in.",
    "import.how": (
        "Send me a file: one that /export made, rules as CSV, an export of Rose, or the stop words of tg-spam. "
        "I show you what it would change, and change nothing before you press the button."
    ),
    "import.from.chatwarden": "📄 For <b>{group}</b>: a file of mine.",
    "import.from.rules_csv": "📄 For <b>{group}</b>: rules as CSV.",
    "import.from.rose": "📄 For <b>{group}</b>: an export of Rose.",
    "import.from.tg_spam": "📄 For <b>{group}</b>: a file of tg-spam.",
    "import.changes": "Would change in the policy ({count}):",
    "import.allowed": "Would be put on the allow list: {count}.",
    "import.nothing": "Nothing would change.",
    "import.left_out": "I have no counterpart for this ({count}):",
    "import.more": "and {count} more; the dashboard shows all",
    "import.bad": "⚠️ I cannot take this file in:",
    "import.done": "✅ Done in <b>{group}</b>. Changes: {count}. In the dashboard you can go back to what was before.",
    "import.gone": "The file is no longer there. Send it again.",
    "button.import": "✅ Change this",
    # The allow list.
    "allow.done": "👤 {who} is on the allow list: I leave them alone from now on.",
    "allow.already": "{who} is on the allow list already.",
    "allow.off": "{who} is off the allow list.",
    "allow.never": "{who} is not on the allow list.",
    "allow.full": "The allow list is full: {most} at most.",
    "button.allow": "👤 Always allow",
    "button.disallow": "Take off the list",
    "button.done": "Done.",
    # Raids.
    "raid.on": "🚨 Until {until} UTC I meet whoever joins as in a raid.",
    "raid.ended": "The raid is over.",
    "raid.none": "No raid is on.",
    "raid.bad": "“{text}” is no time I understand. Write 30m or 2h, from five minutes to a day; or off.",
    "raid.observed": "I only watch in this group. Let me guard first: /settings.",
    "raid.begun.joins": "🚨 <b>Raid in {group}</b>: many are joining at once ({joins} so far).",
    "raid.begun.admin": "🚨 <b>Raid in {group}</b>, by an admin's word.",
    "raid.doing.ask": "Whoever joins must show that they are a person before they may write.",
    "raid.doing.remove": "Whoever joins is removed, and may come back later.",
    "raid.doing.let_in": "Whoever joins is let in, as the settings say.",
    "raid.until": "It ends by itself at {until} UTC, or later where more come.",
    "raid.over": "✅ <b>The raid in {group} is over</b> after {minutes} minutes; {joins} joined in it.",
    "raid.figures": "Asked {asked}, answered {passed}, removed {removed} · deleted {deleted} messages, banned {banned}",
    "button.end_raid": "End it now",
    # Cards.
    "card.deleted": "🗑 <b>Deleted</b> in {group}",
    "card.deleted_and": "🗑 <b>Deleted, {done}</b> in {group}",
    "card.done": "🔨 <b>{done}</b> in {group}",
    "card.review": "🔎 <b>Spam?</b> Please look, in {group}",
    "card.observed": "👀 <b>Would be deleted</b> in {group}. I only watch there.",
    "card.observed_and": "👀 <b>Would be deleted, {done}</b> in {group}. I only watch there.",
    "card.failed": "⚠️ <b>Not done</b> in {group}: {error}",
    "card.undoing": "↩️ <b>Being undone</b> in {group}",
    "card.undone": "↩️ <b>Undone</b> in {group}{who}",
    "card.reported": "🚩 Reported by {count}.",
    "card.appeal": "⚖️ <b>They appeal:</b>",
    "card.appeal_wordless": "⚖️ <b>They appeal</b>, without words.",
    "card.appeal_again": "It was refused once before.",
    "card.appeal_accepted": "⚖️ Their appeal was accepted.",
    "card.appeal_refused": "⚖️ Their appeal was refused.",
    "card.appeal_lapsed": "⚖️ What they appealed ended before anybody decided.",
    "card.appeal_news": "⚖️ {who} appeals in <b>{group}</b>: see the card.",
    "card.text": "<blockquote expandable>{text}</blockquote>",
    "card.edited_in": "✏️ Edited in: {count} links or names.",
    "card.edited": "✏️ Edited; links or names before: {count}.",
    "card.edited_unseen": "✏️ Edited; what it said before is not known.",
    "card.signal": "{signal}",
    "card.line": "{line}",
    "person.admin": "an admin",
    "person.operator": "the operator",
    "card.kept": "✅ <b>Kept</b> in {group}",
    "card.by": " by {who}",
    "card.said_spam": "{who} said: spam.",
    "card.said_ham": "{who} said: no spam.",
    "card.why": "<b>Why</b> ({percent} %): {signals}",
    "card.shared": "The ban counts in {count} more of your groups; undoing it counts there too.",
    "card.more": "and {count} more",
    "card.no_text": "<i>A message without text.</i>",
    "card.purged": "<i>The text is no longer kept.</i>",
    "card.digest": (
        "📦 <b>{count} more</b> in the last hour, since {since} UTC.\n"
        "I tell each decision of its own up to {most} times an hour; then I count. All of them are in the dashboard."
    ),
    "done.banned": "sender banned{until}",
    "done.muted": "sender muted{until}",
    "done.challenged": "sender asked to show that they are a person",
    "done.kicked": "sender removed",
    "done.nothing": "Nothing was left to do",
    "done.reactions": "reactions removed",
    "button.undo": "↩️ Undo: no spam",
    "button.undo_only": "↩️ Undo",
    "button.spam": "🗑 Spam",
    "button.accept": "↩️ Accept: undo",
    "button.refuse": "✋ Refuse: it stays",
    "button.sweep": "🧹 Delete all of theirs",
    "button.right": "👍 Right, spam",
    "button.ham": "✅ No spam",
    "button.ban": "🔨 Ban",
    "button.repost": "📋 Show it again in the group",
    "button.done_already": "Done already.",
    "button.gone": "That is no longer there.",
    "reposted": "An admin let this be shown again. {who} wrote:\n<blockquote expandable>{text}</blockquote>",
    "reposted.done": "Shown again in the group.",
    "said.spam": "Noted: spam.",
    "said.ham": "Noted: no spam.",
    # The menus.
    "command.start": "what I am, and how to begin",
    "command.help": "what you can say to me",
    "command.settings": "settings of a group",
    "command.dashboard": "a link that signs you in",
    "command.privacy": "what I keep, and for how long",
    "command.mydata": "what I hold about you",
    "command.appeal": "say that I was wrong about you",
    "command.forgetme": "erase what I hold about you",
    "command.stats": "what was caught",
    "command.export": "a group's settings as a file",
    "command.import": "take in a file of settings",
    "command.spam": "delete it, ban its sender, learn (/spam all: all of theirs)",
    "command.ham": "that is no spam: undo, learn",
    "command.ban": "ban the sender (/ban 7d)",
    "command.mute": "mute the sender (/mute 12h)",
    "command.unban": "free the sender from ban or mute",
    "command.warn": "warn the sender",
    "command.allow": "always leave the sender alone (/allow off)",
    "command.raid": "whoever joins must show that they are a person (/raid 30m)",
    "command.why": "why I did what I did",
    "command.report": "tell the admins about a message",
}

LANGUAGES = {
    "en": "English",
    "ru": "Русский",
    "es": "Español",
    "pt": "Português",
    "tr": "Türkçe",
    "id": "Bahasa Indonesia",
    "fa": "فارسی",
    "zh": "中文",
}
"""What each calls itself."""


def say(language: str, key: str, /, **values: object) -> Html:
    """A text with its values, in a language or, where that lacks it, in English. Raises KeyError for a key that is none."""
    text = _texts(language).get(key) or ENGLISH[key]
    return Html(text.format_map({name: _escaped(value) for name, value in values.items()}))


def plain(language: str, key: str, /, **values: object) -> str:
    """The same without HTML: for buttons and the lines above them."""
    return (_texts(language).get(key) or ENGLISH[key]).format_map(values)


def known_language(code: str) -> str:
    """The language of a code such as "pt-BR"; English for one that is not spoken."""
    short = code.lower().partition("-")[0]
    return short if short in LANGUAGES else "en"


@cache
def _texts(language: str) -> dict[str, str]:
    if language == "en" or language not in LANGUAGES:
        return {}
    file = resources.files("chatwarden") / "locales" / f"{language}.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}


def _escaped(value: object) -> str:
    return value if isinstance(value, Html) else html.escape(str(value), quote=False)
