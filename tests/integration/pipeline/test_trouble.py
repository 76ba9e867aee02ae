"""A Telegram that fails, asks to wait, or carries out a call and loses its answer; and processes that die."""

import asyncio
from contextlib import suppress

import pytest
from tests.support.scene import HEAVY_SPAM, SPAM, Scene, eventually, new_scene
from tests.support.warden import Spam, Warden

from chatwarden.errors import RetryLater, TelegramUnreachable
from chatwarden.pipeline.enforce.answers import FAILURES
from chatwarden.simulator.client import Draft, Fault, NewChat
from chatwarden.telegram.membership import Membership

BUSY = {"code": 429, "description": "Too Many Requests: retry after 60", "retry_after": 60}
PLAIN = Membership(status="member", is_member=True).to_json()


async def enforce_through_trouble(warden: Warden) -> None:
    """As the enforcer does: wait as long as asked, then go on."""
    for _ in range(10):
        try:
            await warden.enforce()
        except RetryLater as error:
            warden.pass_time(error.seconds)
        else:
            return
    raise AssertionError("the trouble does not end")


@pytest.mark.parametrize("after_effect", [False, True], ids=["not carried out", "carried out"])
@pytest.mark.parametrize("kind", ["error", "drop"])
@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("getChatAdministrators", SPAM),
        ("deleteMessages", SPAM),
        ("getChatMember", SPAM),
        ("restrictChatMember", SPAM),
        ("banChatMember", HEAVY_SPAM),
    ],
)
async def test_a_call_without_an_answer_punishes_once(
    warden: Warden, scene: Scene, method: str, text: str, kind: str, after_effect: bool
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, text)
    await scene.control.fail(
        Fault(method=method, kind=kind, after_effect=after_effect)  # type: ignore[arg-type]
    )
    await enforce_through_trouble(warden)

    assert scene.is_deleted(spam.message_id)
    assert await spam.state() == "enforced"
    assert len(warden.sanctions(spammer)) == 1
    assert warden.repeats(spammer) == {}


async def test_a_mute_without_an_answer_is_not_made_again_for_another_message(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    first = await warden.spam(spammer, SPAM)
    await scene.control.fail(Fault(method="restrictChatMember", kind="drop", after_effect=True))
    with pytest.raises(TelegramUnreachable):
        await warden.enforce()
    warden.pass_time(5)
    draft = Draft(from_id=spammer, text=SPAM + " again", force=True)
    second = Spam(warden, await scene.control.post(scene.group, draft))
    await warden.take()
    await warden.enforce()

    assert len(warden.sanctions(spammer)) == 1
    assert warden.repeats(spammer) == {}
    await second.undo()
    assert scene.status(spammer) == "member"
    assert await first.state() == "enforced"


async def test_a_mute_without_an_answer_is_recorded_though_observe_mode_was_switched_on(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    await scene.control.fail(Fault(method="restrictChatMember", kind="drop", after_effect=True))
    with pytest.raises(TelegramUnreachable):
        await warden.enforce()
    await warden.set_group(mode="observe")
    await warden.enforce()

    assert await spam.state() == "enforced"
    await spam.undo()
    assert scene.status(spammer) == "member"


async def test_a_begun_mute_that_was_not_made_is_dropped_in_observe_mode(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    await scene.control.fail(Fault(method="restrictChatMember", kind="drop"))
    with pytest.raises(TelegramUnreachable):
        await warden.enforce()
    await warden.set_group(mode="observe")
    await warden.enforce()

    assert warden.sanctions(spammer) == []
    assert (await spam.action("mute")).state == "cancelled"


async def test_what_the_sender_was_is_noted_anew_at_each_try(warden: Warden, scene: Scene) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    await scene.control.fail(Fault(method="restrictChatMember", kind="drop"))
    with pytest.raises(TelegramUnreachable):
        await warden.enforce()
    await scene.control.leave(scene.group, spammer)
    await warden.enforce()
    former = (await spam.action("mute")).former

    assert former is not None
    assert former["status"] == "left"


async def test_waiting_is_no_failed_try(warden: Warden, scene: Scene) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await scene.control.fail(Fault(method="restrictChatMember", times=5, **BUSY))  # type: ignore[arg-type]
    await enforce_through_trouble(warden)

    assert (await spam.action("mute")).attempts == 0
    assert await spam.state() == "enforced"


async def test_nothing_is_asked_of_a_group_that_has_to_wait_and_others_go_on(
    warden: Warden, scene: Scene
) -> None:
    other = await new_scene(scene.app, scene.url, scene.control)
    await scene.control.fail(Fault(method="deleteMessages", chat_id=scene.group, **BUSY))  # type: ignore[arg-type]
    first = await warden.spam(await scene.newcomer(), SPAM)

    async def elsewhere(enforcer_wake: object) -> None:
        """A fence: what could happen to the group by now has happened."""
        spam = await other.say(await other.newcomer(), SPAM)
        await warden.take()
        assert callable(enforcer_wake)
        enforcer_wake()
        await eventually(lambda: other.is_deleted(spam), what="spam elsewhere is deleted")

    async with warden.enforcing() as enforcer:
        await eventually(
            lambda: bool(warden.calls("deleteMessages")), what="Telegram asks the group to wait"
        )
        await elsewhere(enforcer.wake)
        asked = len(warden.calls("deleteMessages", "getChatMember", "getChatAdministrators"))
        second = await scene.say(await scene.newcomer(), SPAM)
        await warden.take()
        warden.pass_time(58)
        await elsewhere(enforcer.wake)
        calls = warden.calls("deleteMessages", "getChatMember", "getChatAdministrators")
        assert len(calls) == asked

        warden.pass_time(3)
        enforcer.wake()
        await eventually(
            lambda: scene.is_deleted(first.message_id) and scene.is_deleted(second),
            what="both messages are deleted after the wait",
        )


async def test_a_deletion_that_always_fails_holds_up_no_punishment_and_no_undo(
    warden: Warden, scene: Scene
) -> None:
    undone = await warden.spam(await scene.newcomer("Undone"), SPAM)
    await warden.enforce()
    await undone.ask_undo()
    spammer = await scene.newcomer()
    await warden.spam(spammer, SPAM)
    await scene.control.fail(Fault(method="deleteMessages", code=500, times=100))
    with pytest.raises(TelegramUnreachable):
        await warden.enforce()

    assert scene.status(spammer) == "restricted"
    assert await undone.state() == "undone"


async def test_a_ban_that_fails_once_is_made_later_and_holds_up_no_other_sender(
    warden: Warden, scene: Scene
) -> None:
    spammers = [await scene.newcomer(f"Rex {n}") for n in range(12)]
    for spammer in spammers:
        await scene.say(spammer, SPAM)
    await warden.take()
    await scene.control.fail(Fault(method="banChatMember", code=500))
    with pytest.raises(RetryLater):
        await warden.enforce()
    tried_together = [scene.status(one) for one in spammers].count("kicked")
    warden.pass_time(5)
    await warden.enforce()

    assert tried_together > 1
    assert {scene.status(one) for one in spammers} <= {"kicked", "restricted"}


async def test_a_refusal_nobody_knows_is_tried_three_times_and_then_told(
    warden: Warden, scene: Scene
) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await scene.control.fail(
        Fault(method="restrictChatMember", code=400, description="Bad Request: no", times=9)
    )
    for _ in range(4):
        await warden.enforce()
        warden.pass_time(31)
    mute = await spam.action("mute")

    assert len(warden.calls("restrictChatMember")) == 3
    assert (mute.state, mute.error_code, mute.attempts) == ("dead", "telegram_refused", 3)
    assert await spam.state() == "failed"


# What a process that died may have left.


async def test_a_deletion_found_begun_is_made(warden: Warden, scene: Scene) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await warden.set_action(
        (await spam.action("delete_message")).id, state="started", started_at=warden.now()
    )
    await warden.enforce()

    assert scene.is_deleted(spam.message_id)
    assert await spam.state() == "enforced"


async def test_a_deletion_found_begun_that_was_made_is_recorded(
    warden: Warden, scene: Scene
) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await warden.telegram.delete_messages(scene.group, [spam.message_id])
    await warden.set_action(
        (await spam.action("delete_message")).id, state="started", started_at=warden.now()
    )
    await warden.enforce()
    entry = await scene.control.deletion(scene.group, spam.message_id)

    assert entry is not None
    assert entry.effective == 1
    assert await spam.state() == "enforced"


@pytest.mark.parametrize("made", [False, True], ids=["not made", "made"])
@pytest.mark.parametrize("text", [SPAM, HEAVY_SPAM], ids=["mute", "ban"])
async def test_a_punishment_found_begun_is_made_exactly_once(
    warden: Warden, scene: Scene, text: str, made: bool
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, text)
    kind = "mute" if text is SPAM else "ban"
    action = await spam.action(kind)
    assert action.until_date is not None
    await warden.set_action(action.id, state="started", started_at=warden.now(), former=PLAIN)
    if made and kind == "mute":
        await warden.telegram.mute(scene.group, spammer, until=action.until_date)
    elif made:
        await warden.telegram.ban(scene.group, spammer, until=action.until_date)
    await warden.enforce()

    assert await spam.state() == "enforced"
    assert len(warden.sanctions(spammer)) == 1
    assert warden.repeats(spammer) == {}


@pytest.mark.parametrize("reached", ["nothing", "the ban", "all"])
async def test_a_kick_found_begun_leaves_nobody_banned(
    warden: Warden, scene: Scene, reached: str
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    mute = await spam.action("mute")
    await warden.set_action(
        mute.id, kind="kick", state="started", started_at=warden.now(), former=PLAIN
    )
    if reached != "nothing":
        await warden.telegram.ban(scene.group, spammer, until=mute.until_date)
    if reached == "all":
        await warden.telegram.unban(scene.group, spammer)
    await warden.enforce()

    assert scene.status(spammer) == "left"
    assert len(warden.sanctions(spammer)) == 2
    assert await spam.state() == "enforced"


async def test_a_channels_ban_whose_answer_was_lost_is_not_made_again_until_it_writes_again(
    warden: Warden, scene: Scene
) -> None:
    channel = await scene.control.add_chat(NewChat(title="Signals", type="channel"))
    draft = Draft(sender_chat_id=channel, text=HEAVY_SPAM)
    spam = Spam(warden, await scene.control.post(scene.group, draft))
    await warden.take()
    await scene.control.fail(Fault(method="banChatSenderChat", kind="drop"))
    with pytest.raises(TelegramUnreachable):
        await warden.enforce()
    await warden.enforce()

    assert len(warden.calls("banChatSenderChat")) == 1
    assert (await spam.action("ban")).result == {"unconfirmed": True}
    warden.pass_time(60)
    await scene.control.post(scene.group, draft)
    await warden.take()
    await warden.enforce()
    assert channel in scene.app.world.chats[scene.group].banned_channels


async def test_a_channels_ban_that_telegram_made_wait_is_made(warden: Warden, scene: Scene) -> None:
    channel = await scene.control.add_chat(NewChat(title="Signals", type="channel"))
    await scene.control.post(scene.group, Draft(sender_chat_id=channel, text=HEAVY_SPAM))
    await warden.take()
    await scene.control.fail(Fault(method="banChatSenderChat", **BUSY))  # type: ignore[arg-type]
    await enforce_through_trouble(warden)

    assert channel in scene.app.world.chats[scene.group].banned_channels


async def test_a_deletion_that_always_fails_ends_after_growing_pauses(
    warden: Warden, scene: Scene
) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    await scene.control.fail(Fault(method="deleteMessages", code=500, times=100))
    tries, hours = 0, 0.0
    while (await spam.action("delete_message")).state != "dead":
        with suppress(TelegramUnreachable):
            await warden.enforce()
        pause = ((await spam.action("delete_message")).due_at - warden.now()).total_seconds()
        warden.pass_time(max(pause, 0))
        tries, hours = tries + 1, hours + pause / 3600
    dead = await spam.action("delete_message")

    assert tries == FAILURES == len(warden.calls("deleteMessages"))
    assert 1 < hours < 2
    assert dead.error_code == "telegram_failed"
    assert await spam.state() == "failed"


async def test_an_undo_found_begun_is_finished(warden: Warden, scene: Scene) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    await warden.enforce()
    await spam.ask_undo()
    await warden.set_action((await spam.action("undo")).id, state="started")
    await warden.enforce()

    assert scene.status(spammer) == "member"
    assert await spam.state() == "undone"


@pytest.mark.parametrize("after_effect", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize(
    "method", ["getChatAdministrators", "deleteMessages", "getChatMember", "restrictChatMember"]
)
async def test_cut_off_at_a_call_the_next_lane_finishes_and_repeats_nothing(
    warden: Warden, scene: Scene, method: str, after_effect: bool
) -> None:
    spammer = await scene.newcomer()
    spam = await warden.spam(spammer, SPAM)
    await scene.control.fail(Fault(method=method, kind="hang", after_effect=after_effect))
    lane = asyncio.create_task(warden.enforce())
    await eventually(lambda: bool(warden.calls(method)), what="the call is under way")
    lane.cancel()
    with suppress(asyncio.CancelledError):
        await lane
    await warden.enforce()
    entry = await scene.control.deletion(scene.group, spam.message_id)

    assert entry is not None
    assert entry.effective == 1
    assert len(warden.sanctions(spammer)) == 1
    assert warden.repeats(spammer) == {}
    assert await spam.state() == "enforced"
