"""What processors judge by reaches Redis, all of it, also after Redis has lost its memory."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from chatwarden._engine import Engine, SharedTap, sender_record
from chatwarden.pipeline.publishing import Publisher
from chatwarden.storage.database import Database
from chatwarden.storage.models import Group, Workspace
from chatwarden.storage.repositories import feedback, workspaces
from chatwarden.storage.repositories.context import store_context
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.chats import ChatSettings, PublishedChats, Taught
from chatwarden.streams.partitions import Partitions

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CHATS = [-1001, -1002, -1003]


class Publishing:
    """A publisher, what it reads, and what it leaves."""

    def __init__(self, partitions: Partitions, database: Database, sealer: Sealer) -> None:
        self.partitions = partitions
        self.database = database
        self.bot_id = partitions.bot_id
        self.chats = PublishedChats(partitions, sealer=sealer)
        self.engine = Engine()
        self.publisher = Publisher(
            database, self.chats, bot_id=partitions.bot_id, engine=self.engine
        )

    async def add_groups(self) -> None:
        """Three groups, two of them in one workspace."""
        async with self.database.transaction() as session:
            workspace = Workspace(bot_id=self.bot_id, owner_id=9, created_at=NOW)
            session.add(workspace)
            await session.flush()
            for chat_id in CHATS:
                session.add(
                    Group(
                        bot_id=self.bot_id,
                        chat_id=chat_id,
                        title="Makers",
                        mode="guard",
                        policy={},
                        policy_version=1,
                        workspace_id=workspace.id if chat_id != CHATS[2] else None,
                        missing_rights=[],
                        created_at=NOW,
                    )
                )

    async def share(self, date: int) -> str:
        """What its workspace agrees on from now on; its name."""
        taps = [
            SharedTap(
                "user:1",
                chat_id,
                "owner",
                features=None,
                sketch=None,
                picture=0x0F0F0F0FF0F0F0F0,
                is_spam=True,
                weight=1000,
                given_at=date,
                date=date,
            )
            for chat_id in CHATS[:2]
        ]
        shared = self.engine.share(taps)
        async with self.database.transaction() as session:
            (workspace,) = await workspaces.workspaces_of_bot(session, bot_id=self.bot_id)
            moment = datetime.fromtimestamp(date, UTC)
            await workspaces.store_shared(
                session,
                workspace.id,
                shared=shared.to_bytes(),
                model=self.engine.model,
                now=moment,
            )
        return str(shared.fingerprint)

    async def found(self, chat_id: int, name: str) -> bytes | None:
        key = self.partitions.key(self.partitions.of_chat(chat_id), name)
        value = await self.partitions.client.hget(key, str(chat_id))
        assert value is None or isinstance(value, bytes)
        return value

    async def forget(self) -> None:
        """Redis loses its memory, of this bot."""
        client = self.partitions.client
        for number in range(len(self.partitions)):
            keys = await client.keys(self.partitions.key(number, "*"))
            if keys:
                await client.delete(*keys)


@pytest.fixture
async def publishing(partitions: Partitions, database: Database, sealer: Sealer) -> Publishing:
    publishing = Publishing(partitions, database, sealer)
    await publishing.add_groups()
    return publishing


async def test_what_a_workspace_shares_reaches_each_of_its_groups_and_changes_with_it(
    publishing: Publishing,
) -> None:
    first = await publishing.share(10)
    await publishing.publisher.publish_all()
    assert [await publishing.found(chat_id, "over") for chat_id in CHATS] == [
        first.encode(),
        first.encode(),
        None,
    ]
    second = await publishing.share(20)
    for chat_id in CHATS:
        await publishing.publisher.publish(chat_id)

    for chat_id in CHATS[:2]:
        number = publishing.partitions.of_chat(chat_id)
        names = await publishing.partitions.client.hkeys(
            publishing.partitions.key(number, "shared")
        )
        assert names == [second.encode()]


async def test_marks_of_known_spam_are_there_again_after_redis_lost_its_memory(
    publishing: Publishing,
) -> None:
    chat_id, bot_id = CHATS[0], publishing.bot_id
    sketch = b"\x01" + bytes(range(56))
    marks = publishing.engine.take_feedback(
        bot_id, chat_id, [(1, 1_790_000_000, sketch, True, False)]
    )
    async with publishing.database.transaction() as session:
        await store_context(session, marks.changes)
        await feedback.store_learned(
            session,
            bot_id=bot_id,
            chat_id=chat_id,
            delta=publishing.engine.learn([], None),
            head=None,
            model=publishing.engine.model,
            shared=None,
            taps=1,
            now=NOW,
        )
    number = publishing.partitions.of_chat(chat_id)
    pattern = publishing.partitions.key(number, "c:*")

    for _ in range(2):
        await publishing.publisher.publish_all()
        assert len(await publishing.partitions.client.keys(pattern)) == len(marks.changes) > 0
        await publishing.forget()
        assert await publishing.partitions.client.keys(pattern) == []


async def test_a_memory_that_is_lost_while_groups_are_published_does_not_count_as_loaded(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_it_is = publishing.publisher.publish
    lost: list[int] = []

    async def publish(chat_id: int) -> bool:
        if len(lost) == 1:
            await publishing.forget()
        lost.append(chat_id)
        return await as_it_is(chat_id)

    monkeypatch.setattr(publishing.publisher, "publish", publish)
    await publishing.publisher.publish_all()
    assert not await publishing.chats.is_loaded()
    assert await publishing.found(lost[0], "chats") is None
    await publishing.publisher.publish_all()
    assert await publishing.chats.is_loaded()
    assert await publishing.found(lost[0], "chats") is not None


async def test_what_was_not_changed_is_not_written_again(publishing: Publishing) -> None:
    assert await publishing.publisher.publish(CHATS[0])
    assert not await publishing.publisher.publish(CHATS[0])
    async with publishing.database.transaction() as session:
        await session.execute(update(Group).values(mode="observe"))
    assert await publishing.publisher.publish(CHATS[0])
    settings = await publishing.chats.find(CHATS[0])
    assert settings is not None
    assert settings.mode == "observe"


async def test_of_an_erased_chat_nothing_is_left_and_others_keep_theirs(
    publishing: Publishing,
) -> None:
    # Its bytes are a pattern's signs to Redis.
    odd = int.from_bytes(b"\xff\xff\xff\x16*[?\\", signed=True)
    client, chats = publishing.partitions.client, publishing.chats

    async def remember(chat_id: int) -> bytes:
        number = publishing.partitions.of_chat(chat_id)
        _, name = sender_record(publishing.bot_id, number, chat_id, 5)
        await client.zadd(name, {b"entry": 1})
        await chats.publish(chat_id, ChatSettings(mode="guard"), taught=Taught(learned=b"x"))
        await chats.note_facts(chat_id, {"checked_at": 1})
        await chats.mark(chat_id, [], version=1)
        return name

    kept = [await remember(chat_id) for chat_id in (CHATS[0], odd + 1)]
    gone = await remember(odd)
    await chats.forget(odd)

    assert await chats.find(odd) is None
    left = [await publishing.found(odd, name) for name in ("chats", "learned", "facts", "marked")]
    assert left == [None] * 4
    assert await client.exists(gone) == 0
    assert await client.exists(*kept) == 2
    assert (await chats.find(CHATS[0])) == ChatSettings(mode="guard")
