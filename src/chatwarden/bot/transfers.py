"""A group's policy, rules and allow list as a file: sent, and taken in after one tap.

Nothing is kept between a file and the tap: the message with the button replies to the file, and the button names the policy's version and the
file's digest. What was changed meanwhile is shown anew.
"""

import asyncio
import hashlib
import html
import json
from collections.abc import Sequence
from typing import Literal

from chatwarden.bot.groups import find
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.updates import Message
from chatwarden.bot.words import Html, plain, say
from chatwarden.errors import FieldError, TransferInvalid
from chatwarden.policies.changes import FieldChange
from chatwarden.policies.checking import completed
from chatwarden.storage.models import Group
from chatwarden.storage.repositories import allowed
from chatwarden.storage.repositories.groups import find_group
from chatwarden.telegram.messages import Button, Keyboard
from chatwarden.transfer import rules_csv
from chatwarden.transfer.incoming import LARGEST_FILE, Incoming, LeftOut, refused
from chatwarden.transfer.plan import Plan, carry_out, plan_of, written
from chatwarden.transfer.reading import read_file

Form = Literal["yaml", "csv"]
Shown = tuple[Html, Keyboard]

_MOST_LINES = 12
"""Of each kind in one message."""
_LONGEST_LINE = 120
_DIGEST = 12


async def send_export(
    ports: BotPorts, group: Group, *, user_id: int, language: str, form: Form
) -> None:
    """Send somebody the file of a group, in private."""
    rules = completed(group.policy)["rules"]
    if form == "csv":
        name, text = "rules.csv", rules_csv.write(rules)
    else:
        async with ports.database.transaction() as session:
            name, text = "chatwarden.yaml", await written(session, group)
    words = say(language, f"export.{form}", group=group.title, rules=len(rules))
    await ports.telegram.send_file(user_id, name, text.encode(), words)


async def show_plan(ports: BotPorts, group: Group, file: Message, language: str) -> Shown:
    """What a file would change, with the button that changes it; or what is wrong with the file. Raises RetryLater, TelegramRefused."""
    try:
        incoming, digest = await _read(ports, file)
        async with ports.database.transaction() as session:
            plan = await plan_of(session, group, incoming)
    except TransferInvalid as error:
        return _faults(error.errors, language), ()
    text = _words(plan, group, language)
    if not plan.changes_something:
        return text, ()
    data = f"import:{group.chat_id}:{group.policy_version}:{digest}"
    return text, [[Button(plain(language, "button.import"), data=data)]]


async def take_in(
    ports: BotPorts, chat_id: int, file: Message, *, version: int, digest: str, by: str, who: str
) -> Plan | None:
    """Carry out what was shown; None where group or file are no longer what they were then. Raises RetryLater, TelegramRefused."""
    incoming, found = await _read(ports, file)
    async with ports.database.transaction() as session:
        group = await find_group(session, bot_id=ports.bot_id, chat_id=chat_id)
        if group is None or group.policy_version != version or found != digest:
            return None
        plan = await plan_of(session, group, incoming)
        reason = f"a file of {incoming.source}, by {who} in Telegram"
        if not await carry_out(session, group, plan, reason=reason, by=by, now=ports.clock()):
            return None
        chats = await allowed.chats_sharing(session, bot_id=ports.bot_id, chat_id=chat_id)
    for chat in chats:
        ports.group_changed(chat)
    return plan


async def show_or_take(
    ports: BotPorts,
    chat_id: int,
    file: Message,
    arguments: list[str],
    *,
    language: str,
    by: str,
    who: str,
) -> Shown | None:
    """What a button does: without arguments it shows, with version and digest it takes in. None where the group is gone. Raises ValueError."""
    group = await find(ports, chat_id)
    if group is None:
        return None
    if not arguments:
        return await show_plan(ports, group, file, language)
    version, digest = arguments
    plan = await take_in(ports, chat_id, file, version=int(version), digest=digest, by=by, who=who)
    if plan is None:
        return await show_plan(ports, group, file, language)
    return say(language, "import.done", group=group.title, count=_count(plan)), ()


async def _read(ports: BotPorts, file: Message) -> tuple[Incoming, str]:
    assert file.document is not None
    if file.document.file_size > LARGEST_FILE:
        raise refused("line 1", f"the file has more than {LARGEST_FILE // 1024} KiB")
    content = await ports.telegram.download(file.document.file_id, most_bytes=LARGEST_FILE)
    incoming = await asyncio.to_thread(read_file, file.document.file_name, content)
    return incoming, hashlib.sha256(content).hexdigest()[:_DIGEST]


def _count(plan: Plan) -> int:
    return len(plan.changes) + len(plan.newly_allowed)


def _words(plan: Plan, group: Group, language: str) -> Html:
    parts = [say(language, f"import.from.{plan.source}", group=group.title)]
    if plan.changes:
        parts.append(say(language, "import.changes", count=len(plan.changes)))
        parts.append(_lines([_change(one) for one in plan.changes], language))
    if plan.newly_allowed:
        parts.append(say(language, "import.allowed", count=len(plan.newly_allowed)))
    if not plan.changes_something:
        parts.append(say(language, "import.nothing"))
    if plan.left_out:
        parts.append(say(language, "import.left_out", count=len(plan.left_out)))
        parts.append(_lines([_left_out(one) for one in plan.left_out], language))
    return Html("\n".join(parts))


def _faults(errors: Sequence[FieldError], language: str) -> Html:
    lines = [f"{one.field}: {one.text}" for one in errors]
    return Html(f"{say(language, 'import.bad')}\n{_lines(lines, language)}")


def _change(one: FieldChange) -> str:
    return f"{one.field}: {_value(one.before)} → {_value(one.after)}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("pattern", "…"))
    return "–" if value is None else json.dumps(value, ensure_ascii=False)


def _left_out(one: LeftOut) -> str:
    return f"{one.place}: {one.reason}"


def _lines(lines: list[str], language: str) -> Html:
    shown = [
        line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
        for line in lines[:_MOST_LINES]
    ]
    text = html.escape("\n".join(shown), quote=False)
    more = len(lines) - _MOST_LINES
    tail = f"\n{say(language, 'import.more', count=more)}" if more > 0 else ""
    return Html(f"<blockquote expandable>{text}</blockquote>{tail}")
