"""A ban in one group of a workspace counts in all of them; one undo restores all."""

from dataclasses import dataclass

import msgspec
import pytest
from sqlalchemy import update
from tests.support.scene import BOT_ID, HAM, HEAVY_SPAM
from tests.support.talk import Talk

from chatwarden._engine import validate_policy
from chatwarden.bot.sharing import BanSharer
from chatwarden.simulator.client import Draft, NewChat
from chatwarden.storage.models import Action, Group, Outcome, SharedBan
from chatwarden.storage.repositories.allowed import allow


@dataclass
class Workspace:
    talk: Talk
    others: list[int]

    def status(self, chat: int, person: int) -> str:
        world = self.talk.scene.app.world
        return world.member(world.chats[chat], world.person(person)).status

    async def share(self) -> None:
        await BanSharer(self.talk.ports).look()
        for chat in self.others:
            lane = self.talk.warden.lane(chat)
            while await lane.turn():
                pass

    async def set(self, chat: int, **values: object) -> None:
        async with self.talk.warden.database.transaction() as session:
            await session.execute(update(Group).where(Group.chat_id == chat).values(**values))

    async def catch(self) -> tuple[int, Outcome]:
        """A spammer is banned in the first group, by a verdict."""
        spammer = await self.talk.scene.newcomer()
        for chat in self.others:
            await self.talk.scene.control.join(chat, spammer, announced=False)
        message = await self.talk.scene.say(spammer, HEAVY_SPAM)
        await self.talk.warden.take()
        await self.talk.warden.enforce()
        rows = await self.talk.warden.rows(Outcome)
        (outcome,) = [one for one in rows if one.message_id == message]
        return spammer, outcome


@pytest.fixture
async def workspace(talk: Talk) -> Workspace:
    """Three groups of one owner."""
    control, others = talk.scene.control, []
    await talk.scene.say(talk.scene.member, HAM)
    for title in ("Potters", "Weavers"):
        chat = await control.add_chat(NewChat(title=title, owner=talk.scene.owner))
        await control.add_admin(chat, BOT_ID)
        await control.post(chat, Draft(from_id=talk.scene.owner, text=HAM))
        others.append(chat)
    await talk.warden.take()
    found = Workspace(talk, others)
    for chat in (talk.scene.group, *others):
        await found.set(chat, workspace_id=7)
    return found


async def test_a_ban_acts_in_all_groups_with_one_card_and_one_undo(workspace: Workspace) -> None:
    talk = workspace.talk
    await talk.private(talk.scene.owner, "/start")
    spammer, outcome = await workspace.catch()
    await workspace.share()
    await workspace.share()
    banned = [workspace.status(chat, spammer) for chat in workspace.others]
    await talk.show_cards(outcome.update_id)
    cards = [one for one in talk.said(talk.scene.owner) if "banned" in one.text]

    await talk.press(talk.scene.owner, cards[0], "Undo", by=talk.scene.owner)
    await talk.warden.enforce()
    await workspace.share()

    assert banned == ["kicked", "kicked"]
    assert len(cards) == 1
    assert "2 more of your groups" in cards[0].text
    assert [workspace.status(chat, spammer) for chat in workspace.others] == ["left", "left"]
    assert talk.scene.status(spammer) == "left"
    shared = [row for row in await talk.warden.rows(Action) if row.requested_by == "workspace"]
    assert sorted(row.kind for row in shared) == ["ban", "ban", "undo", "undo"]


async def test_whom_another_group_allows_or_made_an_admin_stays_there(
    workspace: Workspace,
) -> None:
    talk, (potters, weavers) = workspace.talk, workspace.others
    spammer = await talk.scene.newcomer()
    for chat in workspace.others:
        await talk.scene.control.join(chat, spammer, announced=False)
    await talk.scene.control.add_admin(weavers, spammer)
    await workspace.set(potters, workspace_id=8)
    async with talk.warden.database.transaction() as session:
        await allow(
            session,
            bot_id=BOT_ID,
            chat_id=potters,
            sender_kind="user",
            sender_id=spammer,
            by="operator",
            now=talk.warden.now(),
        )
    await talk.scene.say(spammer, HEAVY_SPAM)
    await talk.warden.take()
    await talk.warden.enforce()
    await workspace.set(potters, workspace_id=7)
    await workspace.share()

    assert talk.scene.status(spammer) == "kicked"
    assert workspace.status(potters, spammer) == "member"
    assert workspace.status(weavers, spammer) == "administrator"


@pytest.mark.parametrize("who", ["giving", "taking"])
async def test_a_group_that_does_not_share_neither_gives_nor_takes(
    workspace: Workspace, who: str
) -> None:
    policy = msgspec.json.decode(validate_policy(b'{"shared_bans": false}'))
    potters, weavers = workspace.others
    chat = workspace.talk.scene.group if who == "giving" else potters
    await workspace.set(chat, policy=policy)
    spammer, _ = await workspace.catch()
    await workspace.share()
    expected = ("member", "member") if who == "giving" else ("member", "kicked")
    assert (workspace.status(potters, spammer), workspace.status(weavers, spammer)) == expected


async def test_a_group_that_is_only_watched_is_left_alone(workspace: Workspace) -> None:
    potters, weavers = workspace.others
    await workspace.set(potters, mode="observe")
    spammer, _ = await workspace.catch()
    await workspace.share()
    assert workspace.status(potters, spammer) == "member"
    assert workspace.status(weavers, spammer) == "kicked"


async def test_a_ban_by_hand_is_shared_and_groups_of_others_hear_nothing(
    workspace: Workspace,
) -> None:
    talk, (potters, weavers) = workspace.talk, workspace.others
    await workspace.set(weavers, workspace_id=9)
    person = await talk.scene.newcomer()
    for chat in workspace.others:
        await talk.scene.control.join(chat, person, announced=False)
    message = await talk.scene.say(person, HAM)
    await talk.in_group(talk.scene.owner, "/ban", reply_to=message)
    await talk.warden.enforce()
    await workspace.share()
    assert workspace.status(potters, person) == "kicked"
    assert workspace.status(weavers, person) == "member"
    (shared,) = [
        row for row in await talk.warden.rows(SharedBan) if row.chat_id == talk.scene.group
    ]
    assert shared.others == [potters]


async def test_a_ban_by_hand_goes_as_far_as_its_givers_rights(workspace: Workspace) -> None:
    talk, (potters, weavers) = workspace.talk, workspace.others
    await talk.scene.control.add_admin(potters, talk.scene.admin)
    person = await talk.scene.newcomer()
    for chat in workspace.others:
        await talk.scene.control.join(chat, person, announced=False)
    message = await talk.scene.say(person, HAM)
    await talk.in_group(talk.scene.admin, "/ban", reply_to=message)
    await talk.warden.enforce()
    await workspace.share()
    assert workspace.status(potters, person) == "kicked"
    assert workspace.status(weavers, person) == "member"
