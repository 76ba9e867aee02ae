"""A batch is stored whole or not at all, and counts once however often it comes."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.support.product import TOKEN
from tests.support.scene import BOT_ID, HAM, SPAM, Scene, eventually
from tests.support.warden import Warden

from chatwarden.errors import RetryLater, StorageUnavailable
from chatwarden.outcomes.texts import open_texts
from chatwarden.pipeline.group_facts import GroupFacts, StoredFacts
from chatwarden.pipeline.ingest import Ingest
from chatwarden.pipeline.scan import Scanned, changes_rights
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.privacy.workspaces import erase_workspace
from chatwarden.simulator.client import Fault, NewPerson, Rights
from chatwarden.storage.models import (
    ContextRecord,
    DeadLetter,
    Group,
    HourlyCount,
    Outcome,
    PollOffset,
    TeamMember,
)
from chatwarden.storage.repositories.groups import list_groups
from chatwarden.storage.repositories.standing import Standing
from chatwarden.storage.repositories.webhooks import note_rights
from chatwarden.telegram.poll import PollConflict, UpdatePoll


async def counted(warden: Warden) -> tuple[int, int, int, int]:
    rows: list[HourlyCount] = await warden.rows(HourlyCount)
    return (
        sum(row.judged for row in rows),
        sum(row.flagged for row in rows),
        sum(row.deleted for row in rows),
        sum(row.punished for row in rows),
    )


async def refuse_outcomes(warden: Warden, *, refuse: bool) -> None:
    """Let the database fail in the middle of a batch, after the context was written."""
    statement = (
        "CREATE TRIGGER full BEFORE INSERT ON actions BEGIN SELECT RAISE(ABORT, 'full'); END"
        if refuse
        else "DROP TRIGGER full"
    )
    async with warden.database.transaction() as session:
        await session.execute(text(statement))


def group_facts(warden: Warden) -> GroupFacts:
    keeper = StoredFacts(
        warden.database,
        warden.scanner,
        bot_id=BOT_ID,
        keyring=warden.keyring,
        on_moved=lambda chat_id, workspace_ids: None,
    )
    return GroupFacts(telegram=warden.telegram, keeper=keeper)


async def test_a_batch_that_fails_in_the_middle_stores_nothing_and_can_be_given_again(
    warden: Warden, scene: Scene
) -> None:
    await scene.say(scene.member, HAM)
    await scene.say(await scene.newcomer(), SPAM)
    updates = await warden.poll()
    await refuse_outcomes(warden, refuse=True)
    with pytest.raises(Exception, match="full"):
        await warden.scanner.scan(updates)
    for model in (Outcome, ContextRecord, HourlyCount, Group, PollOffset):
        assert await warden.rows(model) == []

    await refuse_outcomes(warden, refuse=False)
    again = await warden.scanner.scan(updates)
    assert again.judged == 2
    assert await counted(warden) == (2, 1, 0, 0)


async def test_a_batch_given_twice_counts_once(warden: Warden, scene: Scene) -> None:
    await scene.say(scene.member, HAM)
    await scene.say(await scene.newcomer(), SPAM)
    updates = await warden.poll()
    first = await warden.scanner.scan(updates)
    second = await warden.scanner.scan(updates)

    # The newcomer's join is judged too, and counts as no message.
    assert (first.judged, second.judged) == (3, 0)
    assert second.next_offset == first.next_offset
    assert await counted(warden) == (2, 1, 0, 0)
    assert len(await warden.rows(Outcome)) == 1


async def test_a_batch_given_again_after_a_restart_counts_once(
    warden: Warden, scene: Scene
) -> None:
    await scene.say(await scene.newcomer(), SPAM)
    updates = await warden.poll()
    await warden.scanner.scan(updates)
    restarted = warden.new_scanner()
    async with warden.database.transaction() as session:
        groups = await list_groups(session, bot_id=BOT_ID)
    await restarted.start(groups)
    again = await restarted.scan(updates)

    assert again.judged == 0
    assert await counted(warden) == (1, 1, 0, 0)


async def test_what_was_really_done_is_counted_once_it_is_done(
    warden: Warden, scene: Scene
) -> None:
    spammer = await scene.newcomer()
    await warden.spam(spammer, SPAM)
    await warden.spam(spammer, SPAM)
    before = await counted(warden)
    await warden.enforce()

    assert before[2:] == (0, 0)
    assert (await counted(warden))[2:] == (2, 1)


async def test_nothing_is_counted_as_done_in_observe_mode(warden: Warden, scene: Scene) -> None:
    await warden.spam(await scene.newcomer(), SPAM)
    await warden.set_group(mode="observe")
    await warden.enforce()

    assert (await counted(warden))[2:] == (0, 0)


@pytest.mark.parametrize(
    ("kind", "old", "new", "changes"),
    [
        ("chat_member", "left", "member", False),
        ("chat_member", "member", "restricted", False),
        ("chat_member", "member", "administrator", True),
        ("chat_member", "administrator", "left", True),
        ("my_chat_member", "member", "member", True),
        ("message", "", "", False),
    ],
)
def test_only_admins_coming_and_going_change_rights(
    kind: str, old: str, new: str, changes: bool
) -> None:
    raw = (
        b'{"update_id":1,"%b":{"old_chat_member":{"status":"%b"},"new_chat_member":{"status":"%b"}}}'
        % (
            kind.encode(),
            old.encode(),
            new.encode(),
        )
    )

    assert changes_rights(raw, kind) is changes


async def test_counts_of_batches_add_up(warden: Warden, scene: Scene) -> None:
    for _ in range(3):
        await scene.say(scene.member, HAM)
        await warden.take()

    assert (await counted(warden))[0] == 3


async def test_the_offset_is_stored_with_the_batch(warden: Warden, scene: Scene) -> None:
    assert await warden.store.offset() == 0
    await scene.say(scene.member, HAM)
    scanned = await warden.take()

    assert await warden.store.offset() == scanned.next_offset
    assert await warden.poll() == []


async def test_the_context_is_loaded_as_it_was_stored(warden: Warden, scene: Scene) -> None:
    for n in range(5):
        await scene.say(scene.member, f"{HAM} {n}")
    await warden.take()
    restarted = warden.new_scanner()
    await restarted.start([])
    stored = await warden.store.context_records()

    assert sorted(stored) == sorted((r.key, r.value) for r in await warden.rows(ContextRecord))
    assert restarted._engine.context_size() == warden.scanner._engine.context_size() == len(stored)


async def test_an_unreadable_update_is_kept_sealed_and_the_rest_is_judged(
    warden: Warden, scene: Scene
) -> None:
    await scene.say(scene.member, HAM)
    bad = b'{"update_id":1,"message":"words nobody may read"}'
    scanned = await warden.scanner.scan([bad, *await warden.poll()])
    (letter,) = await warden.rows(DeadLetter)

    assert scanned.judged == 1
    assert b"words" not in letter.sealed
    assert warden.sealer.open(letter.sealed, place=f"dead-letter:{BOT_ID}") == bad


async def test_what_was_set_aside_is_judged_when_it_is_replayed_and_the_offset_stays(
    warden: Warden, scene: Scene
) -> None:
    await scene.say(await scene.newcomer(), SPAM)
    *_, update = await warden.poll()
    number = json.loads(update)["update_id"]
    later = await warden.scanner.scan(
        [b'{"update_id":%d,"a_kind_of_the_future":{}}' % (number + 1)]
    )
    assert await warden.rows(Outcome) == []

    replayed = await warden.scanner.replay([update])

    assert (replayed.judged, replayed.next_offset) == (1, later.next_offset)
    assert await warden.store.offset() == later.next_offset
    assert [row.update_id for row in await warden.rows(Outcome)] == [number]


async def test_what_cannot_be_read_in_a_replay_either_is_the_same_letter(warden: Warden) -> None:
    bad = b'{"update_id":1,"message":"words nobody may read"}'
    await warden.scanner.scan([bad])
    await warden.scanner.replay([bad])

    (letter,) = await warden.rows(DeadLetter)
    assert (letter.update_id, letter.tries) == (1, 2)


async def test_a_locked_database_passes_and_the_batch_goes_in_then(
    warden: Warden, scene: Scene, tmp_path: Path
) -> None:
    await scene.say(scene.member, HAM)
    updates = await warden.poll()
    other = sqlite3.connect(tmp_path / "chatwarden.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    scanning = asyncio.create_task(warden.scanner.scan(updates))
    await asyncio.sleep(0)
    other.execute("ROLLBACK")
    other.close()

    assert (await scanning).judged == 1


async def test_a_mode_set_while_a_batch_is_stored_stays(
    warden: Warden, scene: Scene, tmp_path: Path
) -> None:
    await scene.say(scene.member, HAM)
    await warden.take()
    group = await warden.group()
    await scene.say(await scene.newcomer(), SPAM)
    updates = await warden.poll()
    other = sqlite3.connect(tmp_path / "chatwarden.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    scanning = asyncio.create_task(warden.scanner.scan(updates))
    await warden.rows(Group)
    group.mode = "observe"
    warden.scanner.set_group(group, Standing())
    other.execute("ROLLBACK")
    other.close()
    await scanning

    spam = await warden.spam(await scene.newcomer(), SPAM)

    assert await spam.state() == "observed"


async def test_groups_of_another_bot_are_new_to_this_one(warden: Warden, scene: Scene) -> None:
    await scene.say(scene.member, HAM)
    await warden.take()
    await warden.set_group(bot_id=1)
    async with warden.database.transaction() as session:
        groups = await list_groups(session, bot_id=BOT_ID)

    assert groups == []


async def test_concurrent_writers_wait_for_each_other(warden: Warden, scene: Scene) -> None:
    spams = [await warden.spam(await scene.newcomer(f"Rex {n}"), SPAM) for n in range(8)]

    async def flow() -> None:
        for n in range(10):
            await scene.say(scene.member, f"{HAM} {n}")
            await warden.take()

    await asyncio.gather(flow(), warden.enforce(), *(spam.ask_undo() for spam in spams[:4]))
    await warden.enforce()

    assert {await spam.state() for spam in spams[:4]} == {"undone"}
    assert {await spam.state() for spam in spams[4:]} == {"enforced"}


async def test_two_programs_with_one_token_are_told_of_each_other(
    warden: Warden, scene: Scene
) -> None:
    async with (
        UpdatePoll(api=scene.url, token=TOKEN) as first,
        UpdatePoll(api=scene.url, token=TOKEN) as second,
    ):
        polling = asyncio.create_task(first.updates(offset=0, wait=20))
        await eventually(lambda: bool(scene.app.api._polls), what="the first program polls")
        await second.updates(offset=0, wait=0)
        with pytest.raises(PollConflict) as raised:
            await polling

    assert isinstance(raised.value, RetryLater)


async def test_ingest_takes_what_comes_and_tells_its_health(warden: Warden, scene: Scene) -> None:
    taken: list[Scanned] = []

    async def take(scanned: Scanned) -> None:
        taken.append(scanned)

    async with UpdatePoll(api=scene.url, token=TOKEN) as poll:
        ingest = Ingest(poll=poll, scanner=warden.scanner, on_scanned=take)
        running = asyncio.create_task(ingest.run())
        await scene.say(await scene.newcomer(), SPAM)
        await eventually(lambda: any(one.actions for one in taken), what="the spam is judged")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert (ingest.telegram.state, ingest.database.state) == ("ok", "ok")
    assert scene.group in {chat for one in taken for chat in one.new_chats}


async def test_group_facts_name_missing_rights_and_outlive_a_database_that_fails(
    warden: Warden, scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await scene.say(scene.member, HAM)
    await warden.take()
    await scene.control.promote(scene.group, BOT_ID, Rights(can_delete_messages=False))
    facts = group_facts(warden)
    facts.want([scene.group, scene.group])
    facts.want([scene.group])
    # As a full disk does: writing fails for a reason that passes.
    original = warden.database.transaction
    failures = iter([True])

    def failing() -> object:
        if next(failures, False):
            raise StorageUnavailable("database or disk is full", seconds=0)
        return original()

    monkeypatch.setattr(warden.database, "transaction", failing)
    running = asyncio.create_task(facts.run())

    async def known() -> bool:
        return (await warden.group()).missing_rights == ["can_delete_messages"]

    await eventually(lambda: len(warden.calls("getChat")) >= 2, what="it is asked again")
    await eventually(known, what="the missing right is known")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert len(warden.calls("getChat")) == 2


async def test_group_facts_go_on_after_a_group_that_refuses(warden: Warden, scene: Scene) -> None:
    await scene.say(scene.member, HAM)
    await warden.take()
    await scene.control.fail(Fault(method="getChat", code=400, description="Bad Request: no"))
    facts = group_facts(warden)
    facts.want([-1001])
    facts.want([scene.group])
    running = asyncio.create_task(facts.run())
    await eventually(lambda: bool(warden.calls("getChat")), what="the other group is asked about")
    facts.want([scene.group])

    async def known() -> bool:
        return (await warden.group()).rights_checked_at is not None

    await eventually(known, what="the other group's facts are known")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_admins_are_known_to_the_engine_until_they_are_admins_no_more(
    warden: Warden, scene: Scene
) -> None:
    await scene.say(scene.member, HAM)
    await warden.take()
    facts = group_facts(warden)
    await facts.learn(scene.group)
    as_admin = await warden.spam(scene.admin, SPAM)
    await scene.control.promote(scene.group, scene.admin, None)
    changed = (await warden.take()).rights_changed
    await facts.learn(scene.group)
    as_member = await warden.spam(scene.admin, SPAM)

    assert await as_admin.state() == "guarded"
    assert (await as_admin.outcome()).guard == "protected"
    assert changed == {scene.group}
    assert await as_member.state() == "pending"


async def test_settings_that_change_while_facts_are_learned_count(
    warden: Warden, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.say(scene.member, HAM)
    await warden.take()

    async def meanwhile(*told: Any, **facts: Any) -> None:
        await warden.set_group(mode="observe")
        await warden.scanner.take_groups([scene.group])
        await note_rights(*told, **facts)

    monkeypatch.setattr("chatwarden.pipeline.group_facts.note_rights", meanwhile)
    await group_facts(warden).learn(scene.group)

    spam = await warden.spam(await scene.newcomer(), SPAM)
    assert await spam.state() == "observed"


async def test_who_may_restrict_members_by_telegram_has_a_role_until_they_may_no_more(
    warden: Warden, scene: Scene
) -> None:
    (greeter,) = await scene.control.add_people(NewPerson(first_name="Greta"))
    await scene.control.add_admin(
        scene.group, greeter, Rights(can_restrict_members=False, can_delete_messages=False)
    )
    await scene.say(scene.member, HAM)
    await warden.take()
    facts = group_facts(warden)
    await facts.learn(scene.group)
    before = {row.user_id: row.role for row in await warden.rows(TeamMember)}
    await scene.control.promote(scene.group, scene.admin, None)
    assert (await warden.take()).rights_changed == {scene.group}
    await facts.learn(scene.group)
    after = {row.user_id: row.role for row in await warden.rows(TeamMember)}

    # The bot itself is an admin too, and signs in nowhere.
    assert before == {scene.owner: "owner", scene.admin: "admin", greeter: "viewer"}
    assert after == {scene.owner: "owner", greeter: "viewer"}


async def test_a_group_that_was_erased_begins_anew_and_knows_nobody(
    warden: Warden, scene: Scene
) -> None:
    for _ in range(3):
        await scene.say(scene.member, HAM)
    await warden.spam(await scene.newcomer(), SPAM)
    await warden.enforce()
    before = await warden.rows(ContextRecord)
    await erase_workspace(
        warden.database,
        [await warden.group()],
        keyring=warden.keyring,
        pseudonyms=Pseudonyms(bytes(32)),
        erased_by="operator",
        now=warden.now(),
    )
    await warden.scanner.forget_group(scene.group)

    assert before
    assert [await warden.rows(model) for model in (Group, Outcome, ContextRecord)] == [[], [], []]
    assert warden.scanner.engine.context_size() == 0
    again = await warden.spam(await scene.newcomer(), SPAM)
    texts, state = await open_texts(await again.outcome(), warden.keyring)
    assert (state, texts.texts[0].text) == ("readable", SPAM)
    assert (await warden.group()).mode == "guard"
