"""Guards, deletions and punishments: what Telegram is asked to do, and what is written about it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete
from tests.support.scene import BOT_ID, HEAVY_SPAM, SPAM, Scene
from tests.support.warden import Spam, Warden

from chatwarden.actions import Action
from chatwarden.pipeline.enforce.delete import DELETED_AT_ONCE
from chatwarden.pipeline.enforce.lane import RIGHTS_FRESH
from chatwarden.simulator.client import Draft, Edit, NewChat, Permissions, Rights
from chatwarden.storage.models import Action as ActionRow
from chatwarden.storage.models import Outcome
from chatwarden.storage.repositories.settling import record_outcomes

MUTE, BAN = timedelta(days=7), timedelta(days=30)
"""The policy's defaults."""
MUTED = Permissions(**dict.fromkeys(Permissions.__struct_fields__, False))


async def flood(warden: Warden, person: int, count: int) -> list[Spam]:
    drafts = [Draft(from_id=person, text=f"{SPAM} {n}", force=True) for n in range(count)]
    ids = await warden.scene.control.post_many(warden.scene.group, drafts)
    while (await warden.take()).judged:
        pass
    return [Spam(warden, message_id) for message_id in ids if message_id is not None]


async def test_spam_is_deleted_and_its_sender_muted_for_a_week_from_its_date(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    await warden.enforce()
    (mute,) = warden.sanctions(spammer)

    assert scene.is_deleted(spam.message_id)
    assert await spam.state() == "enforced"
    assert datetime.fromtimestamp(mute.until_date, UTC) == (await spam.outcome()).date + MUTE


async def test_a_ban_ends_by_itself(warden: Warden, scene: Scene) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, HEAVY_SPAM)
    await warden.enforce()
    (ban,) = warden.sanctions(spammer)

    assert datetime.fromtimestamp(ban.until_date, UTC) == (await spam.outcome()).date + BAN


async def test_many_messages_of_one_sender_go_in_few_calls_and_punish_once(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    spams = await flood(warden, spammer, 130)
    await warden.enforce()
    sizes = [len(json.loads(call.params["message_ids"])) for call in warden.calls("deleteMessages")]

    assert all(scene.is_deleted(spam.message_id) for spam in spams)
    assert sum(sizes) == 130
    assert max(sizes) <= DELETED_AT_ONCE
    assert len(sizes) == 2
    assert len(warden.sanctions(spammer)) == 1
    assert warden.repeats(spammer) == {}
    assert {await spam.state() for spam in spams} == {"enforced"}


async def test_a_mute_asked_for_beside_a_ban_is_covered_by_it(warden: Warden, scene: Scene) -> None:
    spammer = await scene.newcomer()
    first = await warden.spam(spammer, SPAM)
    second = await warden.spam(spammer, HEAVY_SPAM)
    await warden.enforce()
    mute, ban = await first.action("mute"), await second.action("ban")

    assert [sanction.method for sanction in warden.sanctions(spammer)] == ["banChatMember"]
    assert (mute.state, mute.result) == ("done", {"covered_by": ban.id})


async def test_spam_after_a_mute_in_force_is_deleted_and_punishes_no_second_time(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    first = await warden.spam(spammer, SPAM)
    await warden.enforce()
    (second,) = await flood(warden, spammer, 1)
    await warden.enforce()
    covering, covered = await first.action("mute"), await second.action("mute")

    assert covered.result == {"covered_by": covering.id}
    assert len(warden.sanctions(spammer)) == 1
    assert warden.repeats(spammer) == {}


async def test_spam_after_an_admin_lifted_the_mute_mutes_again(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    await warden.spam(spammer, SPAM)
    await warden.enforce()
    member = scene.app.world.member(
        scene.app.world.chats[scene.group], scene.app.world.person(spammer)
    )
    member.status, member.permissions, member.until_date = "member", None, 0
    await warden.spam(spammer, SPAM + " again")
    await warden.enforce()

    assert scene.status(spammer) == "restricted"
    assert len(warden.sanctions(spammer)) == 2


async def test_a_message_too_old_to_delete_is_told_and_the_others_go(
    warden: Warden, scene: Scene
) -> None:
    old = await warden.spam(await scene.newcomer("Old"), SPAM)
    warden.pass_time(49 * 3600)
    young = await warden.spam(await scene.newcomer("Young"), SPAM)
    await warden.enforce()
    assert scene.is_deleted(young.message_id)
    assert await young.state() == "enforced"

    dead = await old.action("delete_message")

    assert (dead.state, dead.error_code) == ("dead", "message_too_old")
    assert warden.calls("deleteMessage") == [], "a call that is known to fail is not made"
    assert await old.state() == "failed"


async def test_a_message_gone_already_counts_as_deleted(warden: Warden, scene: Scene) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await warden.telegram.delete_message(scene.group, spam.message_id)
    await warden.enforce()

    assert (await spam.action("delete_message")).state == "done"


async def test_without_the_right_to_delete_each_message_fails_after_one_call_for_all(
    warden: Warden, scene: Scene
) -> None:
    spams = await flood(warden, await scene.newcomer(), 20)
    await scene.control.promote(scene.group, BOT_ID, Rights(can_delete_messages=False))
    await warden.enforce()

    assert {await spam.state() for spam in spams} == {"failed"}
    assert (await spams[0].action("delete_message")).error_code == "missing_right"
    assert (await warden.group()).missing_rights == ["can_delete_messages"]
    assert len(warden.calls("deleteMessages", "deleteMessage")) == 1


async def test_a_right_known_to_be_missing_is_not_tried_until_it_is_asked_for_again(
    warden: Warden, scene: Scene
) -> None:
    await scene.control.promote(scene.group, BOT_ID, Rights(can_delete_messages=False))
    await warden.spam(await scene.newcomer(), SPAM)
    await warden.enforce()
    tried = len(warden.calls("deleteMessages"))
    second = await warden.spam(await scene.newcomer(), SPAM)
    await warden.enforce()
    assert len(warden.calls("deleteMessages")) == tried
    assert (await second.action("delete_message")).error_code == "missing_right"

    await scene.control.promote(scene.group, BOT_ID, Rights())
    warden.pass_time(RIGHTS_FRESH.total_seconds() + 1)
    third = await warden.spam(await scene.newcomer(), SPAM)
    await warden.enforce()
    assert scene.is_deleted(third.message_id)
    assert (await warden.group()).missing_rights == []


async def test_an_edit_of_an_old_message_is_not_tried_though_the_edit_is_new(
    warden: Warden, scene: Scene
) -> None:
    person = await scene.newcomer()
    message = await scene.say(person, "hello")
    await warden.take()
    warden.pass_time(49 * 3600)
    await scene.control.edit(scene.group, message, Edit(text=HEAVY_SPAM))
    await warden.take()
    await warden.enforce()

    assert (await Spam(warden, message).action("delete_message")).error_code == "message_too_old"
    assert warden.calls("deleteMessages", "deleteMessage") == []


async def test_a_ban_without_an_outcome_is_carried_out_and_undone(
    warden: Warden, scene: Scene
) -> None:
    await scene.say(scene.member, "hello")
    await warden.take()
    person = await scene.newcomer()
    now = warden.now().replace(microsecond=0)
    ban = Action(
        id="dashboard-1-ban",
        bot_id=BOT_ID,
        chat_id=scene.group,
        kind="ban",
        sender_kind="user",
        sender_id=person,
        date=now,
        until_date=now + BAN,
        requested_by="operator",
        due_at=now,
    )
    await warden.queue.add([ban])
    await warden.enforce()
    assert scene.status(person) == "kicked"
    await warden.queue.add([replace(ban, id="dashboard-1-undo", kind="undo", due_at=warden.now())])
    await warden.enforce()

    assert scene.status(person) == "left"
    assert {row.state for row in await warden.rows(ActionRow)} == {"reversed", "done"}


async def test_what_is_enforced_before_its_outcome_is_recorded_counts_for_it_then(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    outcome = await spam.outcome()
    row = {one.name: getattr(outcome, one.name) for one in Outcome.__table__.columns}
    async with warden.database.transaction() as session:
        await session.execute(delete(Outcome))
    await warden.enforce()
    async with warden.database.transaction() as session:
        await record_outcomes(session, [row], now=warden.now())

    assert row["state"] == "pending"
    assert await spam.state() == "enforced"
    await spam.undo()
    assert scene.status(spammer) == "member"
    assert await spam.state() == "undone"


async def test_without_the_right_to_restrict_the_message_goes_and_the_outcome_says_why(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    await scene.control.promote(scene.group, BOT_ID, Rights(can_restrict_members=False))
    await warden.enforce()

    assert scene.is_deleted(spam.message_id)
    assert scene.status(spammer) == "member"
    assert await spam.state() == "failed"
    assert (await spam.action("mute")).error_code == "missing_right"
    assert (await warden.group()).missing_rights == ["can_restrict_members"]


async def test_out_of_the_group_every_action_ends_and_known_rights_stay_as_they_are(
    warden: Warden, scene: Scene
) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await warden.set_group(missing_rights=["can_restrict_members"])
    await scene.control.kick(scene.group, BOT_ID)
    await warden.enforce()

    assert await spam.state() == "failed"
    assert {a.error_code for a in (await spam.actions()).values()} == {"chat_unreachable"}
    assert (await warden.group()).missing_rights == ["can_restrict_members"]


async def test_whoever_was_made_an_admin_a_moment_ago_is_left_alone(
    warden: Warden, scene: Scene
) -> None:
    person = await scene.newcomer()
    spam = await warden.spam(person, SPAM)
    await scene.control.promote(scene.group, person, Rights())
    await warden.enforce()

    assert warden.calls() == []
    assert await spam.state() == "guarded"
    assert (await spam.outcome()).guard == "admin"


async def test_an_admin_unknown_to_the_remembered_list_is_seen_before_the_mute(
    warden: Warden, scene: Scene
) -> None:
    person = await scene.newcomer()
    spam = await warden.spam(person, SPAM)
    await warden.admins.admin_ids(scene.group)
    await scene.control.promote(scene.group, person, Rights())
    await warden.enforce()

    assert scene.status(person) == "administrator"
    assert warden.sanctions(person) == []
    assert (await spam.action("mute")).state == "cancelled"
    assert await spam.state() == "enforced", "the message was deleted: that can be told and undone"


async def test_the_group_itself_as_sender_is_never_punished(warden: Warden, scene: Scene) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    for action in (await spam.actions()).values():
        await warden.set_action(action.id, sender_id=scene.group)
    await warden.enforce()

    assert warden.calls() == []
    assert (await spam.outcome()).guard == "anonymous_admin"


async def test_a_channel_linked_meanwhile_is_left_alone(warden: Warden, scene: Scene) -> None:
    channel = await scene.control.add_chat(NewChat(title="News", type="channel"))
    posted = await scene.control.post(scene.group, Draft(sender_chat_id=channel, text=HEAVY_SPAM))
    await warden.take()
    await warden.set_group(linked_chat_id=channel)
    await warden.enforce()

    assert warden.calls() == []
    assert (await Spam(warden, posted).outcome()).guard == "linked_channel"


async def test_observe_mode_switched_on_meanwhile_stops_what_waits(
    warden: Warden, scene: Scene
) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await warden.set_group(mode="observe")
    await warden.enforce()

    assert warden.calls() == []
    assert await spam.state() == "observed"


async def test_observe_mode_after_the_deletion_leaves_an_outcome_that_tells_of_it(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    mute = await spam.action("mute")
    await warden.set_action(mute.id, due_at=warden.now().replace(year=2100))
    await warden.enforce()
    await warden.set_action(mute.id, due_at=warden.now())
    await warden.set_group(mode="observe")
    await warden.enforce()

    assert scene.is_deleted(spam.message_id)
    assert warden.sanctions(spammer) == []
    assert await spam.state() == "enforced"


async def test_a_group_that_is_not_known_is_observed(warden: Warden, scene: Scene) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await warden.set_group(bot_id=1)
    await warden.enforce()

    assert warden.calls() == []
    assert await spam.state() == "observed"


@pytest.mark.parametrize("days", [0, 30], ids=["for ever", "for longer than ours"])
async def test_an_admins_own_mute_is_never_shortened(
    warden: Warden, scene: Scene, days: int
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    member = scene.app.world.member(
        scene.app.world.chats[scene.group], scene.app.world.person(spammer)
    )
    until = int(warden.now().timestamp()) + days * 86_400 if days else 0
    member.status, member.inside, member.permissions = "restricted", True, MUTED
    member.until_date = until
    await warden.enforce()

    assert warden.sanctions(spammer) == []
    assert member.until_date == until
    assert (await spam.action("mute")).result == {"covered_by": "telegram"}


async def test_an_admins_own_ban_is_left_as_it_is(warden: Warden, scene: Scene) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, HEAVY_SPAM)
    await scene.control.kick(scene.group, spammer, by=scene.owner)
    await warden.enforce()

    assert warden.calls("banChatMember") == []
    assert (await spam.action("ban")).result == {"covered_by": "telegram"}


async def test_a_punishment_whose_time_is_over_is_not_begun(warden: Warden, scene: Scene) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    warden.pass_time(MUTE.total_seconds() - 20)
    await warden.enforce()

    assert scene.status(spammer) == "member", "Telegram would take it for a mute without end"
    assert (await spam.action("mute")).state == "cancelled"


async def test_a_kicked_person_is_out_and_may_come_back(warden: Warden, scene: Scene) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    await warden.set_action((await spam.action("mute")).id, kind="kick")
    await warden.enforce()
    await scene.control.join(scene.group, spammer)

    assert scene.status(spammer) == "member"
    assert [sanction.method for sanction in warden.sanctions(spammer)] == [
        "banChatMember",
        "unbanChatMember",
    ]


async def test_a_channel_is_banned_once_for_many_messages(warden: Warden, scene: Scene) -> None:
    channel = await scene.control.add_chat(NewChat(title="Signals", type="channel"))
    draft = Draft(sender_chat_id=channel, text=HEAVY_SPAM)
    await scene.control.post(scene.group, draft)
    late = await scene.control.post(scene.group, draft)
    await warden.take()
    spam = Spam(warden, late)
    ban = await spam.action("ban")
    await warden.set_action(ban.id, due_at=warden.now().replace(year=2100))
    await warden.enforce()
    await warden.set_action(ban.id, due_at=warden.now())
    await warden.enforce()

    assert len(warden.calls("banChatSenderChat")) == 1
    assert ban.until_date is None


async def test_a_channel_that_an_admin_let_back_in_is_banned_again(
    warden: Warden, scene: Scene
) -> None:
    channel = await scene.control.add_chat(NewChat(title="Signals", type="channel"))
    draft = Draft(sender_chat_id=channel, text=HEAVY_SPAM)
    banned = scene.app.world.chats[scene.group].banned_channels
    await scene.control.post(scene.group, draft)
    await warden.take()
    await warden.enforce()
    assert channel in banned
    banned.clear()
    warden.pass_time(60)
    await scene.control.post(scene.group, draft)
    await warden.take()
    await warden.enforce()

    assert channel in banned


async def test_what_became_of_an_outcome_is_announced(warden: Warden, scene: Scene) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    before = warden.feed.last
    await warden.enforce()
    listening = warden.feed.subscribe(after=before)
    event = await anext(listening)
    await listening.aclose()

    assert event.trace_id == (await spam.outcome()).trace_id
    assert event.chat_id == scene.group
