"""/export and /import: a group's settings as a file, out and in, by a tap of somebody who may."""

from typing import Any

import pytest
from tests.support.gate import settings_changed
from tests.support.scene import BOT_ID, SPAM
from tests.support.talk import Said, Talk

from chatwarden.simulator.client import Draft
from chatwarden.storage.models import Group, PolicyVersion
from chatwarden.storage.repositories.allowed import own_allowed
from chatwarden.transfer.reading import read_file

RULES = b"id,kind,pattern,message\nworkshop,literal,workshop,delete\n"


@pytest.fixture(autouse=True)
async def _known_group(talk: Talk) -> None:
    """The bot has seen the group."""
    await talk.scene.say(talk.scene.member, "Hello")
    await talk.warden.take()


async def send_file(
    talk: Talk, person: int, content: bytes, *, name: str, caption: str = "/import"
) -> list[Said]:
    """Somebody sends the bot a file in private; what it says then."""
    file_id = await talk.scene.control.add_file(content)
    document = {
        "file_id": file_id,
        "file_unique_id": file_id,
        "file_name": name,
        "file_size": len(content),
    }
    draft = Draft(from_id=person, caption=caption, extra={"document": document})
    sent = await talk.scene.control.post(person, draft)
    await talk.answer()
    return talk.said(person, after=sent)


def document_of(talk: Talk, said: Said) -> bytes:
    body: dict[str, Any] = said.message.payload()["document"]
    file = talk.scene.app.world.files.find(body["file_id"])
    assert file is not None
    return file.content


async def group_of(talk: Talk) -> Group:
    return await talk.warden.group()


async def test_a_file_is_shown_and_taken_in_by_one_tap_and_counts_at_once(talk: Talk) -> None:
    scene = talk.scene
    await talk.private(scene.admin, "/start")
    (shown,) = await send_file(talk, scene.admin, RULES, name="rules.csv")
    before = await group_of(talk)
    await talk.press(scene.admin, shown, "Change this", by=scene.admin)
    await settings_changed(talk)
    message = await scene.say(await scene.newcomer(), "Is the workshop open?")
    await talk.warden.take()
    await talk.warden.enforce()

    assert "rules.workshop: – → workshop" in shown.text
    assert before.policy_version == 1
    assert scene.is_deleted(message)
    assert "Changes: 1." in talk.said(scene.admin)[-1].text
    versions = await talk.warden.rows(PolicyVersion)
    (newest,) = [one for one in versions if one.chat_id == scene.group and one.version == 2]
    assert newest.made_by == f"user:{scene.admin}"
    assert newest.reason == "a file of rules_csv, by Amir in Telegram"


async def test_what_is_exported_comes_back_whole(talk: Talk) -> None:
    scene = talk.scene
    person = await scene.newcomer()
    hello = await scene.say(person, "Hello")
    await talk.in_group(scene.admin, "/allow", reply_to=hello)
    await talk.private(scene.admin, "/start")
    (shown,) = await send_file(talk, scene.admin, RULES, name="rules.csv", caption="")
    await talk.press(scene.admin, shown, "Change this", by=scene.admin)
    (sent,) = await talk.private(scene.admin, "/export")
    (table,) = await talk.private(scene.admin, "/export csv")
    content = document_of(talk, sent)
    (again,) = await send_file(talk, scene.admin, content, name="chatwarden.yaml")

    found = read_file("chatwarden.yaml", content)
    assert [one["id"] for one in found.rules or []] == ["workshop"]
    assert [one.sender_id for one in found.allowed] == [person]
    assert read_file("rules.csv", document_of(talk, table)).rules is not None
    assert "Nothing would change" in again.text
    assert not again.buttons


async def test_what_has_no_counterpart_is_listed_and_a_fault_named(talk: Talk) -> None:
    scene = talk.scene
    words = b"quick money\nno\n"
    (shown,) = await send_file(talk, scene.owner, words, name="stop-words.txt")
    (bad,) = await send_file(
        talk, scene.owner, b"format: 1\npolicy: {mute_days: 0}\n", name="x.yaml"
    )
    assert "line 2: pattern: is too short" in shown.text
    assert "line 2, policy.mute_days: must be within 1..=365" in bad.text
    assert not bad.buttons


async def test_a_file_that_allows_somebody_puts_them_on_the_list(talk: Talk) -> None:
    scene = talk.scene
    person = await scene.newcomer()
    content = f'{{"user_ids": ["{person}"]}}'.encode()
    (shown,) = await send_file(talk, scene.owner, content, name="users.json")
    await talk.press(scene.owner, shown, "Change this", by=scene.owner)
    await settings_changed(talk)
    message = await scene.say(person, SPAM)
    await talk.warden.take()
    await talk.warden.enforce()
    assert not scene.is_deleted(message)
    async with talk.warden.database.transaction() as session:
        allowed = await own_allowed(session, bot_id=BOT_ID, chat_id=scene.group)
    assert allowed == {person: "user"}


async def test_what_was_changed_meanwhile_is_shown_anew_instead_of_overwritten(talk: Talk) -> None:
    scene = talk.scene
    (first,) = await send_file(talk, scene.admin, RULES, name="rules.csv")
    other = RULES.replace(b"workshop", b"casino")
    (second,) = await send_file(talk, scene.admin, other, name="rules.csv")
    await talk.press(scene.admin, second, "Change this", by=scene.admin)
    await talk.press(scene.admin, first, "Change this", by=scene.admin)
    (shown,) = [one for one in talk.said(scene.admin) if one.id == first.id]
    assert [one["id"] for one in (await group_of(talk)).policy["rules"]] == ["casino"]
    assert "Would change" in shown.text
    await talk.press(scene.admin, shown, "Change this", by=scene.admin)
    assert len((await group_of(talk)).policy["rules"]) == 2


async def test_whoever_is_no_admin_gets_neither(talk: Talk) -> None:
    scene = talk.scene
    (no_file,) = await talk.private(scene.member, "/export")
    (nothing,) = await send_file(talk, scene.member, RULES, name="rules.csv")
    (shown,) = await send_file(talk, scene.admin, RULES, name="rules.csv")
    await scene.control.promote(scene.group, scene.admin, None)
    talk.warden.admins.forget(scene.group)
    await talk.press(scene.admin, shown, "Change this", by=scene.admin)

    assert "You are an admin of no group" in no_file.text
    assert "You are an admin of no group" in nothing.text
    assert (await group_of(talk)).policy_version == 1


async def test_import_without_a_file_says_how(talk: Talk) -> None:
    (said,) = await talk.private(talk.scene.owner, "/import")
    assert "Send me a file" in said.text
