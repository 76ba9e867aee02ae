"""A raid as it comes: 1,000 joins and 2,000 messages, with Telegram's limits, in Telegram's own time."""

import contextlib
from collections import Counter
from dataclasses import dataclass

import pytest
from tests.support.gate import AtTheGate, set_policy
from tests.support.scene import HAM
from tests.support.talk import Talk

from chatwarden.bot.cards.keeper import CARDS_AN_HOUR, CardKeeper
from chatwarden.bot.gate.keeper import GateKeeper
from chatwarden.bot.raids.keeper import RaidKeeper
from chatwarden.errors import RetryLater
from chatwarden.simulator.calls import Call, CallLog
from chatwarden.simulator.client import Draft, NewPerson
from chatwarden.simulator.limiter import Limiter, Limits
from chatwarden.storage.models import Outcome, RaidRecord

WHOLE, SMALL = 1000, 150
"""Who joins. A fifth of them write eight adverts each; members go on talking."""
CALLS_A_SECOND = 30
SPAM = "We know a remote job for {wage}$ a day that the garden needs, come to https://t.me/+AbCdEfGh{number:08}"


@dataclass
class Wave:
    talk: Talk
    raiders: list[int]
    spam: list[int]
    ham: list[int]
    waited: float = 0.0
    """Seconds of Telegram's time until nothing was left to do."""


async def take_all(talk: Talk) -> None:
    """Everything that Telegram has."""
    while await talk.warden.poll():
        await talk.warden.take()


@pytest.fixture
async def wave(request: pytest.FixtureRequest, talk: Talk) -> Wave:
    """What comes, judged; nothing of it is enforced yet."""
    control, group = talk.scene.control, talk.scene.group
    joins: int = request.param
    await talk.private(talk.scene.owner, "/start")
    await set_policy(talk, gate={"by": "button", "minutes": 30})
    people = await control.add_people(
        *(NewPerson(first_name=f"N{number}") for number in range(joins))
    )
    await control.join(group, *people, announced=False)
    await take_all(talk)
    talk.scene.app.world.clock.advance(1)
    drafts = [
        Draft(
            from_id=people[number % (joins // 5)], text=SPAM.format(wage=50 + number, number=number)
        )
        for number in range(joins * 8 // 5)
    ]
    spam = await control.post_many(group, drafts)
    regulars = await control.add_people(
        *(NewPerson(first_name=f"R{number}") for number in range(40))
    )
    await control.join(group, *regulars, announced=False)
    ham = []
    for number in range(joins * 2 // 5):
        ham.append(await talk.scene.say(regulars[number % 40], f"{HAM} {number}"))
        talk.scene.app.world.clock.advance(1)
    await take_all(talk)
    kept = [one for one in spam if one is not None]
    talk.scene.app.api.calls = CallLog()
    talk.scene.app.api.limiter = Limiter(Limits(calls_per_second=CALLS_A_SECOND))
    return Wave(talk, list(people), kept, ham)


async def enforce_all(wave: Wave) -> None:
    """Until nothing is due, waiting as Telegram asks."""
    warden, clock = wave.talk.warden, wave.talk.scene.app.world.clock
    lane, begun = warden.lane(), warden.now()
    while True:
        try:
            if not await lane.turn():
                break
        except RetryLater as wait:
            clock.advance(wait.seconds)
    wave.waited = (warden.now() - begun).total_seconds()


@pytest.mark.parametrize("wave", [WHOLE], indirect=True)
async def test_all_of_it_is_enforced_in_order_and_nothing_twice(wave: Wave) -> None:
    await enforce_all(wave)
    talk = wave.talk
    calls = [call for call in talk.warden.calls() if call.code == 200]

    assert [one for one in wave.spam if not talk.scene.is_deleted(one)] == []
    assert [one for one in wave.ham if talk.scene.is_deleted(one)] == []
    asked = [one for one in wave.raiders if talk.scene.status(one) != "member"]
    assert len(asked) == len(wave.raiders)
    twice = {one: talk.warden.repeats(one) for one in wave.raiders if talk.warden.repeats(one)}
    assert twice == {}
    deletions = [
        entry for entry in talk.scene.app.world.ledger.deletions.values() if entry.repeated
    ]
    assert deletions == []
    # What people see goes first.
    last_deletion = max(index for index, call in enumerate(calls) if "delete" in call.method)
    before = Counter(call.method for call in calls[:last_deletion])
    assert before["restrictChatMember"] + before["banChatMember"] <= 32
    assert Counter(call.method for call in calls)["deleteMessages"] <= len(wave.spam) // 100 + 2
    print(
        f"{len(calls)} calls in {wave.waited:.0f} s of Telegram's time:",
        dict(Counter(call.method for call in calls)),
    )


@pytest.mark.parametrize("wave", [SMALL], indirect=True)
async def test_admins_get_one_message_of_the_raid_and_no_more_cards_than_agreed(
    wave: Wave,
) -> None:
    talk = wave.talk
    await enforce_all(wave)
    talk.scene.app.api.limiter = Limiter(Limits())
    keeper = CardKeeper(talk.ports)
    for row in await talk.warden.rows(Outcome):
        while True:
            try:
                await keeper.show(row.update_id)
                break
            except RetryLater as wait:
                talk.warden.pass_time(wait.seconds)
    await RaidKeeper(talk.ports).look()

    said = talk.said(talk.scene.owner)[1:]
    assert len([one for one in said if "Raid in" in one.text]) == 1
    assert len([one for one in said if "more in the last hour" in one.text]) <= 2
    assert len(said) <= 2 * CARDS_AN_HOUR + 3
    (raid,) = [row for row in await talk.warden.rows(RaidRecord) if row.chat_id == talk.scene.group]
    assert raid.joins >= len(wave.raiders) - 32


@pytest.mark.parametrize("wave", [SMALL], indirect=True)
async def test_one_question_serves_all_of_them(wave: Wave) -> None:
    talk = wave.talk
    await enforce_all(wave)
    talk.scene.app.api.limiter = Limiter(Limits())
    gate = GateKeeper(talk.ports)
    for _ in range(20):
        with contextlib.suppress(RetryLater):
            await gate.look()
        talk.warden.pass_time(2)
    sent = [call for call in all_calls(talk) if call.method == "sendMessage" and call.code == 200]
    assert len([call for call in sent if call.chat_id == str(talk.scene.group)]) <= 2

    human = next(one for one in reversed(wave.raiders) if talk.scene.status(one) == "restricted")
    await take_all(talk)  # What the enforcement itself caused.
    (question,) = [one for one in talk.said(talk.scene.group) if one.message.only_for is None]
    line = await AtTheGate(talk, human).answer(question, rightly=True)
    await enforce_all(wave)
    assert line.startswith("Thank you")
    assert talk.scene.status(human) == "member"


def all_calls(talk: Talk) -> list[Call]:
    return list(talk.scene.app.api.calls.find())
