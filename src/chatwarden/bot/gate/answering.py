"""Takes answers to the gate's questions: whoever presses a button, wherever the question stands."""

from chatwarden.bot.gate.decisions import decide, is_overtaken
from chatwarden.bot.gate.keeper import seed_of
from chatwarden.bot.gate.question import gate_of, question_of
from chatwarden.bot.groups import find
from chatwarden.bot.press import Press
from chatwarden.storage.models import Challenge
from chatwarden.storage.repositories import challenges

MOST_TRIES = 3


async def answer(one: Press, arguments: list[str]) -> None:
    """Of anybody but those who are to answer it is only said that it is not for them."""
    ports = one.ports
    chat_id, seed, chosen = int(arguments[0]), arguments[1], int(arguments[2])
    async with ports.database.transaction() as session:
        challenge = await challenges.find_open(
            session, bot_id=ports.bot_id, chat_id=chat_id, user_id=one.query.from_.id
        )
    group = await find(ports, chat_id)
    if challenge is None or group is None:
        await one.answer("gate.not_you", alert=True)
        return
    question = question_of(
        gate_of(group.policy), seed, secret=ports.gate_secret, language=group.language
    )
    if chosen != question.right:
        await _wrong(one, challenge)
        return
    if await is_overtaken(ports, challenge):
        await decide(ports, challenge, "lifted")
        await one.answer("gate.overtaken", alert=True)
        return
    await decide(ports, challenge, "passed")
    await one.answer("gate.passed", group=group.title)


async def _wrong(one: Press, challenge: Challenge) -> None:
    ports = one.ports
    async with ports.database.transaction() as session:
        tries = await challenges.count_try(session, challenge.id)
    if tries >= MOST_TRIES:
        await decide(ports, challenge, "failed")
        await one.answer("gate.failed", alert=True)
        return
    await one.answer("gate.wrong", alert=True, left=MOST_TRIES - tries)
    if challenge.is_for_all_to_see:
        return  # Others are answering it.
    challenge.tries = tries
    group = await find(ports, challenge.chat_id)
    if group is not None:
        seed = seed_of(challenge)
        question = question_of(
            gate_of(group.policy), seed, secret=ports.gate_secret, language=one.language
        )
        await one.show(question.text, question.keyboard(challenge.chat_id, seed))
