"""What follows when somebody has answered, or has not."""

from datetime import datetime, timedelta

import structlog

from chatwarden.actions import Action, ActionKind
from chatwarden.bot.moderation import ask_for
from chatwarden.bot.ports import BotPorts
from chatwarden.errors import RetryLater, TelegramRefused
from chatwarden.storage.models import Action as StoredAction
from chatwarden.storage.models import Challenge, ChallengeState
from chatwarden.storage.repositories import challenges

log = structlog.get_logger()

OUT_FOR = timedelta(minutes=10)
"""Whoever joined and gave no right answer is out for this long: Telegram lifts the ban by itself then, and they may try again."""


async def decide(ports: BotPorts, challenge: Challenge, state: ChallengeState) -> bool:
    """Close a challenge, and do what follows; what cannot be done now is done later. False where somebody was faster. Raises RetryLater.

    Whom an admin has freed meanwhile, or who has left, is asked no more: nothing follows from that they did not answer.
    """
    if (
        state in ("failed", "expired")
        and challenge.cause == "join"
        and not await _is_still_silenced(ports, challenge)
    ):
        state = "lifted"
    async with ports.database.transaction() as session:
        if not await challenges.decide(session, challenge, state, now=ports.clock()):
            return False
    challenge.state = state
    try:
        await follow_up(ports, challenge)
    except RetryLater as error:
        log.info("what follows from an answer waits", challenge=challenge.id, reason=error.code)
    return True


async def follow_up(ports: BotPorts, challenge: Challenge) -> None:
    """Do what a decision entails, and note that; twice is once. Raises RetryLater."""
    state = challenge.state
    if challenge.cause == "join_request":
        await _answer_request(ports, challenge, state)
    elif state == "passed":
        await ask_for(ports, [_action(ports, challenge, "undo", named="passed")])
    elif state in ("failed", "expired") and challenge.cause == "join":
        await ask_for(
            ports, [_action(ports, challenge, "ban", named="out", until=ports.clock() + OUT_FOR)]
        )
    await _take_question_away(ports, challenge)
    async with ports.database.transaction() as session:
        await challenges.note_followed_up(session, challenge.id, now=ports.clock())


async def _is_still_silenced(ports: BotPorts, challenge: Challenge) -> bool:
    """By us, and there: an admin may have freed them, here or in Telegram itself, or they have gone."""
    async with ports.database.transaction() as session:
        silence = await session.get(StoredAction, challenge.id)
    if silence is not None and silence.state == "reversed":
        return False
    try:
        now_is = await ports.telegram.membership(challenge.chat_id, challenge.user_id)
    except TelegramRefused:
        return False
    return now_is.status == "restricted" and now_is.is_member


async def _answer_request(ports: BotPorts, challenge: Challenge, state: ChallengeState) -> None:
    telegram = ports.telegram
    try:
        if state == "passed":
            await telegram.approve_join(challenge.chat_id, challenge.user_id)
        elif state == "failed":
            await telegram.decline_join(challenge.chat_id, challenge.user_id)
    except TelegramRefused:
        return  # An admin was faster, or they took it back. Without an answer it stays for the admins.


async def _take_question_away(ports: BotPorts, challenge: Challenge) -> None:
    """One that nobody else sees; what all see serves others too, and goes by its own time."""
    if challenge.message_id is None or challenge.asked_in is None or challenge.is_for_all_to_see:
        return
    try:
        if challenge.asked_in == challenge.chat_id:
            await ports.telegram.delete_ephemeral(
                challenge.chat_id, challenge.user_id, challenge.message_id
            )
        else:
            # A private chat has no admins and no lane of the enforcer's.
            await ports.telegram.delete_message(challenge.asked_in, challenge.message_id)
    except TelegramRefused:
        return


def _action(
    ports: BotPorts,
    challenge: Challenge,
    kind: ActionKind,
    *,
    named: str,
    until: datetime | None = None,
) -> Action:
    now = ports.clock()
    return Action(
        id=f"{challenge.id}-{named}",
        bot_id=challenge.bot_id,
        chat_id=challenge.chat_id,
        kind=kind,
        sender_kind="user",
        sender_id=challenge.user_id,
        date=now,
        until_date=None if until is None else until.replace(microsecond=0),
        requested_by="gate",
        due_at=now,
    )
