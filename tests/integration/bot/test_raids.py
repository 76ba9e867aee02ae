"""Raids: they begin by joins or by an admin's word, are told once, and end by themselves."""

from tests.support.gate import AtTheGate, set_policy, settings_changed
from tests.support.scene import HAM, HEAVY_SPAM
from tests.support.talk import Said, Talk

from chatwarden.bot.gate.keeper import GateKeeper
from chatwarden.bot.raids.keeper import RaidKeeper
from chatwarden.simulator.client import Draft, NewPerson
from chatwarden.storage.models import Outcome, RaidRecord

SMALL = {"mass_join_size": 4}


async def crowd(talk: Talk, size: int) -> list[int]:
    """Strangers who join at once; what is due is done."""
    people = await talk.scene.control.add_people(
        *(NewPerson(first_name=f"N{number}") for number in range(size))
    )
    await talk.scene.control.join(talk.scene.group, *people, announced=False)
    await talk.warden.take()
    await talk.warden.enforce()
    return list(people)


async def raids(talk: Talk) -> list[RaidRecord]:
    rows = await talk.warden.rows(RaidRecord)
    return [row for row in rows if row.chat_id == talk.scene.group]


async def listen(talk: Talk) -> None:
    """The owner is told of decisions in private."""
    await talk.private(talk.scene.owner, "/start")


def told(talk: Talk) -> Said:
    return talk.said(talk.scene.owner)[-1]


async def test_a_mass_join_begins_a_raid_in_which_strangers_are_asked(talk: Talk) -> None:
    await listen(talk)
    await set_policy(talk, **SMALL)
    first = await crowd(talk, 6)
    later = await crowd(talk, 5)
    keeper = RaidKeeper(talk.ports)
    await keeper.look()

    (raid,) = await raids(talk)
    assert (raid.started_by, raid.ended_at) == ("joins", None)
    assert raid.joins == 7
    assert [talk.scene.status(one) for one in first] == ["restricted"] * 6
    assert [talk.scene.status(one) for one in later] == ["restricted"] * 5
    assert "many are joining at once" in told(talk).text
    assert "must show that they are a person" in told(talk).text


async def test_during_a_raid_the_raid_is_told_and_not_each_join(talk: Talk) -> None:
    await set_policy(talk, **SMALL)
    await crowd(talk, 6)
    before = len(await talk.warden.rows(Outcome))

    await crowd(talk, 30)

    assert len(await talk.warden.rows(Outcome)) == before
    (raid,) = await raids(talk)
    assert raid.joins == 32


async def test_it_ends_by_itself_and_one_message_says_what_it_came_to(talk: Talk) -> None:
    await listen(talk)
    await set_policy(talk, **SMALL, raid={"minutes": 10}, gate={"minutes": 3})
    await crowd(talk, 6)
    people = await crowd(talk, 4)
    gate, keeper = GateKeeper(talk.ports), RaidKeeper(talk.ports)
    await gate.look()
    await keeper.look()
    begun = told(talk)
    (question,) = [one for one in talk.said(talk.scene.group) if one.message.only_for is None]
    await AtTheGate(talk, people[0]).answer(question, rightly=True)
    await talk.warden.enforce()
    await talk.scene.say(people[0], HEAVY_SPAM)
    await talk.warden.take()
    await talk.warden.enforce()
    talk.warden.pass_time(4 * 60)
    await gate.look()
    await talk.warden.enforce()
    talk.warden.pass_time(7 * 60)

    await keeper.look()
    await keeper.look()

    (raid,) = await raids(talk)
    assert raid.ended_by == "time"
    ended = told(talk)
    assert ended.id == begun.id
    assert "is over" in ended.text
    assert "Asked 10, answered 1, removed 9" in ended.text
    assert ended.buttons == {}
    await settings_changed(talk)
    assert [talk.scene.status(one) for one in await crowd(talk, 1)] == ["member"]


async def test_it_goes_on_while_more_come(talk: Talk) -> None:
    await set_policy(talk, **SMALL, raid={"minutes": 5})
    await crowd(talk, 6)
    (before,) = await raids(talk)
    talk.warden.pass_time(200)
    await crowd(talk, 6)
    await RaidKeeper(talk.ports).look()
    (after,) = await raids(talk)
    assert after.id == before.id
    assert after.until > before.until
    assert after.ended_at is None


async def test_joins_are_removed_where_the_group_wants_that(talk: Talk) -> None:
    await set_policy(talk, **SMALL, raid={"joins": "remove"})
    await crowd(talk, 6)
    people = await crowd(talk, 3)
    assert [talk.scene.status(one) for one in people] == ["left"] * 3


async def test_a_campaign_of_the_admins_is_no_raid(talk: Talk) -> None:
    await set_policy(talk, **SMALL, raid={"automatic": False})
    people = await crowd(talk, 12)
    assert await raids(talk) == []
    assert {talk.scene.status(one) for one in people} == {"member"}


async def test_an_observed_group_has_no_raid(talk: Talk) -> None:
    await set_policy(talk, **SMALL)
    await talk.warden.set_group(mode="observe")
    await settings_changed(talk)
    people = await crowd(talk, 12)
    assert await raids(talk) == []
    assert {talk.scene.status(one) for one in people} == {"member"}


async def test_an_admin_begins_and_ends_one_by_word(talk: Talk) -> None:
    await listen(talk)
    await set_policy(talk)
    (answer,) = await talk.in_group(talk.scene.admin, "/raid 45m")
    await settings_changed(talk)
    (stranger,) = await crowd(talk, 1)
    await RaidKeeper(talk.ports).look()
    (raid,) = await raids(talk)

    assert "as in a raid" in answer.text
    assert 44 * 60 < (raid.until - talk.warden.now()).total_seconds() <= 45 * 60
    assert raid.started_by == f"user:{talk.scene.admin}"
    assert talk.scene.status(stranger) == "restricted"
    assert "by an admin's word" in told(talk).text
    line = await talk.press(talk.scene.owner, told(talk), "End it now", by=talk.scene.owner)
    await RaidKeeper(talk.ports).look()
    await settings_changed(talk)
    assert line == "The raid is over."
    assert talk.scene.status((await crowd(talk, 1))[0]) == "member"
    (again,) = await talk.in_group(talk.scene.admin, "/raid off")
    assert again.text == "No raid is on."


async def test_a_time_that_makes_no_sense_is_said_so(talk: Talk) -> None:
    await set_policy(talk)
    for wrong in ("soon", "1m", "3d"):
        said = (await talk.in_group(talk.scene.admin, f"/raid {wrong}"))[-1]
        assert f"“{wrong}” is no time I understand" in said.text
    assert await raids(talk) == []


async def test_members_cannot_begin_one(talk: Talk) -> None:
    await set_policy(talk)
    assert await talk.in_group(talk.scene.member, "/raid 1h") == []
    assert await raids(talk) == []


async def test_ordinary_people_go_on_talking_in_a_raid(talk: Talk) -> None:
    await set_policy(talk, **SMALL)
    await crowd(talk, 8)
    message = await talk.scene.control.post(
        talk.scene.group, Draft(from_id=talk.scene.member, text=HAM)
    )
    await talk.warden.take()
    await talk.warden.enforce()
    assert not talk.scene.is_deleted(message)
    assert talk.scene.status(talk.scene.member) == "member"


async def test_what_people_ended_does_not_begin_again_by_itself(talk: Talk) -> None:
    await set_policy(talk, **SMALL)
    await crowd(talk, 6)
    await talk.in_group(talk.scene.admin, "/raid off")
    await settings_changed(talk)
    people = await crowd(talk, 3)
    assert [talk.scene.status(one) for one in people] == ["member"] * 3
    assert [row.ended_at is None for row in await raids(talk)] == [False]
