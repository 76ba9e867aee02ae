"""Undo: what comes back, what cannot, and what an admin did meanwhile stays as it is."""

import pytest
from tests.support.scene import HEAVY_SPAM, SPAM, Scene
from tests.support.warden import Spam, Warden

from chatwarden.errors import TelegramUnreachable, UndoImpossible
from chatwarden.pipeline.enforce import undo as words
from chatwarden.simulator.client import Draft, Fault, NewChat, Permissions
from chatwarden.simulator.state.members import Member

DAY = 86_400.0
NO_LINKS = Permissions(can_add_web_page_previews=False, can_send_polls=False)
NO_REACTIONS = Permissions(can_react_to_messages=False)
ASKED_ABOUT = "Remote work 18+, 90 $ a day, no experience, write me"
"""From somebody seen long ago: deleted, its sender asked to prove to be a person."""
SILENT = Permissions(**dict.fromkeys(Permissions.__struct_fields__, False))


def member_of(scene: Scene, person: int) -> Member:
    return scene.app.world.member(
        scene.app.world.chats[scene.group], scene.app.world.person(person)
    )


def limit(scene: Scene, person: int, permissions: Permissions, *, until: float = 0) -> None:
    """An admin limits somebody by hand."""
    member = member_of(scene, person)
    member.status, member.inside = "restricted", True
    member.permissions, member.until_date = permissions, int(until)


async def punished(warden: Warden, text: str = SPAM, person: int | None = None) -> tuple[Spam, int]:
    sender = await warden.scene.newcomer() if person is None else person
    spam = await warden.spam(sender, text)
    await warden.enforce()
    return spam, sender


async def test_a_muted_member_gets_the_groups_permissions_again(
    warden: Warden, scene: Scene
) -> None:
    spam, sender = await punished(warden)
    result = await spam.undo()

    assert scene.status(sender) == "member"
    assert result["restored"] == [words.PERMISSIONS_BACK]
    assert result["not_restored"] == [words.MESSAGE_STAYS_DELETED]
    assert await spam.state() == "undone"
    assert (await spam.action("mute")).state == "reversed"


async def test_a_member_with_limits_of_their_own_gets_exactly_those_back(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    until = int(warden.now().timestamp() + 90 * DAY)
    limit(scene, sender, NO_LINKS, until=until)
    spam, _ = await punished(warden, person=sender)
    assert warden.permissions(sender) == SILENT.payload()
    await spam.undo()

    assert warden.permissions(sender) == NO_LINKS.payload()
    assert member_of(scene, sender).until_date == until


async def test_whoever_might_not_react_may_not_react_afterwards_either(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    limit(scene, sender, NO_REACTIONS)
    spam, _ = await punished(warden, person=sender)
    assert warden.permissions(sender) == SILENT.payload()
    await spam.undo()

    assert warden.permissions(sender) == NO_REACTIONS.payload()


async def test_whoever_is_asked_to_prove_to_be_a_person_gets_exactly_their_limits_back(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    limit(scene, sender, NO_LINKS)
    weeks_ago = int(warden.now().timestamp() - 40 * DAY)
    await scene.control.post(scene.group, Draft(from_id=sender, text="hi", date=weeks_ago))
    spam, _ = await punished(warden, ASKED_ABOUT, person=sender)
    assert warden.permissions(sender) == SILENT.payload()
    result = await spam.undo()

    assert warden.permissions(sender) == NO_LINKS.payload()
    assert result["restored"] == [words.PERMISSIONS_BACK]
    assert (await spam.action("challenge")).state == "reversed"


async def test_nothing_brings_a_kicked_person_back_and_no_call_is_made(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    spam = await warden.spam(sender, SPAM)
    await warden.set_action((await spam.action("mute")).id, kind="kick", until_date=None)
    await warden.enforce()
    calls = len(warden.calls())
    result = await spam.undo()

    assert len(warden.calls()) == calls
    assert result["restored"] == []
    assert result["not_restored"] == [words.MESSAGE_STAYS_DELETED, words.PERSON_IS_OUTSIDE]
    assert scene.status(sender) == "left"


async def test_limits_that_ended_during_the_mute_do_not_come_back_for_ever(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    limit(scene, sender, NO_LINKS, until=warden.now().timestamp() + DAY)
    spam, _ = await punished(warden, person=sender)
    warden.pass_time(2 * DAY)
    await spam.undo()

    assert scene.status(sender) == "member"


async def test_a_ban_is_lifted_and_the_person_stays_outside(warden: Warden, scene: Scene) -> None:
    spam, sender = await punished(warden, HEAVY_SPAM)
    result = await spam.undo()

    assert scene.status(sender) == "left"
    assert result["restored"] == [words.BAN_LIFTED]
    assert words.PERSON_IS_OUTSIDE in result["not_restored"]


async def test_limits_of_before_a_ban_hold_again_when_the_person_comes_back(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    limit(scene, sender, NO_LINKS)
    spam, _ = await punished(warden, HEAVY_SPAM, person=sender)
    result = await spam.undo()
    await scene.control.join(scene.group, sender)

    assert words.FORMER_LIMITS_STAY in result["restored"]
    assert warden.permissions(sender) == NO_LINKS.payload()


async def test_limits_hold_again_though_the_undo_broke_off_after_lifting_the_ban(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    limit(scene, sender, NO_LINKS)
    spam, _ = await punished(warden, HEAVY_SPAM, person=sender)
    await spam.ask_undo()
    await scene.control.fail(Fault(method="restrictChatMember", code=502, description="Bad"))
    with pytest.raises(TelegramUnreachable):
        await warden.enforce()
    assert scene.status(sender) == "left"
    warden.pass_time(5)
    await warden.enforce()

    assert warden.permissions(sender) == NO_LINKS.payload()
    assert await spam.state() == "undone"


async def test_a_mute_followed_by_a_ban_leaves_no_mute_behind(warden: Warden, scene: Scene) -> None:
    mute, sender = await punished(warden)
    ban = await scene.control.post(scene.group, Draft(from_id=sender, text=HEAVY_SPAM, force=True))
    await warden.take()
    await warden.enforce()
    assert scene.status(sender) == "kicked"
    await Spam(warden, ban).undo()
    await scene.control.join(scene.group, sender)

    assert scene.status(sender) == "member"
    assert (await mute.action("mute")).state == "reversed"


async def test_a_channel_may_write_again_even_after_years(warden: Warden, scene: Scene) -> None:
    channel = await scene.control.add_chat(NewChat(title="Signals", type="channel"))
    posted = await scene.control.post(scene.group, Draft(sender_chat_id=channel, text=HEAVY_SPAM))
    await warden.take()
    await warden.enforce()
    assert channel in scene.app.world.chats[scene.group].banned_channels
    warden.pass_time(100 * DAY)
    result = await Spam(warden, posted).undo()

    assert channel not in scene.app.world.chats[scene.group].banned_channels
    assert result["restored"] == [words.CHANNEL_FREED]


async def test_limits_an_admin_changed_meanwhile_stay(warden: Warden, scene: Scene) -> None:
    spam, sender = await punished(warden)
    limit(scene, sender, NO_LINKS)
    result = await spam.undo()

    assert warden.permissions(sender) == NO_LINKS.payload()
    assert words.CHANGED_BY_ADMIN in result["not_restored"]


async def test_a_ban_by_an_admin_meanwhile_stays(warden: Warden, scene: Scene) -> None:
    spam, sender = await punished(warden)
    await scene.control.kick(scene.group, sender, by=scene.owner)
    result = await spam.undo()

    assert scene.status(sender) == "kicked"
    assert words.CHANGED_BY_ADMIN in result["not_restored"]


async def test_a_mute_an_admin_lifted_meanwhile_is_told_to_have_ended(
    warden: Warden, scene: Scene
) -> None:
    spam, sender = await punished(warden)
    member = member_of(scene, sender)
    member.status, member.permissions, member.until_date = "member", None, 0
    result = await spam.undo()

    assert result["restored"] == [words.ENDED_BY_ITSELF]


async def test_who_left_while_muted_may_write_when_they_come_back(
    warden: Warden, scene: Scene
) -> None:
    spam, sender = await punished(warden)
    await scene.control.leave(scene.group, sender)
    await spam.undo()
    await scene.control.join(scene.group, sender)

    assert scene.status(sender) == "member"


async def test_an_undo_before_anything_was_done_leaves_everything_as_it_is(
    warden: Warden, scene: Scene
) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    result = await spam.undo()

    assert warden.calls() == []
    assert result == {"restored": [words.NEVER_DONE], "not_restored": []}
    assert {a.state for k, a in (await spam.actions()).items() if k != "undo"} == {"cancelled"}


async def test_asked_twice_an_undo_is_done_once(warden: Warden, scene: Scene) -> None:
    spam, sender = await punished(warden)
    await spam.ask_undo()
    await spam.undo()
    await spam.ask_undo()
    await warden.enforce()

    assert [s.method for s in warden.sanctions(sender)] == ["restrictChatMember"] * 2
    assert warden.repeats(sender) == {}


async def test_what_was_only_observed_cannot_be_undone(warden: Warden, scene: Scene) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await warden.set_group(mode="observe")
    await warden.enforce()

    with pytest.raises(UndoImpossible):
        await spam.ask_undo()


async def test_an_undo_that_failed_can_be_asked_for_again(warden: Warden, scene: Scene) -> None:
    spam, sender = await punished(warden)
    await scene.control.fail(
        Fault(
            method="restrictChatMember",
            code=400,
            description="Bad Request: not enough rights to restrict/unrestrict chat member",
        )
    )
    await spam.ask_undo()
    await warden.enforce()
    assert await spam.state() == "failed"
    assert (await spam.action("undo")).error_code == "missing_right"
    assert scene.status(sender) == "restricted"
    await spam.undo()

    assert scene.status(sender) == "member"
    assert await spam.state() == "undone"
    assert (await spam.action("undo")).error_code is None


async def test_undoing_one_of_several_messages_frees_the_sender_from_all(
    warden: Warden, scene: Scene
) -> None:
    first, sender = await punished(warden)
    second_id = await scene.control.post(
        scene.group, Draft(from_id=sender, text=SPAM + " again", force=True)
    )
    await warden.take()
    await warden.enforce()
    second = Spam(warden, second_id)
    await second.undo()
    assert scene.status(sender) == "member"
    assert (await first.action("mute")).state == "reversed"
    assert await first.state() == "enforced"
    await first.undo()

    assert scene.status(sender) == "member"
    assert warden.repeats(sender) == {}


async def test_another_messages_mute_that_waits_is_cancelled_and_its_outcome_ends(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    undone = await warden.spam(sender, SPAM)
    waiting = await warden.spam(sender, SPAM + " again")
    mute = await waiting.action("mute")
    await warden.set_action(mute.id, due_at=warden.now().replace(year=2100))
    await warden.enforce()
    await undone.undo()

    assert (await waiting.action("mute")).state == "cancelled"
    assert await waiting.state() == "enforced"


async def test_a_mute_that_waits_for_another_try_is_not_made_after_the_undo(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    spam = await warden.spam(sender, SPAM)
    await scene.control.fail(
        Fault(method="restrictChatMember", code=400, description="Bad Request: who knows")
    )
    await warden.enforce()
    assert (await spam.action("mute")).state == "pending"
    await spam.undo()
    warden.pass_time(60)
    await warden.enforce()

    assert scene.status(sender) == "member"
    assert warden.sanctions(sender) == []
    assert await spam.state() == "undone"


async def test_a_deletion_that_waits_for_another_try_is_not_made_after_the_undo(
    warden: Warden, scene: Scene
) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    for method in ("deleteMessages", "deleteMessage"):
        await scene.control.fail(
            Fault(method=method, code=400, description="Bad Request: who knows")
        )
    await warden.enforce()
    await spam.undo()
    warden.pass_time(60)
    await warden.enforce()

    assert not scene.is_deleted(spam.message_id)
    assert (await spam.action("delete_message")).state == "cancelled"


async def test_a_mute_whose_answer_was_lost_is_taken_back(warden: Warden, scene: Scene) -> None:
    sender = await scene.newcomer()
    spam = await warden.spam(sender, SPAM)
    await scene.control.fail(Fault(method="restrictChatMember", kind="drop", after_effect=True))
    with pytest.raises(TelegramUnreachable):
        await warden.enforce()
    assert scene.status(sender) == "restricted"
    await spam.undo()

    assert scene.status(sender) == "member"
    assert await spam.state() == "undone"


@pytest.mark.parametrize(
    "method", ["getChatAdministrators", "deleteMessages", "getChatMember", "restrictChatMember"]
)
async def test_an_undo_asked_for_while_a_call_is_under_way_wins_in_the_end(
    warden: Warden, scene: Scene, method: str
) -> None:
    sender = await scene.newcomer()
    spam = await warden.spam(sender, SPAM)
    api = scene.app.api
    carried_out = api._call

    async def call(bot: object, name: str, given: object) -> bytes:
        answer = await carried_out(bot, name, given)  # type: ignore[arg-type]
        if name == method and not await_undo:
            await_undo.append(name)
            await spam.ask_undo()
        return answer

    await_undo: list[str] = []
    api._call = call  # type: ignore[method-assign]
    try:
        await warden.enforce()
    finally:
        api._call = carried_out  # type: ignore[method-assign]
    await warden.enforce()

    assert await_undo == [method]
    assert scene.status(sender) == "member"
    assert await spam.state() == "undone"
    assert warden.repeats(sender) == {}
