"""What follows when somebody has answered, or has not."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import PUNISHMENTS, Action
from chatwarden.bot.call import tidy
from chatwarden.bot.moderation import ask_for
from chatwarden.bot.ports import BotPorts
from chatwarden.errors import TelegramRefused
from chatwarden.storage.models import Action as StoredAction
from chatwarden.storage.models import Challenge, ChallengeState
from chatwarden.storage.repositories import challenges
from chatwarden.storage.repositories.actions import punishments_in_force

OUT_FOR = timedelta(minutes=10)
"""Whoever joined and gave no right answer is out for this long: Telegram lifts the ban by itself then, and they may try again."""


async def decide(ports: BotPorts, challenge: Challenge, state: ChallengeState) -> bool:
    """Close a challenge, and do what follows. False where somebody was faster. Raises RetryLater.

    Whom an admin has freed meanwhile is asked no more: nothing follows from that they did not answer.
    """
    async with ports.database.transaction() as session:
        if state in ("failed", "expired") and await _is_freed(session, challenge):
            state = "lifted"
        if not await challenges.decide(session, challenge.id, state, now=ports.clock()):
            return False
    await follow_up(ports, challenge, state)
    return True


async def follow_up(ports: BotPorts, challenge: Challenge, state: ChallengeState) -> None:
    """Do what a decision entails; twice is once. Raises RetryLater."""
    if challenge.cause == "join_request":
        await _answer_request(ports, challenge, state)
    elif state == "passed":
        await ask_for(ports, [_action(ports, challenge, "undo")])
    elif state in ("failed", "expired") and challenge.cause == "join":
        await ask_for(ports, [_action(ports, challenge, "ban")])
    await _take_question_away(ports, challenge)


async def is_overtaken(ports: BotPorts, challenge: Challenge) -> bool:
    """Whether something stronger than the challenge holds by now: then an answer frees nobody."""
    async with ports.database.transaction() as session:
        standing = await punishments_in_force(
            session,
            bot_id=challenge.bot_id,
            chat_id=challenge.chat_id,
            sender_ids=[challenge.user_id],
            now=ports.clock(),
        )
    stronger = set(PUNISHMENTS) - {"challenge"}
    return any(one.kind in stronger for one in standing.get(challenge.user_id, ()))


async def _is_freed(session: AsyncSession, challenge: Challenge) -> bool:
    """Whether what took their writing was taken back."""
    silence = await session.get(StoredAction, challenge.id)
    return silence is not None and silence.state == "reversed"


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
            await tidy(ports, challenge.asked_in, challenge.message_id, due_at=ports.clock())
    except TelegramRefused:
        return


def _action(ports: BotPorts, challenge: Challenge, kind: str) -> Action:
    now = ports.clock()
    return Action(
        id=f"{challenge.id}-{'passed' if kind == 'undo' else 'out'}",
        bot_id=challenge.bot_id,
        chat_id=challenge.chat_id,
        kind="undo" if kind == "undo" else "ban",
        sender_kind="user",
        sender_id=challenge.user_id,
        date=now,
        until_date=None if kind == "undo" else (now + OUT_FOR).replace(microsecond=0),
        requested_by="gate",
        due_at=now,
    )
