"""Takes answers to the gate's questions: whoever presses a button, wherever the question stands."""

from chatwarden.bot.gate.decisions import decide
from chatwarden.bot.gate.keeper import seed_of
from chatwarden.bot.gate.question import gate_of, question_of
from chatwarden.bot.groups import find
from chatwarden.bot.press import Press
from chatwarden.storage.models import Challenge, Group
from chatwarden.storage.repositories import challenges


async def answer(one: Press, arguments: list[str]) -> None:
    """Of anybody but those who are to answer just this question it is only said that it is not for them.

    What a button holds anybody can send, and a question's seed tells nothing of who was asked it: it counts where it is theirs.
    """
    ports = one.ports
    chat_id, seed, chosen = int(arguments[0]), arguments[1], int(arguments[2])
    async with ports.database.transaction() as session:
        challenge = await challenges.find_open(
            session, bot_id=ports.bot_id, chat_id=chat_id, user_id=one.query.from_.id
        )
    group = await find(ports, chat_id)
    if challenge is None or group is None or seed not in (challenge.seed, seed_of(challenge)):
        await one.answer("gate.not_you", alert=True)
        return
    question = question_of(
        gate_of(group.policy),
        seed,
        chat_id=chat_id,
        secret=ports.gate_secret,
        language=one.language,
    )
    if chosen != question.right:
        await _wrong(one, challenge, group, most_tries=question.most_tries)
        return
    async with ports.database.transaction() as session:
        is_overtaken = await challenges.is_silenced_otherwise(session, challenge, now=ports.clock())
    if is_overtaken:
        await decide(ports, challenge, "lifted")
        await one.answer("gate.overtaken", alert=True)
        return
    await decide(ports, challenge, "passed")
    await one.answer("gate.passed", group=group.title)


async def _wrong(one: Press, challenge: Challenge, group: Group, *, most_tries: int) -> None:
    ports = one.ports
    async with ports.database.transaction() as session:
        tries = await challenges.count_try(session, challenge.id, update_id=one.update_id)
        if challenge.is_for_all_to_see:
            # Others are answering that one, and whoever tries it again would only have fewer to choose from.
            await challenges.ask_anew(session, challenge.id)
    if tries >= most_tries:
        await decide(ports, challenge, "failed")
        await one.answer("gate.failed", alert=True)
        return
    if not challenge.is_for_all_to_see:
        challenge.tries = tries
        seed = seed_of(challenge)
        question = question_of(
            gate_of(group.policy),
            seed,
            chat_id=challenge.chat_id,
            secret=ports.gate_secret,
            language=one.language,
        )
        await one.show(question.text, question.keyboard(challenge.chat_id, seed))
    await one.answer("gate.wrong", alert=True, left=most_tries - tries)
