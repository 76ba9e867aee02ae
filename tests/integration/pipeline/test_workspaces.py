"""What groups of one owner learn from each other: real engine, real database, simulated Telegram."""

import asyncio
from dataclasses import dataclass, replace

import pytest
from tests.support.learning import ADVERT, AGAIN, learner_of, say, take_back
from tests.support.scene import BOT_ID, Scene, eventually
from tests.support.warden import Warden

from chatwarden.learning.learner import Learner
from chatwarden.pipeline.group_facts import GroupFacts, StoredFacts
from chatwarden.simulator.client import NewChat
from chatwarden.storage.models import FeedbackLabel, Group, Outcome, Workspace
from chatwarden.storage.repositories import workspaces
from chatwarden.storage.repositories.feedback import find_learned

ALICE, BORIS, CHEN = "user:71", "user:72", "user:73"


@dataclass
class Owner:
    """Somebody's groups, seen by one pipeline."""

    warden: Warden
    learner: Learner
    scenes: list[Scene]

    @property
    def facts(self) -> GroupFacts:
        keeper = StoredFacts(
            self.warden.database,
            self.warden.scanner,
            bot_id=BOT_ID,
            keyring=self.warden.keyring,
            on_moved=self.learner.workspaces_changed,
        )
        return GroupFacts(telegram=self.warden.telegram, keeper=keeper)

    async def advert(self, group: int, text: str = ADVERT) -> Outcome:
        """A newcomer's advert in one of the groups, by its index, some seconds ago."""
        scene = self.scenes[group]
        message_id = await scene.say(await scene.newcomer(), text)
        await self.warden.take()
        self.warden.pass_time(30)
        rows = [row for row in await self.warden.rows(Outcome) if row.chat_id == scene.group]
        (outcome,) = [row for row in rows if row.message_id == message_id]
        assert isinstance(outcome, Outcome)
        return outcome

    async def say(self, outcome: Outcome, who: str, label: FeedbackLabel = "spam") -> None:
        await say(self.warden, outcome, label, given_by=who)
        await self.learner.learn(outcome.chat_id)

    async def take_back(self, outcome: Outcome, who: str) -> None:
        await take_back(self.warden, outcome, given_by=who)
        await self.learner.learn(outcome.chat_id)

    async def verdict(self, group: int) -> str | None:
        """On the like of the advert, from a newcomer: None where nothing speaks against it."""
        scene = self.scenes[group]
        message_id = await scene.say(await scene.newcomer(), AGAIN)
        await self.warden.take()
        rows = await self.warden.rows(Outcome)
        mine = [row for row in rows if (row.chat_id, row.message_id) == (scene.group, message_id)]
        return mine[0].message_verdict if mine else None

    async def shared(self) -> bytes | None:
        (workspace,) = await self.warden.rows(Workspace)
        assert isinstance(workspace, Workspace)
        return workspace.shared


@pytest.fixture
async def owner(warden: Warden) -> Owner:
    """Three groups of one owner that the bot has learned about."""
    first = warden.scene
    scenes = [first]
    for title in ("Bakers", "Joiners"):
        group = await first.control.add_chat(NewChat(title=title, owner=first.owner))
        await first.control.add_admin(group, BOT_ID)
        scenes.append(replace(first, group=group))
    for scene in scenes:
        await scene.say(scene.owner, "Welcome, everybody")
    await warden.take()
    owner = Owner(warden, learner_of(warden), scenes)
    for scene in scenes:
        await owner.facts.learn(scene.group)
    return owner


async def test_groups_of_one_owner_share_a_workspace(owner: Owner) -> None:
    (workspace,) = await owner.warden.rows(Workspace)
    assert workspace.owner_id == owner.warden.scene.owner
    assert {row.workspace_id for row in await owner.warden.rows(Group)} == {workspace.id}


async def test_what_people_of_two_groups_called_spam_goes_in_the_third(owner: Owner) -> None:
    await owner.say(await owner.advert(0), ALICE)
    assert await owner.verdict(2) is None
    await owner.say(await owner.advert(1), BORIS)
    assert await owner.verdict(2) == "delete"
    newest = max(await owner.warden.rows(Outcome), key=lambda row: row.update_id)
    assert newest.verdict["context"]["known_spam"]["shared"] is True
    assert newest.verdict["versions"]["shared"] is not None
    assert newest.sender_verdict == "none"


async def test_three_people_of_one_group_are_enough_and_one_in_all_groups_is_not(
    owner: Owner,
) -> None:
    adverts = [await owner.advert(group) for group in (0, 1)]
    for advert in adverts:
        await owner.say(advert, ALICE)
    assert await owner.verdict(2) is None
    for person in (BORIS, CHEN):
        await owner.say(adverts[0], person)
    assert await owner.verdict(2) == "delete"


@pytest.mark.parametrize("who", ["operator", "owner"])
async def test_whoever_answers_for_the_workspace_needs_no_second_person(
    owner: Owner, who: str
) -> None:
    subject = f"user:{owner.warden.scene.owner}" if who == "owner" else who
    await owner.say(await owner.advert(0), subject)
    assert await owner.verdict(2) is None
    await owner.say(await owner.advert(1), subject)
    assert await owner.verdict(2) == "delete"


async def test_taken_back_it_is_as_if_it_was_never_shared(owner: Owner) -> None:
    first, second = await owner.advert(0), await owner.advert(1)
    await owner.say(first, ALICE)
    never = await owner.shared()
    await owner.say(second, BORIS)
    assert await owner.shared() != never
    await owner.take_back(second, BORIS)
    assert await owner.shared() == never
    assert await owner.verdict(2) is None
    await owner.say(second, CHEN)
    assert await owner.verdict(2) == "delete"


async def test_a_groups_own_word_wins_over_the_others(owner: Owner) -> None:
    own = await owner.advert(2)
    for group, person in enumerate((ALICE, BORIS)):
        await owner.say(await owner.advert(group), person)
    await owner.say(own, CHEN, "ham")
    assert await owner.verdict(2) is None


async def test_whoever_is_contradicted_more_often_than_not_is_not_heard_elsewhere(
    owner: Owner,
) -> None:
    for _ in range(6):
        wrong = await owner.advert(0)
        await owner.say(wrong, ALICE, "ham")
        await owner.say(wrong, BORIS, "spam")
    await owner.say(await owner.advert(0), ALICE)
    before = await owner.shared()
    await owner.say(await owner.advert(1), CHEN)
    assert await owner.shared() != before, "Boris and Chen agree"
    async with owner.warden.database.transaction() as session:
        workspace = await session.get_one(Workspace, (await owner.warden.group()).workspace_id)
        heard = await workspaces.shared_feedback(session, workspace, most_a_group=100)
    assert {one.given_by for one in heard} == {BORIS, CHEN}


async def test_a_new_process_shares_what_the_last_one_did(owner: Owner) -> None:
    for group, person in enumerate((ALICE, BORIS)):
        await owner.say(await owner.advert(group), person)
    warden = owner.warden
    groups = await warden.rows(Group)
    warden.scanner = warden.new_scanner()
    await warden.scanner.start(groups)
    await learner_of(warden).start()
    assert await owner.verdict(2) == "delete"


async def test_a_group_that_changes_its_owner_leaves_with_its_feedback(owner: Owner) -> None:
    for group, person in enumerate((ALICE, BORIS)):
        await owner.say(await owner.advert(group), person)
    warden = owner.warden
    async with warden.database.transaction() as session:
        row = await session.get_one(Group, (BOT_ID, owner.scenes[0].group))
        moved = await workspaces.join_owners_workspace(
            session, row, owner_id=warden.scene.member, now=warden.now()
        )
    assert len(moved) == 2
    owner.learner.workspaces_changed(owner.scenes[0].group, moved)
    for _ in range(3):
        await owner.learner.learn_next()
    assert await owner.verdict(2) is None
    assert await owner.verdict(0) == "delete"
    async with warden.database.transaction() as session:
        kept = await find_learned(session, bot_id=BOT_ID, chat_id=owner.scenes[0].group)
    assert kept is not None
    assert kept.taps == 1


async def test_what_the_operator_puts_together_stays_together(owner: Owner) -> None:
    warden = owner.warden
    async with warden.database.transaction() as session:
        groups = [await session.get_one(Group, (BOT_ID, scene.group)) for scene in owner.scenes[:2]]
        made = await workspaces.put_together(session, groups, now=warden.now())
    await owner.facts.learn(owner.scenes[0].group)
    rows = {row.chat_id: row.workspace_id for row in await warden.rows(Group)}
    assert [rows[scene.group] == made.id for scene in owner.scenes] == [True, True, False]
    async with warden.database.transaction() as session:
        await workspaces.set_apart(
            session, [await session.get_one(Group, (BOT_ID, owner.scenes[0].group))]
        )
    await owner.facts.learn(owner.scenes[0].group)
    rows = {row.chat_id: row.workspace_id for row in await warden.rows(Group)}
    assert rows[owner.scenes[0].group] == rows[owner.scenes[2].group]


async def test_what_is_moved_from_outside_is_seen_when_it_is_looked_for(owner: Owner) -> None:
    warden, chat_id = owner.warden, owner.scenes[2].group
    for group, person in enumerate((ALICE, BORIS)):
        await owner.say(await owner.advert(group), person)
    learner = learner_of(warden)
    await learner.start()
    assert (await owner.advert(2)).verdict["versions"]["shared"] is not None
    async with warden.database.transaction() as session:
        third = await session.get_one(Group, (BOT_ID, chat_id))
        await workspaces.set_apart(session, [third])
    await learner.look()

    async def is_learned_alone() -> bool:
        async with warden.database.transaction() as session:
            row = await find_learned(session, bot_id=BOT_ID, chat_id=chat_id)
        return row is not None and row.shared is None

    running = asyncio.create_task(learner.run())
    await eventually(is_learned_alone, what="the group learns by itself")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    verdict = (await owner.advert(2)).verdict
    assert (verdict["context"]["known_spam"], verdict["versions"]["shared"]) == (None, None)
