"""The API over a real database, without a pipeline behind it."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from tests.support.keys import keyring_over
from tests.support.rows import BOT_ID, catalogue_bytes

from chatwarden._engine import Engine
from chatwarden.api.app import create_app
from chatwarden.api.ports import BotAccount, Operation, Ports
from chatwarden.bot.gate.question import newcomer_question
from chatwarden.bot.words import LANGUAGES
from chatwarden.doctor.examination import examine
from chatwarden.doctor.finding import Finding
from chatwarden.feed import MemoryFeed
from chatwarden.health import PartHealth
from chatwarden.pipeline.queue.sqlite import SqliteQueue
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.models import Model
from chatwarden.storage.repositories import waiting as stored
from chatwarden.storage.repositories.sessions import make_sign_in_link
from chatwarden.storage.sealing import Sealer
from chatwarden.waiting import Waiting

KEY = b"k" * 32
SIGNING_KEY = bytes(range(32))
PSEUDONYMS = Pseudonyms(bytes(32))


@dataclass
class ApiUnderTest:
    """The application with its ports, and what it asked of them."""

    app: FastAPI
    ports: Ports
    feed: MemoryFeed
    health: list[PartHealth]
    wakes: list[None] = field(default_factory=list)
    changed_groups: list[tuple[int, int]] = field(default_factory=list)
    changed_feedback: list[tuple[int, int]] = field(default_factory=list)
    replayed: list[bytes] = field(default_factory=list)
    forgotten: list[tuple[int, int]] = field(default_factory=list)
    """Group and sender."""
    forgotten_groups: list[int] = field(default_factory=list)

    @property
    def sealer(self) -> Sealer:
        """Of the deployment: what it sealed opens, whosever it is."""
        return self.ports.keyring.deployment

    async def add(self, *rows: Model) -> None:
        """Store rows, in their order."""
        async with self.ports.database.transaction() as session:
            for row in rows:
                session.add(row)
                await session.flush()

    async def make_link(self, subject: str = "operator") -> str:
        """The secret of a one-time link."""
        async with self.ports.database.transaction() as session:
            return await make_sign_in_link(session, subject=subject, lifetime=timedelta(minutes=10))

    @asynccontextmanager
    async def client(self, *, subject: str | None = "operator") -> AsyncIterator[httpx.AsyncClient]:
        """A client that is signed in, except for the subject None."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            if subject is not None:
                link = await self.make_link(subject)
                answer = await client.post("/api/v1/session", json={"link": link})
                client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client


@asynccontextmanager
async def api_over(
    database_url: str, *, demo: bool = False, settings: Settings | None = None
) -> AsyncIterator[ApiUnderTest]:
    """The API over a database in the newest layout."""
    database = Database(database_url)
    feed = MemoryFeed(start=1000)
    health = [PartHealth("database", "ok", "SQLite")]
    wakes: list[None] = []
    changed_groups: list[tuple[int, int]] = []
    changed_feedback: list[tuple[int, int]] = []

    async def ask_health() -> list[PartHealth]:
        return health

    replayed: list[bytes] = []

    async def replay(raws: Sequence[bytes]) -> None:
        replayed.extend(raws)

    async def ask_waiting() -> list[Waiting]:
        async with database.transaction() as session:
            return await stored.waiting(session, now=datetime.now(UTC))

    async def account() -> BotAccount:
        return BotAccount("warden_test_bot")

    async def examination() -> AsyncIterator[Finding]:
        with tempfile.TemporaryDirectory(prefix="chatwarden-api-") as data:
            async for finding in examine(Settings(_env_file=None, data_dir=Path(data))):
                yield finding

    forgotten: list[tuple[int, int]] = []

    async def forget(chat_id: int, sender_id: int) -> None:
        forgotten.append((chat_id, sender_id))

    async def forget_group(chat_id: int) -> None:
        forgotten_groups.append(chat_id)

    forgotten_groups: list[int] = []
    ports = Ports(
        settings=settings or Settings(_env_file=None),
        database=database,
        keyring=keyring_over(database, KEY),
        signing_key=SIGNING_KEY,
        feed=feed,
        actions=SqliteQueue(database, bot_id=BOT_ID, feed=feed, pseudonyms=PSEUDONYMS),
        wake_enforcer=lambda: wakes.append(None),
        group_changed=lambda bot_id, chat_id: changed_groups.append((bot_id, chat_id)),
        feedback_changed=lambda bot_id, chat_id: changed_feedback.append((bot_id, chat_id)),
        health=ask_health,
        demo=demo,
        signals=catalogue_bytes(),
        new_engine=Engine,
        languages=LANGUAGES,
        newcomer_question=newcomer_question,
        operation=Operation(
            profile="embedded",
            bot_id=BOT_ID,
            waiting=ask_waiting,
            replay=replay,
            wake_bot=lambda: None,
            examine=examination,
            account=account,
            pseudonyms=PSEUDONYMS,
            forget=forget,
            forget_group=forget_group,
        ),
    )
    try:
        yield ApiUnderTest(
            create_app(ports),
            ports,
            feed,
            health,
            wakes,
            changed_groups,
            changed_feedback,
            replayed,
            forgotten,
            forgotten_groups,
        )
    finally:
        await database.close()
