"""What changes between a verdict and its calls: the machine's clock, the bot's rights, the sender, the chat."""

import pytest
from tests.support.scene import BOT_ID, SPAM, Scene
from tests.support.warden import Warden

from chatwarden.pipeline.enforce.lane import RIGHTS_FRESH
from chatwarden.simulator.client import Fault, Rights


@pytest.mark.parametrize("jump", [7_200.0, -7_200.0])
async def test_a_clock_that_jumps_between_verdict_and_call_changes_neither_number_nor_end(
    warden: Warden, scene: Scene, jump: float
) -> None:
    sender = await scene.newcomer()
    spam = await warden.spam(sender, SPAM)
    ends = (await spam.action("mute")).until_date
    assert ends is not None
    warden.clock_is_off = jump
    await warden.enforce()
    # Set back, what was due waits until the clock is where it was.
    warden.pass_time(max(0.0, -jump))
    await warden.enforce()
    (mute,) = warden.sanctions(sender)

    assert scene.is_deleted(spam.message_id)
    assert mute.until_date == int(ends.timestamp())
    assert warden.repeats(sender) == {}


@pytest.mark.parametrize("jump", [7_200.0, -7_200.0])
async def test_a_clock_that_jumped_since_the_mute_does_not_keep_an_undo_from_giving_it_back(
    warden: Warden, scene: Scene, jump: float
) -> None:
    sender = await scene.newcomer()
    spam = await warden.spam(sender, SPAM)
    await warden.enforce()
    warden.clock_is_off = jump
    await spam.undo()

    assert scene.status(sender) == "member"
    assert await spam.state() == "undone"
    assert [one.method for one in warden.sanctions(sender)] == ["restrictChatMember"] * 2


async def test_a_bot_that_is_demoted_between_two_calls_says_so_and_goes_on_once_it_may_again(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    spam = await warden.spam(sender, SPAM)
    api = scene.app.api
    carried_out = api._call

    async def call(bot: object, name: str, given: object) -> bytes:
        answer = await carried_out(bot, name, given)  # type: ignore[arg-type]
        if name == "deleteMessages":
            await scene.control.promote(scene.group, BOT_ID, None)
        return answer

    api._call = call  # type: ignore[method-assign]
    try:
        await warden.enforce()
    finally:
        api._call = carried_out  # type: ignore[method-assign]

    assert scene.is_deleted(spam.message_id)
    assert scene.status(sender) == "member"
    assert await spam.state() == "failed"
    assert (await spam.action("mute")).error_code == "missing_right"
    assert (await warden.group()).missing_rights == [
        "can_delete_messages",
        "can_restrict_members",
    ]

    await scene.control.promote(scene.group, BOT_ID, Rights())
    warden.pass_time(RIGHTS_FRESH.total_seconds())
    again = await warden.spam(sender, SPAM + " again")
    await warden.enforce()
    assert scene.is_deleted(again.message_id)
    assert scene.status(sender) == "restricted"


async def test_who_left_before_the_mute_finds_it_when_they_come_back(
    warden: Warden, scene: Scene
) -> None:
    sender = await scene.newcomer()
    spam = await warden.spam(sender, SPAM)
    await scene.control.leave(scene.group, sender)
    await warden.enforce()
    await scene.control.join(scene.group, sender)

    assert scene.status(sender) == "restricted"
    assert [one.method for one in warden.sanctions(sender)] == ["restrictChatMember"]
    assert await spam.state() == "enforced"


async def test_a_chat_that_was_deleted_ends_all_that_was_to_be_done_in_it(
    warden: Warden, scene: Scene
) -> None:
    spam = await warden.spam(await scene.newcomer(), SPAM)
    gone = Fault(code=403, description="Forbidden: the group chat was deleted", times=20)
    await scene.control.fail(gone)
    await warden.enforce()
    calls = len(list(scene.app.api.calls.find(chat_id=scene.group)))
    warden.pass_time(3_600)
    await warden.enforce()

    assert await spam.state() == "failed"
    assert {one.error_code for one in (await spam.actions()).values()} == {"chat_unreachable"}
    assert len(list(scene.app.api.calls.find(chat_id=scene.group))) == calls
