"""Somebody asks to be let in.

Telegram lets the bot write to them for five minutes, and where it waits for the bot's word, for ten seconds: that is said at once, so that it never runs out. Who
answers rightly is let in; who does not is left to the admins, and who tries to guess is refused.
"""

from datetime import timedelta

import structlog

from chatwarden.bot.gate.decisions import decide
from chatwarden.bot.gate.keeper import seed_of
from chatwarden.bot.gate.question import Gate, gate_of, question_of
from chatwarden.bot.groups import find
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.updates import JoinRequest
from chatwarden.bot.words import Html, known_language, say
from chatwarden.errors import TelegramRefused
from chatwarden.storage.models import Challenge, Group
from chatwarden.storage.repositories import challenges, raids
from chatwarden.storage.repositories.insert import insert_new

log = structlog.get_logger()

MAY_BE_WRITTEN_TO = timedelta(minutes=5)
"""After a request, by `user_chat_id` (Bot API, ChatJoinRequest)."""


async def join_requested(ports: BotPorts, update_id: int, request: JoinRequest, raw: bytes) -> None:
    """Raises RetryLater."""
    group = await find(ports, request.chat.id)
    if request.query_id is not None:
        await ports.telegram.leave_to_admins(request.chat.id, request.query_id)
    if group is None or group.mode == "observe" or not await _is_to_be_asked(ports, group, raw):
        return
    gate = gate_of(group.policy)
    challenge = _challenge(ports, update_id, request, gate)
    # Written down before it is asked: they may answer before Telegram has told us that it arrived.
    async with ports.database.transaction() as session:
        former = await challenges.find_open(
            session, bot_id=ports.bot_id, chat_id=group.chat_id, user_id=request.from_.id
        )
        if former is not None and former.id != challenge.id:
            await challenges.decide(session, former, "lifted", now=ports.clock())
        await insert_new(session, Challenge, [_as_row(challenge)])
        kept = await session.get_one(Challenge, challenge.id)
    if kept.state != "open" or kept.message_id is not None:
        return  # The same update once more.
    language = known_language(request.from_.language_code)
    seed = seed_of(challenge)
    question = question_of(
        gate, seed, chat_id=group.chat_id, secret=ports.gate_secret, language=language
    )
    minutes = int(_time(gate).total_seconds() // 60)
    lines = [
        say(language, "gate.why.request", group=group.title),
        "",
        question.text,
        say(language, "gate.time.request", minutes=minutes),
    ]
    try:
        message_id = await ports.telegram.send(
            request.user_chat_id,
            Html("\n".join(lines)),
            keyboard=question.keyboard(group.chat_id, seed),
        )
    except TelegramRefused as refusal:
        # It stays where it is: with the admins.
        log.info("whoever asks to be let in cannot be asked", reason=refusal.code)
        await decide(ports, challenge, "lifted")
        return
    async with ports.database.transaction() as session:
        await challenges.note_shown(
            session,
            challenge.id,
            asked_in=request.user_chat_id,
            message_id=message_id,
            seed=seed,
            is_for_all_to_see=False,
            due_at=challenge.due_at,
            now=ports.clock(),
        )


async def _is_to_be_asked(ports: BotPorts, group: Group, raw: bytes) -> bool:
    ask = gate_of(group.policy).ask
    if ask == "suspicious":
        async with ports.database.transaction() as session:
            raid = await raids.current_raid(session, bot_id=ports.bot_id, chat_id=group.chat_id)
        return raid is not None or ports.judge(raw).message == "review"
    return ask == "everyone"


def _challenge(ports: BotPorts, update_id: int, request: JoinRequest, gate: Gate) -> Challenge:
    now = ports.clock()
    return Challenge(
        id=f"{ports.bot_id}-{update_id}-request",
        bot_id=ports.bot_id,
        chat_id=request.chat.id,
        user_id=request.from_.id,
        cause="join_request",
        state="open",
        is_for_all_to_see=False,
        tries=0,
        last_press=0,
        asked_at=now,
        shown_at=now,
        due_at=now + _time(gate),
    )


def _time(gate: Gate) -> timedelta:
    """Afterwards nothing could be said to them any more."""
    return min(timedelta(minutes=gate.minutes), MAY_BE_WRITTEN_TO)


def _as_row(challenge: Challenge) -> dict[str, object]:
    return {column.name: getattr(challenge, column.name) for column in Challenge.__table__.columns}
