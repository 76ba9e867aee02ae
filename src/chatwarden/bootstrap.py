"""Puts the product together. The only module that knows which profile runs."""

import asyncio
import fcntl
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from pydantic import SecretStr

from chatwarden import _engine
from chatwarden.api.app import create_app
from chatwarden.api.ports import BotAccount, Operation, Ports
from chatwarden.api.webhooks.outgoing import make_deliverer
from chatwarden.bot.gate.question import newcomer_question
from chatwarden.bot.history import StoredHistory
from chatwarden.bot.words import LANGUAGES
from chatwarden.errors import ConfigurationError, DataDirectoryUnusable
from chatwarden.feed import MemoryFeed
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.pipeline.companion import Companion
from chatwarden.pipeline.guardian import Guardian
from chatwarden.pipeline.queue.sqlite import SqliteQueue
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.serving import Server, listening, public_address
from chatwarden.settings import Settings, demo_data_dir
from chatwarden.storage.database import Database, sqlite_url
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.master_key import make_master_key, read_master_keys
from chatwarden.storage.migrate import upgrade
from chatwarden.storage.repositories import sessions
from chatwarden.storage.repositories import waiting as stored
from chatwarden.storage.sealing import derive_key
from chatwarden.text_model import new_engine
from chatwarden.waiting import Waiting

if TYPE_CHECKING:
    from chatwarden.doctor.finding import Finding
    from chatwarden.telegram.client import TelegramClient
    from chatwarden.telegram.rights import AdminDirectory

log = structlog.get_logger()

DEMO_TOKEN = "42:DEMO-GROUP-NEEDS-NO-TOKEN"  # noqa: S105, of the simulator
LINK_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Started:
    """What the command line tells when the product is up."""

    address: str
    sign_in_link: str
    demo: bool


async def run_embedded(settings: Settings, *, on_started: Callable[[Started], None]) -> None:
    """Everything in this process, until SIGINT or SIGTERM.

    Raises PortTaken, DataDirectoryUnusable, TokenRejected, ConfigurationError: each says what to do.
    """
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listening(settings.host, settings.port))
        demo = settings.bot_token is None
        if demo:
            settings = await stack.enter_async_context(_demo(settings))
        stack.enter_context(alone_in(settings.data_dir))
        make_master_key(settings)
        masters = read_master_keys(settings)
        database = await stack.enter_async_context(opened_database(settings))
        # Connections of its own: whatever is asked of the API, a batch finds one to be stored by.
        asked = Database(sqlite_url(settings.data_dir))
        stack.push_async_callback(asked.close)
        # And so does whoever wants a key while others hold all of these.
        kept = Database(sqlite_url(settings.data_dir))
        stack.push_async_callback(kept.close)
        keyring = await Keyring.begin(kept, masters)
        assert settings.bot_token is not None
        feed = MemoryFeed(start=time.time_ns() // 1_000_000)
        token = settings.bot_token.get_secret_value()
        pseudonyms = Pseudonyms(keyring.key)
        bot_id = int(token.partition(":")[0])
        queue = SqliteQueue(database, bot_id=bot_id, feed=feed, pseudonyms=pseudonyms)

        def make_bot(
            telegram: "TelegramClient", admins: "AdminDirectory", username: str
        ) -> Companion:
            # It imports aiogram: only once the guardian has done so beside the start.
            from chatwarden.bot.bot import Bot
            from chatwarden.bot.ports import BotPorts

            judge = _engine.Engine()
            return Bot(
                BotPorts(
                    bot_id=queue.bot_id,
                    username=username,
                    database=database,
                    keyring=keyring,
                    actions=queue,
                    telegram=telegram,
                    admins=admins,
                    feed=feed,
                    catalogue=Catalogue.read(_engine.signals()),
                    history=history,
                    judge=lambda raw: judge.judge_batch(queue.bot_id, [raw]).items[0],
                    group_changed=lambda chat_id: guardian.group_changed(queue.bot_id, chat_id),
                    feedback_changed=lambda chat_id: guardian.feedback_changed(
                        queue.bot_id, chat_id
                    ),
                    pseudonyms=pseudonyms,
                    gate_secret=derive_key(keyring.key, purpose="gate"),
                    actions_added=guardian.wake_enforcer,
                    public_url=settings.public_url,
                )
            )

        guardian = Guardian(
            settings=settings,
            token=token,
            database=database,
            queue=queue,
            keyring=keyring,
            text_secret=derive_key(keyring.key, purpose="remembered texts"),
            feed=feed,
            make_companion=make_bot,
        )

        history = StoredHistory(database, bot_id=queue.bot_id, forget_record=guardian.forget_record)

        async def waiting() -> list[Waiting]:
            async with asked.transaction() as session:
                return await stored.waiting(session, now=datetime.now(UTC))

        async def account() -> BotAccount:
            return BotAccount(guardian.username)

        ports = Ports(
            settings=settings,
            database=asked,
            keyring=keyring,
            signing_key=derive_key(keyring.key, purpose="access tokens"),
            feed=feed,
            actions=queue,
            wake_enforcer=guardian.wake_enforcer,
            group_changed=guardian.group_changed,
            feedback_changed=guardian.feedback_changed,
            health=guardian.health,
            demo=demo,
            signals=_engine.signals(),
            new_engine=new_engine(settings.text_model).fresh,
            languages=LANGUAGES,
            newcomer_question=newcomer_question,
            operation=Operation(
                profile="embedded",
                bot_id=bot_id,
                waiting=waiting,
                replay=guardian.replay,
                wake_bot=guardian.wake_bot,
                examine=lambda: _examination(settings),
                account=account,
                pseudonyms=pseudonyms,
                forget=history.forget,
                forget_group=guardian.forget_group,
            ),
        )
        address = public_address(settings, listener)
        server = Server(create_app(ports), stopping=ports.stopping)
        link = await make_sign_in_link(database, address)
        deliverer = make_deliverer(database, keyring, signals=ports.signals, settings=settings)
        working = [
            asyncio.create_task(guardian.run(), name="guardian"),
            asyncio.create_task(deliverer.run(), name="webhooks"),
        ]
        for task in working:
            task.add_done_callback(lambda _: server.end())
        server.on_started = lambda: on_started(Started(address, link, demo))
        try:
            await server.serve(sockets=[listener])
        finally:
            for task in working:
                task.cancel()
            for task in working:
                with suppress(asyncio.CancelledError):
                    await task


def _examination(settings: Settings) -> "AsyncIterator[Finding]":
    # Redis' client, which it brings, is no part of this profile's start.
    from chatwarden.doctor.examination import examine

    return examine(settings)


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """The embedded profile's database in its newest layout."""
    database = Database(sqlite_url(settings.data_dir))
    try:
        await upgrade(database)
        yield database
    finally:
        await database.close()


async def make_sign_in_link(database: Database, address: str) -> str:
    """A link that signs the operator in once."""
    async with database.transaction() as session:
        secret = await sessions.make_sign_in_link(
            session, subject="operator", lifetime=LINK_LIFETIME
        )
    # Behind the # it reaches no server's log.
    return f"{address}/sign-in#link={secret}"


@contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Hold the data directory for this process; the lock ends with it, however it ends."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DataDirectoryUnusable(f"{data_dir}: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise ConfigurationError(
            f"Another Chatwarden uses {data_dir}. Stop it, or set CHATWARDEN_DATA_DIR."
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)


@asynccontextmanager
async def _demo(settings: Settings) -> AsyncIterator[Settings]:
    """The simulator with the demo group. Its world is new at each start, so is its database."""
    from chatwarden.simulator import create_app as create_simulator
    from chatwarden.simulator import serving
    from chatwarden.simulator.demo import play

    data_dir = demo_data_dir(settings)
    with alone_in(data_dir):
        for leftover in data_dir.iterdir():
            if leftover.name != "lock":
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    simulator = create_simulator(tokens=[DEMO_TOKEN])
    async with serving(simulator) as address:
        playing = asyncio.create_task(play(simulator, token=DEMO_TOKEN), name="demo")
        try:
            yield settings.model_copy(
                update={
                    "bot_token": SecretStr(DEMO_TOKEN),
                    "telegram_api": address,
                    "data_dir": data_dir,
                    "new_group_mode": "guard",
                }
            )
        finally:
            playing.cancel()
