"""What taps teach of meaning, from the tap to the deed: real encoder, real engine, real database, simulated Telegram."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.support.learning import say, take_back
from tests.support.scene import BOT_ID, Scene
from tests.support.warden import Warden

from chatwarden.learning.learner import Learner
from chatwarden.learning.meaning import MeaningLearner, MeaningReader, SentenceEncoder
from chatwarden.pipeline.enrich.evidence import Evidence
from chatwarden.settings import Settings
from chatwarden.simulator.client import Draft, NewChat
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Enrichment, Feedback, Group, Learned, Outcome
from chatwarden.storage.repositories import workspaces
from chatwarden.telegram.client import TelegramClient

# A link has each of them looked at, so that there is something to tap.
LINK = " t.me/some_channel"
LOANS = [
    "We lend cash to anybody within an hour, no papers asked",
    "Need a loan today? Money on your card in ten minutes",
    "Short of money until payday? We give credit without questions",
    "Quick credit for everyone, even with bad history",
    "Borrow up to 5000 today, no bank needed",
    "Get a fast loan without guarantor",
]
EVERYDAY = [
    "Who knows when the market on the square opens on Sunday?",
    "My tomatoes have yellow leaves, what do they need?",
    "The meeting of the neighbours moves to Thursday",
    "Thanks, the new hose fits perfectly",
    "Does anybody have a ladder to lend me for the weekend?",
    "The bus line 12 is late again today",
]
IN_OTHER_WORDS = "We lend money to everybody in an hour and ask for no papers"
OFFER = "Join our team of traders, profit every day, no risk"
"""Not found by its words alone."""
IN_RUSSIAN = "Деньги в долг любому за час, без справок и поручителей"
HARMLESS = "Кто-нибудь знает, когда завтра откроется наш рынок на площади?"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def encoder(settings: Settings) -> SentenceEncoder:
    return SentenceEncoder(settings)


@pytest.fixture
async def evidence(
    warden: Warden, telegram: TelegramClient, settings: Settings, encoder: SentenceEncoder
) -> AsyncIterator[Evidence]:
    meaning = reader_of(warden, encoder)
    connecting = Evidence.connect(settings, telegram=telegram, secret=b"k", meaning=meaning)
    async with connecting as evidence:
        yield evidence


@pytest.fixture
def listening(warden: Warden, evidence: Evidence) -> Warden:
    """A pipeline that looks into what messages mean."""
    warden.use_evidence(evidence, "meaning")
    return warden


def reader_of(warden: Warden, encoder: SentenceEncoder) -> MeaningReader:
    async def open_keyring() -> Keyring:
        return warden.keyring

    return MeaningReader(
        warden.database, encoder, bot_id=BOT_ID, secret=b"k", open_keyring=open_keyring
    )


def learner_of(warden: Warden, encoder: SentenceEncoder) -> Learner:
    meaning = MeaningLearner(warden.database, encoder, bot_id=BOT_ID, keyring=warden.keyring)
    engine = warden.scanner.engine
    return Learner(warden.database, engine, bot_id=BOT_ID, meaning=meaning, clock=warden.now)


async def write(warden: Warden, scene: Scene, text: str) -> int:
    """A newcomer writes, and is judged in as many rounds as that takes; the message's id."""
    draft = Draft(from_id=await scene.newcomer(), text=text)
    message = await scene.control.post(scene.group, draft)
    await warden.take()
    await warden.look_into()
    await warden.enforce()
    return message


async def outcome_of(warden: Warden, scene: Scene, message: int) -> Outcome | None:
    rows: list[Outcome] = await warden.rows(Outcome)
    where = (scene.group, message)
    return next((row for row in rows if (row.chat_id, row.message_id) == where), None)


async def another_group(scene: Scene) -> Scene:
    group = await scene.control.add_chat(NewChat(title="Bakers", owner=scene.owner))
    await scene.control.add_admin(group, BOT_ID)
    return replace(scene, group=group)


async def put_together(warden: Warden, scenes: list[Scene]) -> None:
    """One workspace of groups that the bot knows of."""
    for scene in scenes:
        await scene.say(scene.owner, "Welcome, everybody")
    await warden.take()
    async with warden.database.transaction() as session:
        groups = list(await session.scalars(select(Group)))
        await workspaces.put_together(session, groups, now=warden.now())


async def tap(warden: Warden, scene: Scene, text: str, *, is_spam: bool) -> Outcome:
    outcome = await outcome_of(warden, scene, await write(warden, scene, text + LINK))
    assert outcome is not None
    await say(warden, outcome, "spam" if is_spam else "ham")
    # What is compared was written later.
    warden.pass_time(1)
    return outcome


async def teach(warden: Warden, scene: Scene, encoder: SentenceEncoder) -> list[Outcome]:
    tapped = [await tap(warden, scene, text, is_spam=True) for text in LOANS]
    tapped += [await tap(warden, scene, text, is_spam=False) for text in EVERYDAY]
    await learner_of(warden, encoder).learn(scene.group)
    return tapped


async def test_what_was_tapped_in_english_is_found_in_russian(
    listening: Warden, scene: Scene, encoder: SentenceEncoder
) -> None:
    before = await write(listening, scene, IN_RUSSIAN)
    assert not scene.is_deleted(before)

    await teach(listening, scene, encoder)
    found = await write(listening, scene, IN_RUSSIAN + "!")
    harmless = await write(listening, scene, HARMLESS)

    assert scene.is_deleted(found)
    assert not scene.is_deleted(harmless)
    outcome = await outcome_of(listening, scene, found)
    assert outcome is not None
    assert outcome.verdict["facts"] == ["meaning"]
    details = [part["detail"] for part in outcome.verdict["contributions"]]
    assert any(detail and "what it means" in detail for detail in details)
    # However much was tapped: a message goes, nobody loses their voice.
    assert outcome.verdict["sender"] in ("none", "challenge")


async def test_taps_taken_back_are_as_if_they_were_never_given(
    listening: Warden, scene: Scene, encoder: SentenceEncoder
) -> None:
    for outcome in await teach(listening, scene, encoder):
        await take_back(listening, outcome)
    listening.pass_time(1)
    await learner_of(listening, encoder).learn(scene.group)

    message = await write(listening, scene, IN_RUSSIAN)

    assert not scene.is_deleted(message)
    (learned,) = await listening.rows(Learned)
    assert learned.head is None


async def test_a_group_that_taught_nothing_has_nothing_looked_into(
    listening: Warden, scene: Scene
) -> None:
    await scene.control.post(scene.group, Draft(from_id=await scene.newcomer(), text=IN_RUSSIAN))
    await listening.take()
    assert await listening.rows(Enrichment) == []


async def test_what_a_message_means_rests_sealed_and_is_read_without_its_text(
    listening: Warden, scene: Scene, encoder: SentenceEncoder
) -> None:
    await teach(listening, scene, encoder)
    (before,) = await listening.rows(Learned)
    opened = await encoder.open()
    assert opened is not None
    clear = opened.vector(LOANS[0] + LINK)
    assert clear is not None
    stored = [row.vector for row in await listening.rows(Feedback)]
    assert all(stored)
    assert not any(clear[:32] in vector for vector in stored if vector)
    async with listening.database.transaction() as session:
        await session.execute(update(Outcome).values(sealed=None))

    await learner_of(listening, encoder).learn(scene.group)

    (after,) = await listening.rows(Learned)
    assert after.version == before.version + 1
    assert after.head == before.head


async def test_over_budget_a_message_is_judged_by_its_words_and_that_is_counted(
    warden: Warden, scene: Scene, telegram: TelegramClient, tmp_path: Path, encoder: SentenceEncoder
) -> None:
    scarce = Settings(_env_file=None, data_dir=tmp_path, meaning_calls_a_minute=0)
    meaning = reader_of(warden, encoder)
    connecting = Evidence.connect(scarce, telegram=telegram, secret=b"k", meaning=meaning)
    async with connecting as evidence:
        warden.use_evidence(evidence, "meaning")
        await teach(warden, scene, encoder)
        before = evidence.spared["meaning"]
        message = await write(warden, scene, IN_RUSSIAN)
        assert not scene.is_deleted(message)
        spared = evidence.spared["meaning"]
        assert spared == before + 1
        assert f"Not asked, to spare time: meaning {spared}." in warden.enricher.health.detail


async def test_where_it_is_switched_off_words_are_learned_all_the_same(
    listening: Warden, scene: Scene, tmp_path: Path
) -> None:
    off = SentenceEncoder(Settings(_env_file=None, data_dir=tmp_path, meaning=False))
    await teach(listening, scene, off)
    (learned,) = await listening.rows(Learned)
    assert learned.head is None
    assert learned.taps == len(LOANS) + len(EVERYDAY)
    assert list(tmp_path.glob("encoder*")) == []


async def test_what_was_called_spam_is_known_again_in_other_words_and_its_sender_left_alone(
    listening: Warden, scene: Scene, encoder: SentenceEncoder
) -> None:
    await tap(listening, scene, LOANS[0], is_spam=True)
    await learner_of(listening, encoder).learn(scene.group)

    found = await write(listening, scene, IN_OTHER_WORDS)
    harmless = await write(listening, scene, "Does anybody have a ladder to lend me for an hour?")

    assert scene.is_deleted(found)
    assert not scene.is_deleted(harmless)
    outcome = await outcome_of(listening, scene, found)
    assert outcome is not None
    known = outcome.verdict["context"]["known_campaign"]
    assert known == {"distance": 223, "days": 0, "shared": False}
    assert outcome.verdict["context"]["known_spam"] is None, "the words alone tell"
    (part,) = [
        part for part in outcome.verdict["contributions"] if part["signal"] == "known_campaign"
    ]
    assert part["detail"] == "means 77 % the same, 0 days old"
    assert outcome.verdict["sender"] == "none"


async def test_where_the_like_was_called_harmless_no_campaign_is_known(
    listening: Warden, scene: Scene, encoder: SentenceEncoder
) -> None:
    await tap(listening, scene, LOANS[0], is_spam=True)
    said_again = await tap(listening, scene, IN_OTHER_WORDS, is_spam=False)
    await learner_of(listening, encoder).learn(scene.group)

    message = await write(listening, scene, IN_OTHER_WORDS + "!")
    assert not scene.is_deleted(message)

    await take_back(listening, said_again)
    listening.pass_time(1)
    await learner_of(listening, encoder).learn(scene.group)
    assert scene.is_deleted(await write(listening, scene, IN_OTHER_WORDS + "!!"))


async def test_campaigns_are_known_in_a_workspace_where_two_groups_agree(
    listening: Warden, scene: Scene, encoder: SentenceEncoder
) -> None:
    scenes = [scene, *[await another_group(scene) for _ in range(2)]]
    await put_together(listening, scenes)
    learner = learner_of(listening, encoder)

    async def called_spam(where: Scene, who: str, text: str) -> None:
        outcome = await outcome_of(listening, where, await write(listening, where, text + LINK))
        assert outcome is not None
        await say(listening, outcome, "spam", given_by=who)
        listening.pass_time(1)
        await learner.learn(where.group)

    async def known() -> dict[str, Any] | None:
        """In the third group, where nobody said anything."""
        message = await write(listening, scenes[2], IN_OTHER_WORDS + LINK)
        outcome = await outcome_of(listening, scenes[2], message)
        assert outcome is not None
        found: dict[str, Any] | None = outcome.verdict["context"]["known_campaign"]
        return found

    for where in scenes[:2]:
        for text in LOANS:
            await called_spam(where, "user:71", text)
    assert await known() is None, "one person, however often and in however many groups"

    await called_spam(scenes[1], "user:72", LOANS[0] + "!")
    found = await known()
    assert found is not None
    assert found["shared"] is True
    there = [row for row in await listening.rows(Outcome) if row.chat_id == scenes[2].group]
    assert {row.sender_verdict for row in there} <= {"none", "challenge"}


async def test_what_means_the_like_of_spam_elsewhere_goes_before_anybody_tapped(
    listening: Warden, scene: Scene
) -> None:
    by_words = await outcome_of(listening, scene, await write(listening, scene, OFFER))
    assert by_words is not None
    assert by_words.verdict["round"] == 2
    assert by_words.verdict["facts"] == ["meaning"]
    assert by_words.message_verdict == "delete"
    assert by_words.sender_verdict in ("none", "challenge")
    details = [part["detail"] for part in by_words.verdict["contributions"]]
    assert any(detail and "spam elsewhere means the like: +" in detail for detail in details)
