"""Deleting whatever else somebody wrote."""

from tests.support.scene import HAM, HEAVY_SPAM, SPAM
from tests.support.talk import Talk

from chatwarden.simulator.client import Draft, Edit
from chatwarden.storage.models import Outcome


async def test_spam_all_deletes_what_is_remembered_of_its_sender_and_of_nobody_else(
    talk: Talk,
) -> None:
    spammer = await talk.scene.newcomer()
    mine = [await talk.scene.say(spammer, f"{HAM} {number}") for number in range(5)]
    others = await talk.scene.say(talk.scene.member, HAM)
    await talk.warden.take()

    (answer,) = await talk.in_group(talk.scene.admin, "/spam all", reply_to=mine[2])
    await talk.warden.enforce()

    assert [talk.scene.is_deleted(one) for one in mine] == [True] * 5
    assert not talk.scene.is_deleted(others)
    assert talk.scene.status(spammer) == "kicked"
    assert "5 messages of theirs" in answer.text


async def test_plain_spam_leaves_the_others(talk: Talk) -> None:
    spammer = await talk.scene.newcomer()
    first, second = [await talk.scene.say(spammer, f"{HAM} {number}") for number in range(2)]
    await talk.warden.take()
    await talk.in_group(talk.scene.admin, "/spam", reply_to=first)
    await talk.warden.enforce()
    assert (talk.scene.is_deleted(first), talk.scene.is_deleted(second)) == (True, False)


async def test_what_telegram_would_not_delete_is_not_tried(talk: Talk) -> None:
    spammer = await talk.scene.newcomer()
    old = await talk.scene.say(spammer, HAM)
    await talk.warden.take()
    talk.warden.pass_time(49 * 3600)
    new = await talk.scene.say(spammer, SPAM)
    (answer,) = await talk.in_group(talk.scene.admin, "/spam all", reply_to=new)
    await talk.warden.enforce()
    assert "1 messages of theirs" in answer.text
    assert (talk.scene.is_deleted(old), talk.scene.is_deleted(new)) == (False, True)


async def test_a_cards_button_sweeps_and_an_edit_counts_once(talk: Talk) -> None:
    spammer = await talk.scene.newcomer()
    first = await talk.scene.say(spammer, HAM)
    await talk.warden.take()
    await talk.scene.control.edit(talk.scene.group, first, Edit(text=f"{HAM} Thanks"))
    message = await talk.scene.say(spammer, HEAVY_SPAM)
    await talk.warden.take()
    await talk.warden.enforce()
    (outcome,) = [one for one in await talk.warden.rows(Outcome) if one.message_id == message]
    await talk.private(talk.scene.owner, "/start")
    await talk.show_cards(outcome.update_id)
    card = talk.said(talk.scene.owner)[-1]

    line = await talk.press(talk.scene.owner, card, "Delete all", by=talk.scene.owner)
    await talk.warden.enforce()

    assert line == "2 messages of theirs are being deleted."
    assert talk.scene.is_deleted(first)
    assert talk.scene.app.world.ledger.deletions[talk.scene.group, message].effective == 1


async def test_members_cannot_sweep(talk: Talk) -> None:
    other = await talk.scene.newcomer()
    message = await talk.scene.say(other, HAM)
    await talk.scene.control.post(
        talk.scene.group, Draft(from_id=talk.scene.member, text="/spam all", reply_to=message)
    )
    await talk.answer()
    await talk.warden.enforce()
    assert not talk.scene.is_deleted(message)
