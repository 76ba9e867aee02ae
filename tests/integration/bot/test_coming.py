"""The bot comes, is given and loses rights, and goes."""

import pytest
from tests.support.product import TOKEN
from tests.support.scene import BOT_ID, HAM, SPAM, Scene
from tests.support.talk import Talk
from tests.support.warden import Warden

from chatwarden.pipeline.group_facts import GroupFacts, StoredFacts
from chatwarden.simulator.client import Draft, NewChat, NewPerson, Rights
from chatwarden.storage.models import Group, Outcome, TeamMember


async def come(talk: Talk, *, kind: str = "supergroup", rights: Rights | None = None) -> Scene:
    """Somebody makes a group and lets the bot in."""
    control = talk.scene.control
    owner, admin, member = await control.add_people(
        NewPerson(first_name="Olga"), NewPerson(first_name="Amir"), NewPerson(first_name="Mat")
    )
    group = await control.add_chat(
        NewChat(title="Balcony", owner=owner, type="group" if kind == "group" else "supergroup")
    )
    await control.join(group, admin, member, announced=False)
    await control.promote(group, admin, Rights(), by=owner)
    talk.scene.app.world.bots[TOKEN].updates.clear()
    by = {"from": {"id": owner, "is_bot": False, "first_name": "Olga"}}
    await control.join(group, BOT_ID, extra=by)
    if rights is not None:
        await control.promote(group, BOT_ID, rights, by=owner)
    scene = Scene(
        talk.scene.app, talk.scene.url, control, group, owner, admin, member, talk.scene.channel
    )
    talk.warden.scene = scene
    return scene


@pytest.fixture
def observing(talk: Talk) -> Talk:
    talk.warden.scanner = talk.warden.new_scanner(mode="observe")
    return talk


async def test_coming_in_it_says_what_it_does_and_offers_to_guard(observing: Talk) -> None:
    talk = observing
    scene = await come(talk, rights=Rights())
    await talk.answer()
    welcome = talk.said(scene.group)[-1]
    refused = await talk.press(scene.group, welcome, "Guard now", by=scene.member)
    watching = (await talk.warden.group()).mode
    await talk.press(scene.group, welcome, "Guard now", by=scene.owner)
    (now,) = talk.said(scene.group, after=welcome.id - 1)

    assert "two days I only watch" in welcome.text
    assert "✅ Delete messages" in welcome.text
    assert "Only admins of Balcony" in refused
    assert watching == "observe"
    assert (await talk.warden.group()).mode == "guard"
    assert "Guarding" in now.text
    assert "👀 Only watch" in now.buttons


async def test_without_rights_it_says_how_to_give_them(observing: Talk) -> None:
    scene = await come(observing)
    await observing.answer()
    welcome = observing.said(scene.group)[-1]

    assert "I am no admin here yet" in welcome.text


async def test_in_a_basic_group_it_says_what_cannot_be_done(observing: Talk) -> None:
    scene = await come(observing, kind="group", rights=Rights())
    await observing.answer()
    assert "basic group" in observing.said(scene.group)[-1].text


async def test_the_link_in_the_welcome_has_decisions_told_in_private(observing: Talk) -> None:
    talk = observing
    scene = await come(talk, rights=Rights())
    await talk.answer()
    link = talk.said(scene.group)[-1].button("Tell me in private")
    start = link.partition("?start=")[2]
    (told,) = await talk.private(scene.admin, f"/start {start}")
    (stranger,) = await talk.private(scene.member, f"/start {start}")

    assert "From now on I tell you here what I do in Balcony" in told.text
    assert "Add me to your group" in stranger.text


async def test_rights_lost_are_told_once_and_regained_too(talk: Talk) -> None:
    scene = await come(talk, rights=Rights())
    await talk.private(scene.admin, "/start")
    await scene.control.promote(scene.group, BOT_ID, Rights(can_delete_messages=False))
    await talk.answer()
    await scene.control.promote(scene.group, BOT_ID, Rights(can_delete_messages=False))
    await talk.answer()
    await scene.control.promote(scene.group, BOT_ID, Rights())
    await talk.answer()
    told = [said.text for said in talk.said(scene.admin)[1:]]

    assert len(told) == 2
    assert "may no longer do" in told[0]
    assert "❌ Delete messages" in told[0]
    assert "everything again" in told[1]


async def test_removed_it_tells_who_brought_it_in_and_counts_as_gone(talk: Talk) -> None:
    scene = await come(talk, rights=Rights())
    await talk.answer()
    inviter = (await talk.warden.group()).added_by
    assert inviter is not None
    await scene.control.post(inviter, Draft(from_id=inviter, text="/start"))
    await scene.control.kick(scene.group, BOT_ID, by=scene.owner)
    await talk.answer()
    (left,) = [row for row in await talk.warden.rows(Group) if row.chat_id == scene.group]
    settings = await talk.private(scene.admin, "/settings")

    assert left.left_at is not None
    assert any("removed from Balcony" in said.text for said in talk.said(inviter))
    assert "admin of no group" in settings[0].text


async def test_after_two_days_it_tells_what_it_would_have_done(observing: Talk) -> None:
    talk = observing
    scene = await come(talk, rights=Rights())
    await talk.private(scene.admin, "/start")
    for n in range(3):
        await scene.say(scene.member, f"{HAM} {n}")
    await talk.warden.spam(await scene.newcomer(), SPAM)
    await talk.bot.tell_observed()
    early = len(talk.said(scene.admin))
    talk.warden.pass_time(48 * 3600 + 2)
    await talk.bot.tell_observed()
    await talk.bot.tell_observed()
    told = talk.said(scene.admin)[early:]
    await talk.press(scene.admin, told[0], "Guard now", by=scene.admin)

    assert len(told) == 1
    assert "looked at 4 messages and would have deleted 1" in told[0].text
    assert (await talk.warden.group()).mode == "guard"


async def test_a_group_that_becomes_a_supergroup_takes_everything_with_it(
    talk: Talk, warden: Warden
) -> None:
    scene = await come(talk, kind="group", rights=Rights())
    await talk.answer()
    await warden.spam(await scene.newcomer(), SPAM)
    (shown,) = await talk.private(scene.admin, "/settings")
    await talk.press(scene.admin, shown, "strict", by=scene.admin)
    upgraded = await scene.control.migrate(scene.group)
    await scene.control.post(upgraded, Draft(from_id=scene.member, text=HAM))
    await talk.answer()
    groups = {row.chat_id: row for row in await warden.rows(Group)}

    assert scene.group not in groups
    assert groups[upgraded].policy["preset"] == "strict"
    assert {row.chat_id for row in await warden.rows(Outcome)} == {upgraded}


async def test_who_may_moderate_is_kept_as_telegram_says(talk: Talk, warden: Warden) -> None:
    scene = await come(talk, rights=Rights())
    await talk.answer()
    (half,) = await scene.control.add_people(NewPerson(first_name="Half"))
    await scene.control.add_admin(scene.group, half, Rights(can_delete_messages=False))
    keeper = StoredFacts(
        warden.database,
        warden.scanner,
        bot_id=BOT_ID,
        keyring=warden.keyring,
        on_moved=lambda chat, moved: None,
    )
    facts = GroupFacts(telegram=warden.telegram, keeper=keeper)

    async def moderators() -> set[int]:
        await facts.learn(scene.group)
        rows = await warden.rows(TeamMember)
        return {row.user_id for row in rows if row.chat_id == scene.group and row.role != "viewer"}

    first = await moderators()
    await scene.control.promote(scene.group, scene.admin, None)
    demoted = await moderators()
    await scene.control.kick(scene.group, BOT_ID, by=scene.owner)
    await talk.answer()
    gone = await warden.rows(TeamMember)

    assert first == {scene.owner, scene.admin}
    assert demoted == {scene.owner}
    assert gone == []
