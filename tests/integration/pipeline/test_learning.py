"""From what people say of messages to how the next ones are judged: real engine, real database."""

import asyncio
import json

from sqlalchemy import select
from tests.support.labelled_messages import SOURCES, labelled_lines
from tests.support.learning import ADVERT, AGAIN, learner_of, say, take_back
from tests.support.warden import Warden

from chatwarden._engine import Engine, train_text_model
from chatwarden.storage.models import ContextRecord, Feedback, Learned, Outcome


async def flagged(warden: Warden) -> Outcome:
    """An advert that was found, some seconds ago."""
    spam = await warden.spam(await warden.scene.newcomer(), ADVERT)
    warden.pass_time(30)
    return await spam.outcome()


async def verdict_on(warden: Warden, text: str) -> str | None:
    """What becomes of a newcomer's message: None where nothing speaks against it."""
    message_id = await warden.scene.say(await warden.scene.newcomer(), text)
    await warden.take()
    rows = [row for row in await warden.rows(Outcome) if row.message_id == message_id]
    return rows[0].message_verdict if rows else None


def ban_update(warden: Warden, admin: int, sender: int, *, update_id: int) -> bytes:
    """Telegram's word that an admin banned somebody."""
    member = {"id": sender, "is_bot": False, "first_name": "Rex"}
    change = {
        "chat": {"id": warden.scene.group, "type": "supergroup", "title": "Makers"},
        "from": {"id": admin, "is_bot": False, "first_name": "Amir"},
        "date": int(warden.now().timestamp()),
        "old_chat_member": {"user": member, "status": "member"},
        "new_chat_member": {"user": member, "status": "kicked", "until_date": 0},
    }
    return json.dumps({"update_id": update_id, "chat_member": change}).encode()


async def ban_by(warden: Warden, admin: int, sender: int, *, update_id: int) -> frozenset[int]:
    """An admin bans somebody, as the `update_id`th update from now on; the groups that have new feedback by it."""
    number = warden.scanner.next_offset + update_id
    raw = ban_update(warden, admin, sender, update_id=number)
    return (await warden.scanner.scan([raw])).feedback_changed


async def versions_of_newest(warden: Warden) -> dict[str, int | None]:
    """What a newcomer's advert, sent now, is judged with."""
    outcome = await (await warden.spam(await warden.scene.newcomer(), ADVERT)).outcome()
    versions: dict[str, int | None] = outcome.verdict["versions"]
    return versions


async def learned(warden: Warden) -> Learned | None:
    rows: list[Learned] = await warden.rows(Learned)
    return next((row for row in rows if row.chat_id == warden.scene.group), None)


async def test_what_was_called_spam_goes_when_somebody_writes_the_like(warden: Warden) -> None:
    outcome = await flagged(warden)
    assert await verdict_on(warden, AGAIN) is None
    await say(warden, outcome, "spam")
    await learner_of(warden).learn(warden.scene.group)
    assert await verdict_on(warden, AGAIN) == "delete"
    (newest,) = [row for row in await warden.rows(Outcome) if row.verdict["context"]["known_spam"]]
    signals = {part["signal"] for part in newest.verdict["contributions"]}
    assert "known_spam" in signals
    assert newest.verdict["versions"]["learned"] is not None


async def test_feedback_taken_back_is_as_if_it_was_never_given(warden: Warden) -> None:
    outcome, learner = await flagged(warden), learner_of(warden)
    await learner.learn(warden.scene.group)
    never = await learned(warden)
    await say(warden, outcome, "spam")
    await learner.learn(warden.scene.group)
    given = await learned(warden)
    await take_back(warden, outcome)
    await learner.learn(warden.scene.group)
    taken_back = await learned(warden)
    assert never is not None
    assert given is not None
    assert taken_back is not None
    assert taken_back.delta == never.delta != given.delta
    assert (taken_back.version, taken_back.taps) == (3, 0)
    assert await verdict_on(warden, AGAIN) is None


async def test_a_new_process_judges_with_what_the_last_one_learned(warden: Warden) -> None:
    await say(warden, await flagged(warden), "spam")
    await learner_of(warden).learn(warden.scene.group)
    group = await warden.group()
    warden.scanner = warden.new_scanner()
    await warden.scanner.start([group])
    await learner_of(warden).start()
    assert await verdict_on(warden, AGAIN) == "delete"


async def test_feedback_that_a_dying_process_left_is_learned_by_the_next(warden: Warden) -> None:
    await say(warden, await flagged(warden), "spam")
    learner = learner_of(warden)
    await learner.start()
    await learner.learn_next()
    assert await verdict_on(warden, AGAIN) == "delete"


async def test_under_another_text_model_everything_is_learned_anew(warden: Warden) -> None:
    await say(warden, await flagged(warden), "spam")
    await learner_of(warden).learn(warden.scene.group)
    before = await learned(warden)
    sources = [(str(source), labelled_lines(source).encode()) for source in SOURCES]
    warden.scanner = warden.new_scanner()
    engine = warden.scanner.engine
    engine.set_model(await asyncio.to_thread(train_text_model, sources, set(), set(), 7))
    await warden.scanner.start([await warden.group()])
    learner = learner_of(warden)
    await learner.start()
    # Weights over the other model are not judged by, not even until then.
    assert (await versions_of_newest(warden))["learned"] is None
    await learner.learn_next()
    after = await learned(warden)
    assert before is not None
    assert after is not None
    assert (before.model, after.model) == (Engine().model, engine.model)
    assert before.delta != after.delta
    assert (await versions_of_newest(warden))["learned"] is not None


async def test_one_groups_feedback_changes_nothing_for_another(warden: Warden) -> None:
    await say(warden, await flagged(warden), "spam")
    await learner_of(warden).learn(warden.scene.group)
    async with warden.database.transaction() as session:
        keys = list(await session.scalars(select(ContextRecord.key)))
    marks = [key for key in keys if key.startswith(b"f")]
    group = warden.scene.group.to_bytes(8, "big", signed=True)
    assert len(marks) == 6
    assert all(key[9:17] == group for key in marks)


async def test_an_admins_ban_in_telegram_is_weak_feedback_on_what_the_sender_wrote(
    warden: Warden,
) -> None:
    outcome = await flagged(warden)
    changed = [
        await ban_by(warden, warden.scene.admin, outcome.sender_id, update_id=number)
        for number in (1, 2)
    ]
    assert changed == [{warden.scene.group}, set()]
    (feedback,) = await warden.rows(Feedback)
    assert (feedback.label, feedback.source) == ("spam", "native_ban")
    assert feedback.given_by == f"user:{warden.scene.admin}"
    await learner_of(warden).learn(warden.scene.group)
    assert (one := await learned(warden)) is not None
    assert one.taps == 1


async def test_a_ban_in_the_batch_of_the_message_is_stored_with_it(warden: Warden) -> None:
    spammer = await warden.scene.newcomer()
    await warden.scene.say(spammer, ADVERT)
    updates = await warden.poll()
    number = json.loads(updates[-1])["update_id"] + 1
    ban = ban_update(warden, warden.scene.admin, spammer, update_id=number)
    scanned = await warden.scanner.scan([*updates, ban])
    assert scanned.feedback_changed == {warden.scene.group}
    (feedback,) = await warden.rows(Feedback)
    assert feedback.source == "native_ban"


async def test_a_ban_does_not_overrule_what_the_admin_said(warden: Warden) -> None:
    outcome = await flagged(warden)
    await say(warden, outcome, "ham")
    await ban_by(warden, 9, outcome.sender_id, update_id=1)
    assert [feedback.label for feedback in await warden.rows(Feedback)] == ["ham"]
