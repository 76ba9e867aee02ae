"""What processors judged and enforcers did is recorded, each once, over a real Redis and PostgreSQL."""

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select
from tests.support.keys import keyring_over

from chatwarden._engine import Engine, Item
from chatwarden.actions import Action, Beginning, Ending
from chatwarden.errors import StorageUnavailable
from chatwarden.learning.learner import Learner
from chatwarden.outcomes.texts import open_texts
from chatwarden.pipeline.publishing import Publisher
from chatwarden.pipeline.queue.redis import RedisQueue
from chatwarden.pipeline.record import actions_of
from chatwarden.pipeline.recorder import RecordedItem, Recorder
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.privacy.workspaces import erase_workspace
from chatwarden.storage import models
from chatwarden.storage.database import Database
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.chats import ChatSettings, PublishedChats
from chatwarden.streams.feed import RedisFeed
from chatwarden.streams.partitions import Partitions

CHAT = -1001234567890
NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
"""Redis forgets by its own clock."""
SPAM = "Remote work 18+, from 80 $ a day, no experience, write me @manager_job t.me/+AbCdEfGh"
_FIELDS = [
    one.name for one in msgspec.structs.fields(RecordedItem) if one.name not in ("raw", "round")
]


def message(number: int, text: str, chat_id: int = CHAT) -> bytes:
    content = {
        "message_id": number,
        "date": int(NOW.timestamp()),
        "chat": {"id": chat_id, "type": "supergroup", "title": "Balcony gardeners"},
        "from": {"id": 7_000_000_000 + number, "is_bot": False, "first_name": "Kim"},
        "text": text,
    }
    return json.dumps({"update_id": number, "message": content}).encode()


class Pipeline:
    """A recorder, and what lies before it: batches as a processor leaves them."""

    def __init__(self, partitions: Partitions, database: Database, sealer: Sealer) -> None:
        self.partitions = partitions
        self.database = database
        self.sealer = sealer
        self.keyring = keyring_over(database, bytes(range(32)))
        self.queue = RedisQueue(partitions, clock=lambda: NOW)
        self.chats = PublishedChats(partitions, sealer=sealer)
        publisher = Publisher(database, self.chats, bot_id=partitions.bot_id, engine=Engine())
        self.recorder = self.new_recorder(publisher.publish)
        self._engine = Engine()
        self._engine.set_chat(partitions.bot_id, CHAT, b'{"mode": "guard"}')

    def new_recorder(self, publish: Callable[[int], Awaitable[object]]) -> Recorder:
        return Recorder(
            partitions=self.partitions,
            chats=self.chats,
            database=self.database,
            queue=self.queue,
            keyring=self.keyring,
            feed=RedisFeed(self.partitions.client, bot_id=self.partitions.bot_id),
            new_group_mode="guard",
            obtainable=frozenset({"profile"}),
            publish=publish,
            learner=Learner(self.database, Engine(), bot_id=self.partitions.bot_id),
            clock=lambda: NOW,
        )

    @property
    def partition(self) -> int:
        return self.partitions.of_chat(CHAT)

    def judge(
        self, raws: Sequence[bytes], round: int = 1, facts: bytes | None = None
    ) -> list[Item]:
        judged = self._engine.judge_batch(
            self.partitions.bot_id, list(raws), round, [facts] * len(raws)
        )
        return judged.items

    async def leave(
        self, raws: Sequence[bytes], *, flags: str = "", round: int = 1, facts: bytes | None = None
    ) -> bytes:
        """A batch in the stream of records, as `finish` leaves it; its envelope."""
        items = [
            {name: getattr(item, name) for name in _FIELDS} | {"raw": raw, "round": round}
            for raw, item in zip(raws, self.judge(raws, round, facts), strict=True)
        ]
        place = f"record:{self.partitions.bot_id}"
        sealed = self.sealer.seal(msgspec.msgpack.encode(items), place=place)
        await self.leave_again(sealed, flags or "1" * len(raws))
        return sealed

    async def leave_again(self, sealed: bytes, flags: str) -> None:
        key = self.partitions.key(self.partition, "records")
        await self.partitions.client.xadd(key, {"k": "batch", "v": sealed, "n": flags})

    async def record(self) -> int:
        return await self.recorder.record_next(self.partition)

    def actions(self, raw: bytes) -> list[Action]:
        (item,) = self.judge([raw])
        return list(actions_of(self.partitions.bot_id, item, now=NOW))

    async def rows(self, model: type[Any]) -> list[Any]:
        async with self.database.transaction() as session:
            return list((await session.scalars(select(model))).all())

    async def counts(self) -> tuple[int, int, int, int]:
        row = models.HourlyCount
        columns = (row.judged, row.flagged, row.deleted, row.punished)
        async with self.database.transaction() as session:
            sums = await session.execute(select(*(func.sum(column) for column in columns)))
            judged, flagged, deleted, punished = (int(one or 0) for one in sums.one())
            return judged, flagged, deleted, punished


@pytest.fixture
def pipeline(partitions: Partitions, database: Database, sealer: Sealer) -> Pipeline:
    return Pipeline(partitions, database, sealer)


async def test_a_batch_becomes_rows_and_leaves_the_stream(pipeline: Pipeline) -> None:
    await pipeline.leave([message(1, "hello there"), message(2, SPAM), b"{"])
    assert await pipeline.record() == 1

    (outcome,) = await pipeline.rows(models.Outcome)
    (letter,) = await pipeline.rows(models.DeadLetter)
    (group,) = await pipeline.rows(models.Group)
    assert (outcome.update_id, outcome.state, outcome.chat_id) == (2, "pending", CHAT)
    assert letter.reason.startswith("not valid JSON")
    assert (group.title, group.mode) == ("Balcony gardeners", "guard")
    assert {row.update_id for row in await pipeline.rows(models.Enrichment)} <= {1, 2}
    assert await pipeline.counts() == (2, 1, 0, 0)
    assert await pipeline.record() == 0
    settings = await pipeline.chats.find(CHAT)
    assert settings is not None
    assert settings.mode == "guard"


async def test_a_batch_that_comes_again_counts_once(pipeline: Pipeline) -> None:
    sealed = await pipeline.leave([message(1, "hello there"), message(2, SPAM)])
    await pipeline.record()
    await pipeline.leave_again(sealed, "11")
    await pipeline.record()

    assert await pipeline.counts() == (2, 1, 0, 0)
    assert len(await pipeline.rows(models.Outcome)) == 1


async def test_an_update_that_was_delivered_again_or_finished_by_another_is_not_counted(
    pipeline: Pipeline,
) -> None:
    await pipeline.leave([message(1, "hello"), message(2, SPAM)])
    await pipeline.leave([message(1, "hello"), message(2, SPAM), message(3, SPAM)], flags="dd0")
    await pipeline.record()

    assert await pipeline.counts() == (2, 1, 0, 0)
    assert [row.update_id for row in await pipeline.rows(models.Outcome)] == [2]


async def carry_out(pipeline: Pipeline, actions: Sequence[Action]) -> None:
    await pipeline.queue.begin(CHAT, [Beginning(one.id) for one in actions], now=NOW)
    endings = [Ending(action_id=one.id, state="done") for one in actions]
    await pipeline.queue.end(CHAT, endings, now=NOW)


@pytest.mark.parametrize("batch_first", [True, False])
async def test_what_became_of_actions_settles_the_outcome_whichever_comes_first(
    pipeline: Pipeline, batch_first: bool
) -> None:
    raw = message(2, SPAM)
    actions = pipeline.actions(raw)
    if batch_first:
        await pipeline.leave([raw])
        await pipeline.record()
    await pipeline.queue.add(actions)
    await carry_out(pipeline, actions)
    await pipeline.record()
    if not batch_first:
        await pipeline.leave([raw])
        await pipeline.record()

    (outcome,) = await pipeline.rows(models.Outcome)
    recorded = {row.id: row for row in await pipeline.rows(models.Action)}
    assert outcome.state == "enforced"
    assert {one.id: one.state for one in actions} == dict.fromkeys(recorded, "pending")
    assert {row.state for row in recorded.values()} == {"done"}
    assert await pipeline.counts() == (1, 1, 1, 1)


async def test_an_older_copy_of_an_action_changes_nothing(pipeline: Pipeline) -> None:
    actions = pipeline.actions(message(2, SPAM))
    await pipeline.queue.add(actions)
    await carry_out(pipeline, actions)
    await pipeline.record()
    # A recorder that slept between reading the queue and writing has the state of before.
    key = pipeline.partitions.key(pipeline.partition, f"action:{actions[0].id}")
    await pipeline.partitions.client.hset(key, mapping={"state": "pending", "revision": "1"})
    records = pipeline.partitions.key(pipeline.partition, "records")
    await pipeline.partitions.client.xadd(records, {"k": "action", "id": actions[0].id})
    await pipeline.record()

    assert {row.state for row in await pipeline.rows(models.Action)} == {"done"}
    assert await pipeline.counts() == (0, 0, 1, 1)


async def test_what_has_ended_is_kept_until_it_was_recorded_and_as_long_as_it_matters(
    pipeline: Pipeline,
) -> None:
    actions = pipeline.actions(message(2, SPAM))
    await pipeline.queue.add(actions)
    await carry_out(pipeline, actions)
    client, partition = pipeline.partitions.client, pipeline.partition
    keys = {one.kind: pipeline.partitions.key(partition, f"action:{one.id}") for one in actions}
    assert {await client.ttl(key) for key in keys.values()} == {-1}
    await pipeline.record()

    ends = {kind: int(await client.expiretime(key)) for kind, key in keys.items()}
    assert ends["delete_message"] == int((NOW + timedelta(hours=6)).timestamp())
    (punishment,) = (one for one in actions if one.kind != "delete_message")
    assert punishment.until_date is not None
    assert ends[punishment.kind] == int((punishment.until_date + timedelta(days=2)).timestamp())


async def test_a_stricter_second_round_takes_the_place_and_has_its_actions_asked_for(
    pipeline: Pipeline,
) -> None:
    raw = message(2, "Hello everybody, is this the right group for tomatoes?")
    await pipeline.leave([raw])
    await pipeline.record()
    assert len(await pipeline.rows(models.Enrichment)) == 1
    facts = json.dumps({"profile": {"bio": f"{SPAM} every day, all welcome"}}).encode()
    (again,) = pipeline.judge([raw], 2, facts)
    await pipeline.leave([raw], round=2, facts=facts)
    await pipeline.record()

    assert await pipeline.rows(models.Enrichment) == []
    outcomes = await pipeline.rows(models.Outcome)
    assert [row.round for row in outcomes] == ([2] if again.flagged else [])
    taken = await pipeline.queue.take(CHAT, now=NOW, limit=9)
    assert sorted(one.kind for one in taken) == sorted(kind for _, kind, _, _ in again.actions)
    assert await pipeline.counts() == (1, int(again.flagged), 0, 0)


async def test_facts_about_a_group_reach_its_row_and_its_settings(pipeline: Pipeline) -> None:
    await pipeline.leave([message(1, "hello")])
    await pipeline.record()
    admin = {"id": 5, "name": "Rosa", "username": "rosa"}
    await pipeline.chats.note_facts(
        CHAT,
        {
            "title": "Window boxes",
            "linked_chat_id": -9,
            "owner_id": None,
            "admins": [admin],
            "team": [{"user_id": 5, "role": "admin", "name": "Rosa"}],
            "missing_rights": ["can_restrict_members"],
            "checked_at": int(NOW.timestamp()),
        },
    )
    await pipeline.record()

    async with pipeline.database.transaction() as session:
        group = await find_group(session, bot_id=pipeline.partitions.bot_id, chat_id=CHAT)
        (member,) = await session.scalars(select(models.TeamMember))
    settings = await pipeline.chats.find(CHAT)
    assert group is not None
    assert settings is not None
    assert (group.title, group.missing_rights) == ("Window boxes", ["can_restrict_members"])
    assert (settings.linked_chat_id, settings.protected, settings.admins) == (-9, [5], [admin])
    assert (member.user_id, member.role, member.source) == (5, "admin", "telegram")


async def test_names_of_admins_lie_sealed_in_redis(pipeline: Pipeline) -> None:
    await pipeline.leave([message(1, "hello")])
    await pipeline.record()
    facts: dict[str, Any] = {
        "admins": [{"id": 5, "name": "Rosa Unsealed", "username": "rosa"}],
        "title": "Boxes",
        "linked_chat_id": None,
        "owner_id": None,
        "missing_rights": [],
        "checked_at": 1,
    }
    await pipeline.chats.note_facts(CHAT, facts)
    client = pipeline.partitions.client
    records: Any = await client.xrange(pipeline.partitions.key(pipeline.partition, "records"))
    await pipeline.record()

    ((_, fields),) = records
    lying: list[Any] = [*fields.values()]
    for name in ("chats", "facts"):
        lying += await client.hvals(pipeline.partitions.key(pipeline.partition, name))
    assert len(lying) == 5
    assert b"Rosa" not in b"".join(lying)
    assert (await pipeline.chats.facts(CHAT) or {})["admins"] == facts["admins"]


async def test_whoever_has_to_know_of_changed_rights_is_told_whatever_fails_in_between(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = {"id": 5, "is_bot": False, "first_name": "Rosa"}
    change = {
        "chat": {"id": CHAT, "type": "supergroup", "title": "Balcony gardeners"},
        "from": person,
        "date": int(NOW.timestamp()),
        "old_chat_member": {"user": person, "status": "member"},
        "new_chat_member": {"user": person, "status": "administrator"},
    }
    await pipeline.leave([json.dumps({"update_id": 1, "chat_member": change}).encode()])
    await pipeline.chats.note_refusal(CHAT, is_gone=True, now=NOW)
    told: list[int] = []

    async def tell(chat_id: int) -> None:
        if not told:
            told.append(0)
            raise StorageUnavailable("Redis: away")
        told.append(chat_id)
        await as_it_is(chat_id)

    as_it_is = pipeline.chats.tell_rights_changed
    monkeypatch.setattr(pipeline.chats, "tell_rights_changed", tell)
    with pytest.raises(StorageUnavailable):
        await pipeline.record()
    await pipeline.record()

    assert told == [0, CHAT]
    assert await pipeline.record() == 0
    number = pipeline.partition
    assert await pipeline.chats.without_facts_since(number, NOW, now=NOW) == [CHAT]


async def test_a_group_that_telegram_tells_nothing_of_is_asked_about_ever_more_seldom(
    pipeline: Pipeline,
) -> None:
    chats, number = pipeline.chats, pipeline.partition
    await chats.publish(CHAT, ChatSettings())

    async def is_asked(after: timedelta) -> bool:
        return CHAT in await chats.without_facts_since(number, NOW, now=NOW + after)

    assert await is_asked(timedelta(0))
    await chats.note_refusal(CHAT, is_gone=False, now=NOW)
    assert not await is_asked(timedelta(seconds=50))
    assert await is_asked(timedelta(seconds=70))
    for _ in range(30):
        await chats.note_refusal(CHAT, is_gone=False, now=NOW)
    assert not await is_asked(timedelta(hours=23))
    assert await is_asked(timedelta(hours=25))
    await chats.note_refusal(CHAT, is_gone=True, now=NOW)
    assert not await is_asked(timedelta(days=400))
    await chats.tell_rights_changed(CHAT)
    assert await is_asked(timedelta(0))


async def test_what_cannot_be_recorded_is_set_aside_and_stops_nothing(pipeline: Pipeline) -> None:
    client, number = pipeline.partitions.client, pipeline.partition
    await pipeline.leave_again(Sealer(os.urandom(32)).seal(b"x", place="record:0"), "1")
    await client.xadd(pipeline.partitions.key(number, "records"), {"k": "of tomorrow"})
    await pipeline.leave([message(2, SPAM)])

    assert await pipeline.record() == 3
    assert len(await pipeline.rows(models.Outcome)) == 1
    assert await client.xlen(pipeline.partitions.key(number, "set-aside")) == 2
    assert await pipeline.record() == 0


async def test_while_the_database_is_away_the_stream_keeps_all(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pipeline.leave([message(2, SPAM)])
    url = pipeline.database.engine.url
    away = Database(url.set(port=1).render_as_string(hide_password=False))
    monkeypatch.setattr(pipeline.recorder, "_database", away)
    with pytest.raises(StorageUnavailable):
        await pipeline.record()
    monkeypatch.undo()
    await away.close()

    assert await pipeline.record() == 1
    assert len(await pipeline.rows(models.Outcome)) == 1


async def test_of_two_recorders_one_works_on_a_partition(pipeline: Pipeline) -> None:
    async def publish(chat_id: int) -> bool:
        return bool(chat_id)

    other = pipeline.new_recorder(publish)
    assert await pipeline.recorder.hold(pipeline.partition)
    assert not await other.hold(pipeline.partition)
    assert await pipeline.recorder.hold(pipeline.partition)


async def test_a_group_that_was_erased_elsewhere_begins_anew_under_another_key(
    pipeline: Pipeline,
) -> None:
    bot_id = pipeline.partitions.bot_id
    elsewhere = keyring_over(pipeline.database, pipeline.keyring.key)
    await pipeline.leave([message(1, SPAM)])
    await pipeline.record()
    async with pipeline.database.transaction() as session:
        group = await find_group(session, bot_id=bot_id, chat_id=CHAT)
        outcome = await session.scalar(select(models.Outcome))
    assert group is not None
    assert outcome is not None
    await erase_workspace(
        pipeline.database,
        [group],
        keyring=elsewhere,
        pseudonyms=Pseudonyms(bytes(32)),
        erased_by="operator",
        now=NOW,
    )
    for _, chat_id in await pipeline.keyring.refresh():
        pipeline.recorder.forget_group(chat_id)
    await pipeline.leave([message(2, SPAM)])
    await pipeline.record()

    (again,) = await pipeline.rows(models.Outcome)
    assert [row.chat_id for row in await pipeline.rows(models.Group)] == [CHAT]
    for keyring in (pipeline.keyring, elsewhere):
        assert (await open_texts(again, keyring))[1] == "readable"
        assert (await open_texts(outcome, keyring))[1] == "unreadable"
