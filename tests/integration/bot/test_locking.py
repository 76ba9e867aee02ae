"""Locks, nights and service messages: what goes, who is left alone, and who is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.gate import set_policy
from tests.support.talk import Talk

from chatwarden.bot.nights import NightTeller
from chatwarden.simulator.client import Draft, NewPerson
from chatwarden.storage.models import Action, Outcome

STICKER: dict[str, Any] = {
    "sticker": {
        "file_id": "s",
        "file_unique_id": "s",
        "type": "regular",
        "width": 512,
        "height": 512,
    }
}


async def post(talk: Talk, person: int, **extra: Any) -> int:
    draft = Draft(from_id=person, extra=extra)
    message = await talk.scene.control.post(talk.scene.group, draft)
    await talk.warden.take()
    await talk.warden.enforce()
    return message


async def test_what_is_locked_goes_quietly_and_its_sender_stays(talk: Talk) -> None:
    scene = talk.scene
    await set_policy(talk, locks={"from_everyone": ["sticker"]})
    await talk.private(scene.admin, "/start")
    before = len(talk.said(scene.admin))
    theirs = await post(talk, scene.member, **STICKER)
    admins = await post(talk, scene.admin, **STICKER)
    await talk.show_cards()
    (outcome,) = [one for one in await talk.warden.rows(Outcome) if one.message_id == theirs]

    assert scene.is_deleted(theirs)
    assert not scene.is_deleted(admins)
    assert scene.status(scene.member) == "member"
    assert (outcome.state, outcome.sender_verdict) == ("enforced", "none")
    (part,) = [one for one in outcome.verdict["contributions"] if one["signal"] == "lock"]
    assert part["detail"] == "sticker"
    assert len(talk.said(scene.admin)) == before


async def test_an_album_goes_whole_with_its_link(talk: Talk) -> None:
    scene = talk.scene
    await set_policy(talk, locks={"from_everyone": ["link"]})
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 8, "height": 8}]
    album = {"photo": photo, "media_group_id": "album"}
    first = await post(talk, scene.member, **album)
    linked = await post(talk, scene.member, caption="see garden.example/plan", **album)
    last = await post(talk, scene.member, **album)
    assert [scene.is_deleted(one) for one in (first, linked, last)] == [True, True, True]
    assert scene.status(scene.member) == "member"


async def test_service_messages_go_without_an_outcome_whoever_caused_them(talk: Talk) -> None:
    scene = talk.scene
    await set_policy(talk, service_messages=["join", "pin"])
    pinned = await scene.say(scene.admin, "Rules")
    (person,) = await scene.control.add_people(NewPerson(first_name="Robin"))
    await scene.control.join(scene.group, person, announced=True)
    service = max(one.id for one in scene.app.world.chats[scene.group].messages)
    by_admin = await post(
        talk,
        scene.admin,
        pinned_message={"message_id": pinned, "date": 1, "chat": {"id": scene.group}},
    )
    title = await post(talk, scene.admin, new_chat_title="Makers and menders")
    actions = [one for one in await talk.warden.rows(Action) if one.chat_id == scene.group]

    assert scene.is_deleted(service)
    assert scene.is_deleted(by_admin)
    assert not scene.is_deleted(title)
    assert {one.requested_by for one in actions} == {"bot"}
    assert not [one for one in await talk.warden.rows(Outcome) if one.chat_id == scene.group]


async def test_a_night_is_told_once_and_locks_by_the_messages_own_dates(talk: Talk) -> None:
    scene = talk.scene
    now = talk.warden.now().astimezone(UTC)
    begins = (now + timedelta(minutes=2)).replace(second=0, microsecond=0)
    night = {
        "enabled": True,
        "is_told": True,
        "begins": f"{begins:%H:%M}",
        "ends": f"{begins + timedelta(hours=1):%H:%M}",
        "from_everyone": ["link"],
        "from_newcomers": [],
    }
    await set_policy(talk, night=night)
    teller = NightTeller(talk.ports)
    await teller.look()
    by_day = await _say_at(talk, "see garden.example/plan", now)
    quiet = talk.said(scene.group)
    talk.warden.pass_time(121)
    await teller.look()
    await teller.look()
    by_night = await _say_at(talk, "see garden.example/roses", begins + timedelta(seconds=1))
    told = [one.text for one in talk.said(scene.group)]
    talk.warden.pass_time(240)
    await teller.look()

    assert not quiet
    assert not scene.is_deleted(by_day)
    assert scene.is_deleted(by_night)
    assert len(told) == 1
    assert "I delete more than by day: link" in told[0]
    assert len(talk.said(scene.group)) == 1


async def _say_at(talk: Talk, text: str, moment: datetime) -> int:
    draft = Draft(from_id=talk.scene.member, text=text, date=int(moment.timestamp()))
    message = await talk.scene.control.post(talk.scene.group, draft)
    await talk.warden.take()
    await talk.warden.enforce()
    return message
