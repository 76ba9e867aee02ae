"""The allow list: whom it protects, from what, and where."""

from sqlalchemy import update
from tests.support.gate import settings_changed
from tests.support.scene import BOT_ID, HEAVY_SPAM, SPAM
from tests.support.talk import Talk

from chatwarden.storage.models import Group, Outcome
from chatwarden.storage.repositories.allowed import allowed_ids


async def allow(talk: Talk, person: int, text: str = "/allow", message: int | None = None) -> str:
    replied = message or await talk.scene.say(person, "Hello")
    said = await talk.in_group(talk.scene.admin, text, reply_to=replied)
    await settings_changed(talk)
    return said[-1].text


async def test_nothing_is_done_to_whoever_is_allowed(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    answer = await allow(talk, person)
    message = await talk.scene.say(person, HEAVY_SPAM)
    await talk.warden.take()
    await talk.warden.enforce()

    assert "is on the allow list" in answer
    assert not talk.scene.is_deleted(message)
    assert talk.scene.status(person) == "member"
    (outcome,) = [one for one in await talk.warden.rows(Outcome) if one.message_id == message]
    assert (outcome.state, outcome.guard) == ("guarded", "protected")


async def test_what_was_decided_before_is_taken_back(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    message = await talk.scene.say(person, SPAM)
    await talk.warden.take()
    await talk.warden.enforce()
    muted = talk.scene.status(person)
    (outcome,) = [one for one in await talk.warden.rows(Outcome) if one.message_id == message]
    await talk.private(talk.scene.owner, "/start")
    await talk.show_cards(outcome.update_id)
    card = talk.said(talk.scene.owner)[-1]

    line = await talk.press(talk.scene.owner, card, "Always allow", by=talk.scene.owner)
    await talk.warden.enforce()

    assert muted == "restricted"
    assert "is on the allow list" in line
    assert talk.scene.status(person) == "member"


async def test_what_waits_is_not_done_any_more(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    hello = await talk.scene.say(person, "Hello")
    message = await talk.scene.say(person, SPAM)
    await talk.warden.take()

    await allow(talk, person, message=hello)
    await talk.warden.enforce()

    assert not talk.scene.is_deleted(message)
    assert talk.scene.status(person) == "member"
    (outcome,) = [one for one in await talk.warden.rows(Outcome) if one.message_id == message]
    assert (outcome.state, outcome.guard) == ("guarded", "allowed")


async def test_off_ends_it_and_says_so(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    await allow(talk, person)
    again = await allow(talk, person)
    off = await allow(talk, person, "/allow off")
    never = await allow(talk, person, "/allow off")
    message = await talk.scene.say(person, SPAM)
    await talk.warden.take()
    await talk.warden.enforce()

    assert "already" in again
    assert "is off the allow list" in off
    assert "is not on the allow list" in never
    assert talk.scene.is_deleted(message)


async def test_an_admin_may_still_ban_them(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    message = await talk.scene.say(person, "Hello")
    await allow(talk, person, message=message)
    await talk.warden.enforce()
    await talk.in_group(talk.scene.admin, "/ban", reply_to=message)
    await talk.warden.enforce()
    assert talk.scene.status(person) == "kicked"


async def test_it_counts_in_the_workspace(talk: Talk) -> None:
    person = await talk.scene.newcomer("Robin Rose")
    await allow(talk, person)
    other = talk.scene.group - 500
    async with talk.warden.database.transaction() as session:
        former = await session.get(Group, (BOT_ID, talk.scene.group))
        assert former is not None
        session.add(
            Group(
                bot_id=BOT_ID,
                chat_id=other,
                title="Other",
                mode="guard",
                policy=former.policy,
                policy_version=1,
                missing_rights=[],
                created_at=former.created_at,
            )
        )
    async with talk.warden.database.transaction() as session:
        alone = await allowed_ids(session, bot_id=BOT_ID, chat_id=other)
        await session.execute(
            update(Group).where(Group.chat_id.in_([other, talk.scene.group])).values(workspace_id=7)
        )
        together = await allowed_ids(session, bot_id=BOT_ID, chat_id=other)
    assert (alone, together) == (frozenset(), frozenset({person}))
