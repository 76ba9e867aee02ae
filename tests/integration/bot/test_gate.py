"""The gate: who is asked, how, what an answer does, and what none does."""

from datetime import timedelta

import msgspec
import pytest
from tests.support.gate import AtTheGate, set_policy
from tests.support.scene import BOT_ID, HAM
from tests.support.talk import Said, Talk

from chatwarden.actions import Action as NewAction
from chatwarden.bot.gate.keeper import UNSEEN_FOR, GateKeeper
from chatwarden.bot.gate.question import Gate, gate_of, question_of
from chatwarden.errors import RetryLater
from chatwarden.simulator.client import Draft, NewPerson, Rights
from chatwarden.simulator.faults import Fault
from chatwarden.simulator.state.members import Permissions
from chatwarden.storage.models import Outcome

EVERYONE = {"gate": {"ask": "everyone"}}
MILD = {"thresholds": {"mute": 998, "ban": 999}, "gate": {"by": "button"}}
BAIT = "We know a remote job for 80$ a day that the garden needs, come to https://t.me/+AbCdEfGh12345678"


async def come(talk: Talk, name: str = "Robin") -> AtTheGate:
    """Somebody joins, loses their writing, and is asked."""
    person = await talk.scene.newcomer(name)
    await talk.warden.take()
    await talk.warden.enforce()
    gate = AtTheGate(talk, person)
    await gate.keeper.look()
    return gate


async def write_bait(talk: Talk, *before: str, **policy: object) -> tuple[AtTheGate, list[int]]:
    """A newcomer writes, at last what is suspicious only, loses their writing, and is asked; what they wrote."""
    await set_policy(talk, **MILD, **policy)
    newcomer = await talk.scene.newcomer()
    written = [await talk.scene.say(newcomer, text) for text in (*before, BAIT)]
    await talk.warden.take()
    await talk.warden.enforce()
    gate = AtTheGate(talk, newcomer)
    await gate.keeper.look()
    return gate, written


def question(talk: Talk) -> Said:
    return talk.said(talk.scene.group)[-1]


async def test_whoever_joins_is_silenced_asked_alone_and_let_in(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    gate = await come(talk)
    assert talk.scene.status(gate.person) == "restricted"
    asked = question(talk)
    assert asked.message.only_for == gate.person
    assert "Press the" in asked.text and "5 minutes" in asked.text
    assert len(asked.buttons) == 6

    line = await gate.answer(asked, rightly=True)
    await talk.warden.enforce()

    assert line == "Thank you. You may write in Makers now."
    assert talk.scene.status(gate.person) == "member"
    assert (await gate.challenge()).state == "passed"
    assert talk.said(talk.scene.group) == []


async def test_the_permissions_of_before_come_back_exactly(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    world, chat = talk.scene.app.world, talk.scene.app.world.chats[talk.scene.group]
    member = world.member(chat, world.person(person))
    member.status, member.inside = "restricted", False
    member.permissions = Permissions(can_send_photos=False, can_send_polls=False)
    before = member.permissions.payload()
    await talk.scene.control.join(talk.scene.group, person)
    await talk.warden.take()
    await talk.warden.enforce()
    gate = AtTheGate(talk, person)
    await gate.keeper.look()
    assert talk.warden.permissions(person) != before

    await gate.answer(question(talk), rightly=True)
    await talk.warden.enforce()

    assert talk.warden.permissions(person) == before


async def test_three_wrong_answers_put_out_for_ten_minutes(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    gate = await come(talk)

    lines = [await gate.answer(question(talk), rightly=False) for _ in range(3)]
    await talk.warden.enforce()

    assert lines == [
        "That was not it. 2 more tries.",
        "That was not it. 1 more tries.",
        "That was the last try.",
    ]
    assert talk.scene.status(gate.person) == "kicked"
    last = talk.warden.sanctions(gate.person)[-1]
    assert 590 <= last.until_date - talk.warden.now().timestamp() <= 600
    assert (await gate.challenge()).state == "failed"


async def test_after_a_wrong_answer_something_else_is_asked(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    gate = await come(talk)
    before = question(talk)

    await gate.answer(before, rightly=False)

    after = question(talk)
    assert after.id == before.id
    assert after.buttons != before.buttons
    await gate.answer(after, rightly=True)
    await talk.warden.enforce()
    assert talk.scene.status(gate.person) == "member"


async def test_whoever_joins_and_does_not_answer_is_out_and_may_come_back(talk: Talk) -> None:
    await set_policy(talk, gate={"ask": "everyone", "minutes": 7})
    gate = await come(talk)
    talk.warden.pass_time(7 * 60 - 1)
    await gate.keeper.look()
    waiting = (await gate.challenge()).state

    talk.warden.pass_time(2)
    await gate.keeper.look()
    await talk.warden.enforce()

    assert waiting == "open"
    assert (await gate.challenge()).state == "expired"
    assert talk.scene.status(gate.person) == "kicked"
    talk.warden.pass_time(601)
    assert talk.scene.status(gate.person) == "left"


async def test_whose_message_was_suspicious_stays_muted_until_they_answer(talk: Talk) -> None:
    gate, (message,) = await write_bait(talk)
    newcomer = gate.person
    assert talk.scene.is_deleted(message)
    asked = question(talk)
    assert "looked like an advert" in asked.text
    talk.warden.pass_time(3 * 86_400)
    await gate.keeper.look()
    assert talk.scene.status(newcomer) == "restricted"

    await gate.answer(talk.said(talk.scene.group)[0], rightly=True)
    await talk.warden.enforce()

    assert talk.scene.status(newcomer) == "member"
    assert talk.scene.is_deleted(message)


async def test_an_answer_overturns_no_outcome(talk: Talk) -> None:
    from chatwarden.storage.models import Feedback

    gate, _ = await write_bait(talk)
    await gate.answer(question(talk), rightly=True)
    await talk.warden.enforce()

    (outcome,) = await talk.warden.rows(Outcome)
    assert outcome.state == "enforced"
    assert await talk.warden.rows(Feedback) == []


@pytest.mark.parametrize("ask", ["nobody", "suspicious"])
async def test_an_ordinary_join_is_left_alone_where_the_group_wants_that(
    talk: Talk, ask: str
) -> None:
    await set_policy(talk, gate={"ask": ask})
    gate = await come(talk)
    assert talk.scene.status(gate.person) == "member"
    assert talk.said(talk.scene.group) == []
    assert talk.warden.calls() == []


async def test_whom_a_member_brings_is_not_asked(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    (friend,) = await talk.scene.control.add_people(NewPerson(first_name="Fay"))
    by = {"from": {"id": talk.scene.member, "is_bot": False, "first_name": "Mateus"}}
    await talk.scene.control.join(talk.scene.group, friend, extra=by)
    await talk.warden.take()
    await talk.warden.enforce()
    assert talk.scene.status(friend) == "member"


async def test_nobody_else_can_answer(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    gate = await come(talk)
    asked = question(talk)
    other = AtTheGate(talk, talk.scene.member)

    line = await other.answer(asked, rightly=True)
    await talk.warden.enforce()

    assert line == "That question is not for you."
    assert talk.scene.status(gate.person) == "restricted"


async def test_where_only_all_can_be_told_one_question_serves_all(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    people = [await talk.scene.newcomer(f"N{number}") for number in range(6)]
    await talk.warden.take()
    await talk.warden.enforce()
    keeper = GateKeeper(talk.ports)
    await keeper.look()
    (shared,) = talk.said(talk.scene.group)
    assert shared.message.only_for is None
    assert "New here?" in shared.text

    first, last = AtTheGate(talk, people[0]), AtTheGate(talk, people[5])
    assert await first.answer(shared, rightly=True) == "Thank you. You may write in Makers now."
    assert await last.answer(shared, rightly=False) == "That was not it. 2 more tries."
    late = await come(talk, "Late")
    await keeper.look()
    assert [one.id for one in talk.said(talk.scene.group) if one.message.only_for is None] == [
        shared.id
    ]
    assert late.person
    await talk.warden.enforce()

    assert talk.scene.status(people[0]) == "member"
    assert talk.scene.status(people[5]) == "restricted"
    # It is cleaned up when nobody can be waiting any more.
    talk.warden.pass_time(16 * 60)
    await talk.warden.enforce()
    assert shared.message.is_deleted


async def test_what_nobody_may_have_seen_is_asked_in_the_group(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    gate = await come(talk)
    talk.warden.pass_time(UNSEEN_FOR.total_seconds() + 1)

    await gate.keeper.look()
    await gate.keeper.look()

    public = [one for one in talk.said(talk.scene.group) if one.message.only_for is None]
    assert len(public) == 1
    await gate.answer(public[0], rightly=True)
    await talk.warden.enforce()
    assert talk.scene.status(gate.person) == "member"


async def test_where_telegram_sends_no_such_messages_it_comes_in_private(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    await talk.private(person, "/start")
    refused = Fault(
        method="sendMessage", chat_id=talk.scene.group, code=400, description="Bad Request"
    )
    talk.scene.app.api.faults.waiting.append(refused)
    await talk.scene.control.join(talk.scene.group, person)
    await talk.warden.take()
    await talk.warden.enforce()
    gate = AtTheGate(talk, person)
    await gate.keeper.look()

    asked = talk.said(person)[-1]
    await gate.answer(asked, rightly=True, chat=person)
    await talk.warden.enforce()

    assert "Welcome to" in asked.text
    assert asked.message.is_deleted
    assert talk.scene.status(person) == "member"


async def test_who_cannot_be_asked_at_all_is_let_go(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    faults = talk.scene.app.api.faults
    for _ in range(2):
        faults.waiting.append(
            Fault(method="sendMessage", chat_id=talk.scene.group, code=400, description="Bad")
        )
    gate = await come(talk)
    await talk.warden.enforce()
    assert talk.scene.status(gate.person) == "member"


async def test_an_admins_ban_is_not_lifted_by_an_answer(talk: Talk) -> None:
    gate, (message, _) = await write_bait(talk, HAM)
    newcomer = gate.person
    asked = question(talk)
    await talk.in_group(talk.scene.admin, "/ban", reply_to=message)
    await talk.warden.enforce()

    line = await gate.answer(asked, rightly=True)
    await talk.warden.enforce()

    assert line == "Something else was decided meanwhile. Ask an admin."
    assert talk.scene.status(newcomer) == "kicked"
    assert (await gate.challenge()).state == "lifted"


async def test_a_process_that_dies_after_a_decision_is_made_up_for(talk: Talk) -> None:
    from chatwarden.storage.repositories import challenges

    await set_policy(talk, **EVERYONE)
    gate = await come(talk)
    challenge = await gate.challenge()
    async with talk.warden.database.transaction() as session:
        await challenges.decide(session, challenge, "passed", now=talk.warden.now())

    await GateKeeper(talk.ports).look()
    await GateKeeper(talk.ports).look()
    await talk.warden.enforce()

    assert talk.scene.status(gate.person) == "member"
    assert len(await gate.actions("undo")) == 1


async def test_a_right_answer_is_not_lost_where_telegram_asks_to_wait(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    await talk.scene.control.ask_to_join(talk.scene.group, person)
    await talk.answer()
    gate = AtTheGate(talk, person)
    talk.scene.app.api.faults.waiting.append(
        Fault(method="approveChatJoinRequest", code=429, description="Too Many", retry_after=3)
    )

    line = await gate.answer(talk.said(person)[-1], rightly=True, chat=person)
    waiting = talk.scene.status(person)
    talk.warden.pass_time(4)
    await gate.keeper.look()

    assert line.startswith("Thank you")
    assert waiting == "left"
    assert talk.scene.status(person) == "member"


async def test_a_button_of_somebody_elses_question_opens_nothing(talk: Talk) -> None:
    """Anybody can send what a button holds, from anywhere: one solved question must not be a key."""
    await set_policy(talk, **EVERYONE)
    first, second = await come(talk, "One"), await come(talk, "Two")
    asked = {said.message.only_for: said for said in talk.said(talk.scene.group)}
    right = await right_of(talk, asked[first.person])
    # As an altered app would: the data of the first one's right button, under the second one's message.
    await talk.scene.control.put_updates(pressed(talk, asked[second.person], second.person, right))
    await talk.answer()
    await talk.warden.enforce()

    (told,) = list(talk.scene.app.api.calls.find(method="answerCallbackQuery"))[-1:]
    assert told.params["text"] == "That question is not for you."
    assert talk.scene.status(second.person) == "restricted"


async def right_of(talk: Talk, said: Said) -> str:
    """The data of its right button."""
    group = await talk.warden.group()
    data = next(iter(said.buttons.values())).rpartition(":")[0]
    question = question_of(
        gate_of(group.policy),
        data.split(":")[2],
        chat_id=group.chat_id,
        secret=talk.ports.gate_secret,
        language="en",
    )
    return f"{data}:{question.right}"


def pressed(talk: Talk, said: Said, by: int, data: str) -> bytes:
    """A press as Telegram tells of it."""
    query = {
        "id": "1",
        "from": {"id": by, "is_bot": False, "first_name": "X"},
        "message": said.message.payload(),
        "chat_instance": "1",
        "data": data,
    }
    return msgspec.json.encode({"callback_query": query})


async def test_the_same_question_asks_something_else_in_another_group() -> None:
    gate, chats = Gate(), range(-30, -1)
    rights = {
        question_of(gate, "7.0", chat_id=chat, secret=bytes(32), language="en").right
        for chat in chats
    }
    assert len(rights) > 1


async def test_whoever_comes_twice_has_one_question_to_answer(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    gate = await come(talk)
    await talk.scene.control.leave(talk.scene.group, gate.person)
    talk.warden.pass_time(30)
    await talk.scene.control.join(talk.scene.group, gate.person, announced=False)
    await talk.warden.take()
    await talk.warden.enforce()
    await gate.keeper.look()
    said = [one for one in talk.said(talk.scene.group) if one.buttons]
    await gate.answer(said[-1], rightly=True)
    await talk.warden.enforce()
    talk.warden.pass_time(10 * 60)
    await gate.keeper.look()
    await talk.warden.enforce()
    assert talk.scene.status(gate.person) == "member"


async def test_whoever_leaves_before_answering_may_come_back_at_once(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    gate = await come(talk)
    await talk.scene.control.leave(talk.scene.group, gate.person)
    talk.warden.pass_time(6 * 60)
    await gate.keeper.look()
    await talk.warden.enforce()
    assert (await gate.challenge()).state == "lifted"
    assert await gate.actions("ban") == []


async def test_nobody_is_put_out_who_was_never_asked(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    person = await talk.scene.newcomer()
    await talk.warden.take()
    await talk.warden.enforce()
    gate = AtTheGate(talk, person)
    busy = Fault(
        method="sendMessage",
        chat_id=talk.scene.group,
        code=429,
        description="Too Many",
        retry_after=400,
    )
    talk.scene.app.api.faults.waiting.append(busy)
    with pytest.raises(RetryLater):
        await gate.keeper.look()
    talk.warden.pass_time(401)
    await gate.keeper.look()
    await talk.warden.enforce()
    assert talk.scene.status(person) == "restricted"
    assert (await gate.challenge()).state == "open"
    await gate.answer(question(talk), rightly=True)
    await talk.warden.enforce()
    assert talk.scene.status(person) == "member"


async def test_a_press_that_is_carried_out_again_counts_once(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    gate = await come(talk)
    talk.scene.app.api.faults.waiting.append(
        Fault(method="answerCallbackQuery", code=500, description="Internal")
    )
    await gate.answer(question(talk), rightly=False)
    assert (await gate.challenge()).tries == 1


async def test_what_all_see_is_tried_once_and_then_they_get_their_own(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    people = [await talk.scene.newcomer(f"N{number}") for number in range(6)]
    await talk.warden.take()
    await talk.warden.enforce()
    keeper = GateKeeper(talk.ports)
    await keeper.look()
    (shared,) = talk.said(talk.scene.group)
    one = AtTheGate(talk, people[0])
    await one.answer(shared, rightly=False)
    again = await one.answer(shared, rightly=True)
    await keeper.look()
    (own,) = [said for said in talk.said(talk.scene.group) if said.message.only_for == people[0]]
    await one.answer(own, rightly=True)
    await talk.warden.enforce()
    assert again == "That question is not for you."
    assert talk.scene.status(people[0]) == "member"


async def test_a_suspicious_reaction_is_no_join(talk: Talk) -> None:
    """Whoever is here already is silenced until they answer, and never put out."""
    await set_policy(
        talk,
        gate={"by": "button"},
        thresholds={"mute": 998, "ban": 999},
        rules=[],
    )
    person = await talk.scene.newcomer()
    await talk.warden.take()
    row = {
        "bot_id": BOT_ID,
        "update_id": 5,
        "round": 1,
        "date": talk.warden.now(),
        "chat_id": talk.scene.group,
        "message_id": None,
        "event": "reaction",
        "sender_kind": "user",
        "sender_id": person,
        "score": 2000,
        "message_verdict": "delete",
        "sender_verdict": "challenge",
        "verdict": {},
        "sealed": None,
        "state": "pending",
        "guard": None,
        "created_at": talk.warden.now(),
        "updated_at": talk.warden.now(),
    }
    action = NewAction(
        id=f"{BOT_ID}-5-1-challenge",
        bot_id=BOT_ID,
        chat_id=talk.scene.group,
        kind="challenge",
        sender_kind="user",
        sender_id=person,
        date=talk.warden.now(),
        due_at=talk.warden.now(),
        requested_by="verdict",
        trace_id=f"{BOT_ID}-5-1",
        until_date=(talk.warden.now() + timedelta(days=7)).replace(microsecond=0),
    )
    async with talk.warden.database.transaction() as session:
        session.add(Outcome(**row))
    await talk.warden.queue.add([action])
    await talk.warden.enforce()
    gate = AtTheGate(talk, person)
    await gate.keeper.look()
    talk.warden.pass_time(20 * 60)
    await gate.keeper.look()
    await talk.warden.enforce()
    assert (await gate.challenge()).cause == "message"
    assert talk.scene.status(person) == "restricted"


async def test_the_groups_own_question(talk: Talk) -> None:
    own = {"text": "What do we make here?", "answers": ["Furniture", "Coffee", "Noise"]}
    await set_policy(talk, gate={"ask": "everyone", "by": "question", "question": own})
    gate = await come(talk)
    asked = question(talk)
    assert "What do we make here?" in asked.text
    assert set(asked.buttons) == set(own["answers"])

    await talk.press(talk.scene.group, asked, "Furniture", by=gate.person)
    await talk.warden.enforce()

    assert talk.scene.status(gate.person) == "member"


async def test_a_request_is_answered_in_time_asked_and_let_in(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    await talk.scene.control.ask_to_join(talk.scene.group, person, with_query=True)
    await talk.answer()
    told = list(talk.scene.app.api.calls.find(method="answerChatJoinRequestQuery"))[-1]
    assert (told.code, told.params["result"]) == (200, "queue")
    gate = AtTheGate(talk, person)
    asked = talk.said(person)[-1]
    assert "You asked to join" in asked.text

    line = await gate.answer(asked, rightly=True, chat=person)
    await talk.answer()

    assert line == "Thank you. You may write in Makers now."
    assert talk.scene.status(person) == "member"
    assert (await gate.challenge()).state == "passed"


async def test_an_answer_may_come_before_telegram_has_told_that_the_question_arrived(
    talk: Talk,
) -> None:
    await set_policy(talk, **EVERYONE)
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    lost = Fault(method="sendMessage", chat_id=person, code=500, after_effect=True, times=9)
    talk.scene.app.api.faults.waiting.append(lost)
    await talk.scene.control.ask_to_join(talk.scene.group, person)
    await talk.answer()
    talk.scene.app.api.faults.waiting.clear()
    gate = AtTheGate(talk, person)

    line = await gate.answer(talk.said(person)[0], rightly=True, chat=person)
    await talk.answer()

    assert line == "Thank you. You may write in Makers now."
    assert talk.scene.status(person) == "member"


async def test_the_same_of_a_question_for_all(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    people = [await talk.scene.newcomer(f"N{number}") for number in range(6)]
    await talk.warden.take()
    await talk.warden.enforce()
    lost = Fault(method="sendMessage", code=500, after_effect=True, times=9)
    talk.scene.app.api.faults.waiting.append(lost)
    keeper = GateKeeper(talk.ports)
    with pytest.raises(RetryLater):
        await keeper.look()
    talk.scene.app.api.faults.waiting.clear()
    shared = talk.said(talk.scene.group)[0]

    line = await AtTheGate(talk, people[3]).answer(shared, rightly=True)

    assert line == "Thank you. You may write in Makers now."


async def test_a_request_without_an_answer_stays_with_the_admins(talk: Talk) -> None:
    await set_policy(talk, gate={"ask": "everyone", "minutes": 60})
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    await talk.scene.control.ask_to_join(talk.scene.group, person)
    await talk.answer()
    talk.warden.pass_time(301)
    gate = AtTheGate(talk, person)

    await gate.keeper.look()

    assert (await gate.challenge()).state == "expired"
    assert (talk.scene.group, person) in talk.scene.app.world.requests


async def test_who_guesses_is_refused(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    await talk.scene.control.ask_to_join(talk.scene.group, person)
    await talk.answer()
    gate = AtTheGate(talk, person)
    for _ in range(3):
        await gate.answer(talk.said(person)[-1], rightly=False, chat=person)
    assert (talk.scene.group, person) not in talk.scene.app.world.requests
    assert talk.scene.status(person) == "left"


async def test_an_ordinary_request_is_the_admins_alone(talk: Talk) -> None:
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    await talk.scene.control.ask_to_join(talk.scene.group, person, with_query=True)
    await talk.answer()
    told = list(talk.scene.app.api.calls.find(method="answerChatJoinRequestQuery"))[-1]
    assert told.params["result"] == "queue"
    assert person not in talk.scene.app.world.chats or talk.said(person) == []


async def test_a_request_waits_for_nobody_in_the_group(talk: Talk) -> None:
    """Telegram waits ten seconds: what hangs in the group's own lane must not use them up."""
    from chatwarden.storage.models import Interaction

    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    await talk.scene.control.post(talk.scene.group, Draft(from_id=talk.scene.admin, text="/help"))
    await talk.scene.control.ask_to_join(talk.scene.group, person, with_query=True)
    await talk.warden.take()
    lanes = {row.chat_id for row in await talk.warden.rows(Interaction)}
    assert lanes == {talk.scene.group, person}


async def test_a_bot_that_may_not_let_in_hears_of_no_request(talk: Talk) -> None:
    await talk.scene.control.promote(
        talk.scene.group, BOT_ID, Rights(can_invite_users=False), by=talk.scene.owner
    )
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Robin"))
    await talk.scene.control.ask_to_join(talk.scene.group, person)
    before = len(await talk.warden.poll())
    assert all(b"chat_join_request" not in raw for raw in await talk.warden.poll()), before


async def test_whom_an_admin_frees_is_not_put_out_for_not_answering(talk: Talk) -> None:
    await set_policy(talk, **EVERYONE)
    gate = await come(talk)
    message = await talk.scene.control.post(
        talk.scene.group, Draft(from_id=gate.person, text=HAM, force=True)
    )
    await talk.in_group(talk.scene.admin, "/unban", reply_to=message)
    await talk.warden.enforce()
    talk.warden.pass_time(6 * 60)

    await gate.keeper.look()
    await talk.warden.enforce()

    assert talk.scene.status(gate.person) == "member"
    assert (await gate.challenge()).state == "lifted"


async def test_when_a_mute_is_over_nobody_is_asked_any_more(talk: Talk) -> None:
    gate, _ = await write_bait(talk, mute_days=1)
    talk.warden.pass_time(UNSEEN_FOR.total_seconds() + 1)
    await gate.keeper.look()
    talk.warden.pass_time(86_400)
    await gate.keeper.look()
    asked = len(list(talk.scene.app.api.calls.find(method="sendMessage")))
    talk.warden.pass_time(3 * 86_400)
    await gate.keeper.look()
    assert (await gate.challenge()).state == "expired"
    assert len(list(talk.scene.app.api.calls.find(method="sendMessage"))) == asked
    assert await gate.actions("ban") == []
    assert talk.scene.status(gate.person) == "member"
