"""The whole product as a process, against a separately started Telegram."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.product import Product, running_product, start_product
from tests.support.scene import HAM, SPAM, Scene, eventually, playing_scene

from chatwarden.simulator.client import Draft, Permissions, Rights


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing_scene() as scene:
        yield scene


@pytest.fixture
async def product(scene: Scene, tmp_path: Path) -> AsyncIterator[Product]:
    async with running_product(tmp_path / "data", scene.url) as product:
        yield product


async def outcome_of(client: httpx.AsyncClient, message_id: int, *, state: str) -> dict[str, Any]:
    """The outcome about a message, once it has a state."""
    found: list[dict[str, Any]] = []

    async def is_there() -> bool:
        answer = await client.get("/api/v1/outcomes")
        answer.raise_for_status()
        found[:] = [
            outcome
            for outcome in answer.json()["items"]
            if outcome["message_id"] == message_id and outcome["state"] == state
        ]
        return bool(found)

    await eventually(is_there, what=f"an outcome of message {message_id} that is {state}")
    return found[0]


async def test_spam_is_deleted_and_its_sender_muted_while_ham_stays(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    ham = await scene.say(scene.member, HAM)
    spam = await scene.say(spammer, SPAM)

    await eventually(lambda: scene.is_deleted(spam), what="the spam is deleted")
    await eventually(lambda: scene.status(spammer) == "restricted", what="the sender is muted")

    assert not scene.is_deleted(ham)
    assert scene.status(scene.member) == "member"


async def test_an_admins_identical_message_is_untouched(scene: Scene, product: Product) -> None:
    spammer = await scene.newcomer()
    by_admin = await scene.say(scene.admin, SPAM)
    anonymous = await scene.control.post(scene.group, Draft(sender_chat_id=scene.group, text=SPAM))
    by_spammer = await scene.say(spammer, SPAM)

    await eventually(lambda: scene.is_deleted(by_spammer), what="the spammer's message is deleted")

    assert not scene.is_deleted(by_admin)
    assert not scene.is_deleted(anonymous)
    assert scene.status(scene.admin) == "administrator"
    assert scene.record(scene.admin) is None


async def test_undo_gives_a_plain_member_the_groups_permissions_again(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, SPAM)
    async with product.client() as client:
        outcome = await outcome_of(client, spam, state="enforced")
        before = scene.status(spammer)
        answer = await client.post(f"/api/v1/outcomes/{outcome['trace_id']}/undo")
        assert answer.status_code == 202
        undone = await outcome_of(client, spam, state="undone")

    assert before == "restricted"
    assert scene.status(spammer) == "member"
    assert undone["undo"] is not None


async def test_undo_restores_exactly_the_permissions_an_admin_had_left(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    chat = scene.app.world.chats[scene.group]
    member = scene.app.world.member(chat, scene.app.world.person(spammer))
    member.status, member.inside = "restricted", True
    member.permissions = Permissions(can_send_photos=False, can_send_polls=False)
    member.until_date = scene.app.world.clock.date() + 86_400
    allowed, until = member.permissions, member.until_date
    spam = await scene.say(spammer, SPAM)
    async with product.client() as client:
        outcome = await outcome_of(client, spam, state="enforced")
        assert member.permissions != allowed
        await client.post(f"/api/v1/outcomes/{outcome['trace_id']}/undo")
        await outcome_of(client, spam, state="undone")

    assert member.status == "restricted"
    assert member.permissions == allowed
    assert member.until_date == until


async def test_a_group_in_observe_mode_gets_verdicts_but_no_actions(
    scene: Scene, tmp_path: Path
) -> None:
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, SPAM)
    data = tmp_path / "data"
    async with running_product(data, scene.url, CHATWARDEN_NEW_GROUP_MODE="observe") as product:
        async with product.client() as client:
            await outcome_of(client, spam, state="observed")
    calls = [call.method for call in scene.app.api.calls.find()]

    assert not scene.is_deleted(spam)
    assert scene.record(spammer) is None
    assert "getUpdates" in calls
    assert not {"deleteMessages", "restrictChatMember", "banChatMember"} & set(calls)


async def test_what_waited_while_the_product_was_down_is_judged_at_its_start(
    scene: Scene, tmp_path: Path
) -> None:
    spammer = await scene.newcomer()
    first = await start_product(tmp_path / "data", scene.url)
    await first.stop()
    spam = await scene.say(spammer, SPAM)

    async with running_product(tmp_path / "data", scene.url):
        await eventually(lambda: scene.is_deleted(spam), what="the spam is deleted")


async def test_without_the_right_to_delete_the_outcome_says_which_right_is_missing(
    scene: Scene, product: Product
) -> None:
    await scene.control.promote(scene.group, 42, Rights(can_delete_messages=False))
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, SPAM)
    async with product.client() as client:
        outcome = await outcome_of(client, spam, state="failed")
        groups = (await client.get("/api/v1/groups")).json()["items"]

    errors = [action["error"]["code"] for action in outcome["actions"] if action["error"]]
    assert errors == ["missing_right"]
    assert [right["name"] for right in groups[0]["missing_rights"]] == ["can_delete_messages"]
    assert scene.status(spammer) == "restricted"
