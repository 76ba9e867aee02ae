"""Reactions, joins, albums: what is done where the advert is no message of its own."""

import json

from tests.support.scene import BOT_ID, SPAM, Scene
from tests.support.warden import Spam, Warden

from chatwarden.outcomes.undo import undo_of_outcome
from chatwarden.pipeline.enforce import undo as words
from chatwarden.simulator.client import Draft, NewPerson, Rights
from chatwarden.storage.models import Action, Outcome
from chatwarden.telegram.membership import Admin

ADVERT_NAME = "Заработок @profit_here"


async def silent_reactor(warden: Warden, scene: Scene, *, posts: int = 9) -> int:
    """Somebody with an advert for a name, who has reacted to so many posts and said nothing."""
    (person,) = await scene.control.add_people(NewPerson(first_name=ADVERT_NAME))
    await scene.control.join(scene.group, person, announced=False)
    await warden.take()  # From now on the bot is told of reactions: it asks for them by name.
    for number in range(posts):
        warden.pass_time(15)
        message_id = await scene.say(scene.member, f"Bed {number} needs water.")
        await scene.control.react(scene.group, message_id, from_id=person, emoji="🔥")
    while (await warden.take()).judged:
        pass
    return person


def reactions_of(scene: Scene, person: int) -> int:
    messages = scene.app.world.chats[scene.group].messages
    return sum(person in (message.reactions or {}) for message in messages)


async def outcomes_of(warden: Warden, person: int) -> list[Outcome]:
    return [row for row in await warden.rows(Outcome) if row.sender_id == person]


async def removals_of(warden: Warden, person: int) -> list[Action]:
    rows = await warden.rows(Action)
    return [row for row in rows if (row.sender_id, row.kind) == (person, "delete_reactions")]


async def test_the_reactions_of_a_silent_advert_go_in_one_call_and_no_message_does(
    warden: Warden, scene: Scene
) -> None:
    person = await silent_reactor(warden, scene)
    before = reactions_of(scene, person)
    await warden.enforce()

    assert (before, reactions_of(scene, person)) == (9, 0)
    assert [call.method for call in warden.calls()] == ["deleteAllMessageReactions"]
    assert {row.state for row in await removals_of(warden, person)} == {"done"}
    assert {row.message_id for row in await outcomes_of(warden, person)} == {None}


async def test_an_undo_of_removed_reactions_says_that_only_the_sender_can_set_them_again(
    warden: Warden, scene: Scene
) -> None:
    person = await silent_reactor(warden, scene)
    await warden.enforce()
    outcome = next(row for row in await outcomes_of(warden, person) if row.state == "enforced")
    undo = undo_of_outcome(outcome, requested_by="operator", now=warden.now())
    assert undo is not None
    await warden.queue.add([undo])
    calls = len(warden.calls())
    await warden.enforce()
    (done,) = [row for row in await warden.rows(Action) if row.kind == "undo"]

    assert done.result == {"restored": [], "not_restored": [words.NOTHING_STANDS]}
    assert len(warden.calls()) == calls
    assert scene.status(person) == "member"


async def test_without_the_right_the_reactions_wait_and_the_admins_are_told(
    warden: Warden, scene: Scene
) -> None:
    person = await silent_reactor(warden, scene)
    await scene.control.promote(scene.group, BOT_ID, Rights(can_delete_messages=False))
    await warden.enforce()

    assert reactions_of(scene, person) == 9
    assert (await warden.group()).missing_rights == ["can_delete_messages"]


async def test_an_undo_cancels_reactions_that_wait_and_leaves_messages_alone(
    warden: Warden, scene: Scene
) -> None:
    person = await silent_reactor(warden, scene)
    outcome = next(row for row in await outcomes_of(warden, person) if row.state == "pending")
    undo = undo_of_outcome(outcome, requested_by="operator", now=warden.now())
    assert undo is not None
    await warden.queue.add([undo])
    await warden.enforce()

    assert reactions_of(scene, person) == 9
    assert {row.state for row in await removals_of(warden, person)} == {"cancelled"}
    assert warden.calls("deleteMessages") == []


async def test_observe_mode_leaves_reactions(warden: Warden, scene: Scene) -> None:
    warden.scanner = warden.new_scanner(mode="observe")
    person = await silent_reactor(warden, scene)
    await warden.enforce()

    assert reactions_of(scene, person) == 9
    assert warden.calls() == []


async def test_the_parts_of_an_album_go_with_the_one_that_holds_the_advert(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    photo = {"photo": [{"file_id": "x", "file_unique_id": "y", "width": 9, "height": 9}]}
    parts = [
        await scene.control.post(
            scene.group,
            Draft(from_id=spammer, extra=photo | {"media_group_id": "g", **caption}),
        )
        for caption in ({}, {"caption": SPAM}, {})
    ]
    await warden.take()
    await warden.enforce()

    assert [scene.is_deleted(part) for part in parts] == [True, True, True]
    assert await Spam(warden, parts[1]).state() == "enforced"


async def test_who_looks_like_an_admin_is_looked_at(warden: Warden, scene: Scene) -> None:
    admins = (await warden.telegram.admins(scene.group)).admins
    (double,) = await scene.control.add_people(
        NewPerson(first_name="Rosa", last_name="Green", username="rosa_gr33n")
    )
    await scene.control.join(scene.group, double, announced=False)
    warden.scanner.protect(scene.group, [*admins, Admin(1, "Rosa Green", "rosa_green")])
    spam = await warden.spam(double, "Please verify your account with me.")
    verdict = (await spam.outcome()).verdict

    assert "admin_lookalike" in {part["signal"] for part in verdict["contributions"]}
    assert json.dumps(verdict).count("Rosa") == 0
