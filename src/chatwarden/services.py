"""Puts the distributed profile's services together. Beside `bootstrap`, the only module that knows which profile runs.

Each service is a process of its own, in any number. All need the same settings: token, Redis, the master key, and but for ingest and enforce
the database. Raises ConfigurationError where one is missing.
"""

import asyncio
import importlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from chatwarden import _engine
from chatwarden.api.app import create_app
from chatwarden.api.ports import BotAccount, Operation, Ports
from chatwarden.api.webhooks.outgoing import make_deliverer
from chatwarden.bot.gate.question import newcomer_question
from chatwarden.bot.history import Written, written
from chatwarden.bot.words import LANGUAGES
from chatwarden.doctor.apart import examine_apart
from chatwarden.errors import (
    ConfigurationError,
    RetryLater,
    SealBroken,
    StorageUnavailable,
    TokenRejected,
)
from chatwarden.health import HealthPages, PartHealth
from chatwarden.learning.learner import Learner
from chatwarden.learning.meaning import MeaningLearner, SentenceEncoder
from chatwarden.learning.thresholds import Thresholds
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.pipeline.intake import Intake
from chatwarden.pipeline.introduction import Introduction
from chatwarden.pipeline.polling import LeadingPoll
from chatwarden.pipeline.publishing import Publisher
from chatwarden.pipeline.queue.redis import RedisQueue
from chatwarden.pipeline.recorder import Recorder
from chatwarden.pipeline.webhook import Webhook
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.serving import Server, listening, public_address, webhook_address, webhook_secret
from chatwarden.settings import Settings
from chatwarden.shadow.copying import Shadow, Staging
from chatwarden.shadow.masking import Masking
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Group, Keyring, place_of
from chatwarden.storage.master_key import (
    LocalMasterKey,
    is_master_key_given,
    read_master_keys,
)
from chatwarden.storage.repositories import waiting as stored
from chatwarden.storage.retention import Retention
from chatwarden.storage.sealing import Sealer, derive_key
from chatwarden.streams.chats import PublishedChats
from chatwarden.streams.connection import connected
from chatwarden.streams.feed import RedisFeed
from chatwarden.streams.history import forget, messages_of
from chatwarden.streams.partitions import Partitions
from chatwarden.streams.waiting import waiting_in
from chatwarden.telegram.poll import UpdatePoll
from chatwarden.text_model import new_engine
from chatwarden.waiting import Waiting

log = structlog.get_logger()
_T = TypeVar("_T")

_FACTS_ARE_FRESH = timedelta(hours=1)
_LOOK_FOR_FACTS_SECONDS = 30.0
_FACTS_LEASE_MILLISECONDS = 60_000
_CARDS_LEASE_MILLISECONDS = 10_000
_LOOK_FOR_INTERACTIONS_SECONDS = 0.3
_THRESHOLDS_LEASE_MILLISECONDS = 3_600_000
_LOOK_FOR_LEASE_SECONDS = 60.0


class Deployment:
    """What all services of one bot share."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        if settings.bot_token is None:
            raise ConfigurationError("CHATWARDEN_BOT_TOKEN is missing.")
        if not is_master_key_given(settings):
            raise ConfigurationError("CHATWARDEN_MASTER_KEY_FILE is missing.")
        self.settings = settings
        self.token = settings.bot_token.get_secret_value()
        self.bot_id = int(self.token.partition(":")[0])
        self.masters = read_master_keys(settings)
        self.key = b""
        """The deployment's data key, once `take_key` or `open_keyring` has found it."""
        self._stack = stack

    async def partitions(self) -> Partitions:
        if self.settings.redis_url is None:
            raise ConfigurationError("CHATWARDEN_REDIS_URL is missing.")
        url = self.settings.redis_url.get_secret_value()
        client = await self._stack.enter_async_context(connected(url))
        return Partitions(client, bot_id=self.bot_id)

    def database(self) -> Database:
        if self.settings.database_url is None:
            raise ConfigurationError("CHATWARDEN_DATABASE_URL is missing.")
        database = Database(self.settings.database_url.get_secret_value())
        self._stack.push_async_callback(database.close)
        return database

    def engine(self) -> _engine.Engine:
        """With the deployment's text model."""
        return new_engine(self.settings.text_model)

    @property
    def sealer(self) -> Sealer:
        """Of what is on its way."""
        return Sealer(self.key)

    async def take_key(self, partitions: Partitions) -> None:
        """Find the deployment's data key in Redis: whoever has the database brings it there. Waits for both; raises ConfigurationError where no master key opens it."""
        self.key = await _patiently_for_key(lambda: self._key_in(partitions))

    async def open_keyring(self, partitions: Partitions) -> Keyring:
        """Open the data keys in the database, and bring the deployment's to Redis. Waits for both; raises ConfigurationError."""
        # Connections of its own: who holds one of the others must not wait for another.
        database = self.database()

        async def opened() -> Keyring:
            agreed, _ = await partitions.data_key()
            is_former_versions = self.masters.find(agreed) is not None
            keyring = await Keyring.begin(database, self.masters, sealed_before=is_former_versions)
            await partitions.bring_data_key(keyring.deployment.key_id, keyring.wrapped)
            return keyring

        keyring = await _patiently_for_key(opened)
        self.key = keyring.key
        return keyring

    async def _key_in(self, partitions: Partitions) -> bytes | None:
        id_, wrapped = await partitions.data_key()
        if id_ is None:
            return None
        for master in self.masters:
            if isinstance(master, LocalMasterKey) and master.id == id_:
                return master.key  # as versions without data keys had it
            with suppress(SealBroken):
                return await master.unwrap(wrapped or b"", place=place_of(id_))
        raise ConfigurationError(
            f"None of the master keys given, {self.masters.ids}, opens the data key {id_} that the other services of this bot have. "
            f"Give all of them the same (docs/guides/keys.md). Where none of them runs any more, DEL {partitions.key(0, 'key')} in Redis."
        )

    @property
    def webhook_address(self) -> str:
        """Where Telegram delivers to. Raises ConfigurationError."""
        return webhook_address(self.settings, self.bot_id)

    @property
    def webhook_secret(self) -> str:
        """What Telegram is told to show: the same in every process, and known to nobody else."""
        return webhook_secret(self.key, self.bot_id)


class _LateKeyring:
    """The data keys of a service that lives without the database as long as nothing sealed is to be read: opened when they are first asked for."""

    def __init__(self, deployment: Deployment, partitions: Partitions) -> None:
        self._deployment = deployment
        self._partitions = partitions
        self._opening: asyncio.Future[Keyring] | None = None
        self._opened = asyncio.Event()

    async def open(self) -> Keyring:
        """Waits for the database; raises ConfigurationError."""
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._deployment.open_keyring(self._partitions))
        # Whoever waits no longer leaves it to the others.
        keyring = await asyncio.shield(self._opening)
        self._opened.set()
        return keyring

    async def run(self) -> None:
        """Once they are open, forget what other processes destroyed, until cancelled."""
        await self._opened.wait()
        await _follow_keys(await self.open(), self._partitions)


@asynccontextmanager
async def _deployment(settings: Settings) -> AsyncIterator[Deployment]:
    async with AsyncExitStack() as stack:
        yield Deployment(settings, stack)


async def staging_address(settings: Settings) -> Staging:
    """Where a `chatwarden shadow` may copy updates to, with the secret that Telegram is told. Waits until the deployment has its key; raises ConfigurationError."""
    async with _deployment(settings) as deployment:
        await deployment.take_key(await deployment.partitions())
        return Staging(deployment.webhook_address, deployment.webhook_secret, deployment.bot_id)


async def run_ingest(settings: Settings, *, on_started: Callable[[str], None]) -> None:
    """Take updates, by webhook or by poll, until SIGINT or SIGTERM. `on_started` is told the address it serves. Raises TokenRejected."""
    async with _deployment(settings) as deployment:
        partitions = await deployment.partitions()
        await deployment.take_key(partitions)
        intake = Intake(partitions, sealer=deployment.sealer, durability=settings.durability)
        async with UpdatePoll(api=settings.telegram_api, token=deployment.token) as telegram:
            if settings.ingest == "poll":
                introduction = Introduction(telegram.take_over)
                poll = LeadingPoll(partitions, intake, telegram)
                then: Callable[[], Coroutine[None, None, object]] = poll.run
            else:
                address = deployment.webhook_address
                secret = deployment.webhook_secret
                introduction = Introduction(lambda: telegram.deliver_to(address, secret=secret))
                then = asyncio.Event().wait

            async def work() -> None:
                await introduction.make()
                await then()

            async def health() -> list[PartHealth]:
                return [await _redis_health(partitions), introduction.health]

            webhook = Webhook(
                intake,
                bot_id=deployment.bot_id,
                secret=deployment.webhook_secret,
                pages=HealthPages(health),
            )
            await _serve(webhook, settings, work(), on_started=on_started)


async def run_shadow(settings: Settings, *, on_started: Callable[[str], None]) -> None:
    """Copy masked updates to a staging deployment until SIGINT or SIGTERM. One process a bot."""
    async with _deployment(settings) as deployment:
        if settings.shadow_to is None:
            raise ConfigurationError("CHATWARDEN_SHADOW_TO is missing.")
        staging = Staging.read(settings.shadow_to.get_secret_value())
        partitions = await deployment.partitions()
        await deployment.take_key(partitions)
        shadow = Shadow(
            partitions,
            sealer=deployment.sealer,
            masking=Masking(deployment.key, bot_id=deployment.bot_id, as_bot=staging.bot_id),
            staging=staging,
            share=settings.shadow_share,
        )

        async def work() -> None:
            await shadow.run()

        async def health() -> list[PartHealth]:
            return [await _redis_health(partitions), shadow.health]

        await _serve(HealthPages(health), settings, work(), on_started=on_started)


async def run_enforce(settings: Settings, *, on_started: Callable[[str], None]) -> None:
    """Carry out actions and fetch slow evidence until SIGINT or SIGTERM. Raises TokenRejected."""
    await asyncio.to_thread(importlib.import_module, "chatwarden.pipeline.enforcement")
    from chatwarden.pipeline.enforcement import Enforcement
    from chatwarden.pipeline.published_groups import PublishedFacts, PublishedGroups

    async with _deployment(settings) as deployment:
        partitions = await deployment.partitions()
        await deployment.take_key(partitions)
        queue = RedisQueue(partitions)
        chats = PublishedChats(partitions, sealer=deployment.sealer)
        keyring = _LateKeyring(deployment, partitions)
        async with Enforcement.connect(
            settings=settings,
            token=deployment.token,
            database=deployment.database(),
            queue=queue,
            groups=PublishedGroups(chats, new_group_mode=settings.new_group_mode),
            keeper=PublishedFacts(chats),
            second_rounds=Intake(partitions, sealer=deployment.sealer),
            sealer=deployment.sealer,
            text_secret=derive_key(deployment.key, purpose="remembered texts"),
            encoder=SentenceEncoder(settings),
            open_keyring=keyring.open,
        ) as enforcement:

            async def work() -> None:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(enforcement.run(), name="enforcement")
                    tasks.create_task(keyring.run(), name="keys")

                    tasks.create_task(
                        _follow(queue.wakes, lambda _: enforcement.enforcer.wake()), name="wakes"
                    )
                    tasks.create_task(
                        _follow(partitions.wanted, lambda _: enforcement.enricher.wake()),
                        name="wanted",
                    )

                    def rights_changed(chat_id: int) -> None:
                        enforcement.admins.forget(chat_id)
                        enforcement.facts.want([chat_id])

                    tasks.create_task(
                        _follow(partitions.changed_rights, rights_changed), name="rights"
                    )
                    tasks.create_task(
                        _want_stale_facts(partitions, chats, enforcement.facts.want), name="facts"
                    )

            async def health() -> list[PartHealth]:
                return [enforcement.enforcer.health, enforcement.enricher.health]

            await _serve(HealthPages(health), settings, work(), on_started=on_started)


async def run_bot(settings: Settings, *, on_started: Callable[[str], None]) -> None:
    """Answer commands and buttons and send cards, until SIGINT or SIGTERM. Raises TokenRejected."""
    await asyncio.to_thread(importlib.import_module, "chatwarden.bot.bot")
    from chatwarden.bot.bot import Bot
    from chatwarden.bot.ports import BotPorts
    from chatwarden.telegram.client import TelegramClient
    from chatwarden.telegram.rights import AdminDirectory

    async with _deployment(settings) as deployment:
        bot_id = deployment.bot_id
        partitions = await deployment.partitions()
        keyring = await deployment.open_keyring(partitions)
        database = deployment.database()
        chats = PublishedChats(partitions, sealer=deployment.sealer)
        engine = deployment.engine()
        publisher = Publisher(database, chats, bot_id=bot_id, engine=engine)
        feed = RedisFeed(partitions.client, bot_id=bot_id)
        owner = secrets.token_hex(8)

        async def is_leading() -> bool:
            return bool(
                await partitions.hold(0, owner, "cards", milliseconds=_CARDS_LEASE_MILLISECONDS)
            )

        async with (
            UpdatePoll(api=settings.telegram_api, token=deployment.token) as poll,
            TelegramClient.connect(api=settings.telegram_api, token=deployment.token) as telegram,
        ):
            identity = await _patiently(poll.identity)
            admins = AdminDirectory(telegram)

            async def work() -> None:
                async with asyncio.TaskGroup() as tasks:
                    bot = Bot(
                        BotPorts(
                            bot_id=bot_id,
                            username=identity.username,
                            database=database,
                            keyring=keyring,
                            actions=RedisQueue(partitions),
                            telegram=telegram,
                            admins=admins,
                            feed=feed,
                            catalogue=Catalogue.read(_engine.signals()),
                            history=_RedisHistory(partitions),
                            judge=lambda raw: engine.judge_batch(bot_id, [raw]).items[0],
                            group_changed=lambda chat_id: tasks.create_task(
                                _or_later(publisher.publish(chat_id))
                            ),
                            feedback_changed=lambda chat_id: tasks.create_task(
                                _or_later(chats.tell_taught(chat_id))
                            ),
                            pseudonyms=Pseudonyms(deployment.key),
                            gate_secret=derive_key(deployment.key, purpose="gate"),
                            public_url=settings.public_url,
                        ),
                        is_leading=is_leading,
                        look_seconds=_LOOK_FOR_INTERACTIONS_SECONDS,
                    )
                    running.append(bot)
                    tasks.create_task(bot.run(), name="bot")
                    tasks.create_task(feed.run(), name="feed")
                    tasks.create_task(_follow_keys(keyring, partitions), name="keys")
                    tasks.create_task(
                        _follow(partitions.changed_rights, admins.forget), name="rights"
                    )

            running: list[Bot] = []

            async def health() -> list[PartHealth]:
                if not running:
                    return [PartHealth("bot", "starting", "Being started.")]
                return [running[0].health]

            await _serve(HealthPages(health), settings, work(), on_started=on_started)


class _RedisHistory:
    def __init__(self, partitions: Partitions) -> None:
        self._partitions = partitions

    async def messages_of(self, chat_id: int, sender_id: int) -> list[Written]:
        return written(await messages_of(self._partitions, chat_id, sender_id))

    async def forget(self, chat_id: int, sender_id: int) -> None:
        await forget(self._partitions, chat_id, sender_id)


async def _patiently(ask: Callable[[], Awaitable[_T]]) -> _T:
    """Ask until there is an answer."""
    while True:
        try:
            return await ask()
        except RetryLater as error:
            log.warning("telegram cannot be reached yet", detail=str(error))
            await asyncio.sleep(error.seconds)


async def run_record(settings: Settings, *, on_started: Callable[[str], None]) -> None:
    """Record what was judged and done, publish settings, learn, until SIGINT or SIGTERM."""
    async with _deployment(settings) as deployment:
        partitions = await deployment.partitions()
        keyring = await deployment.open_keyring(partitions)
        database = deployment.database()
        engine = deployment.engine()
        chats = PublishedChats(partitions, sealer=deployment.sealer)
        publisher = Publisher(database, chats, bot_id=deployment.bot_id, engine=engine)

        async def learned(chat_id: int, marks: Sequence[tuple[bytes, bytes]]) -> None:
            await publisher.publish(chat_id, marks)

        learner = Learner(
            database,
            engine,
            bot_id=deployment.bot_id,
            meaning=MeaningLearner(
                database,
                SentenceEncoder(settings),
                bot_id=deployment.bot_id,
                keyring=keyring,
            ),
            on_learned=learned,
        )
        feed = RedisFeed(partitions.client, bot_id=deployment.bot_id)
        recorder = Recorder(
            partitions=partitions,
            chats=chats,
            database=database,
            queue=RedisQueue(partitions),
            keyring=keyring,
            feed=feed,
            new_group_mode=settings.new_group_mode,
            obtainable=settings.obtainable_evidence,
            publish=publisher.publish,
            learner=learner,
        )
        deliverer = make_deliverer(database, keyring, signals=_engine.signals(), settings=settings)

        async def work() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(recorder.run(), name="recorder")
                tasks.create_task(publisher.run(), name="publisher")
                tasks.create_task(_learn(learner), name="learning")
                tasks.create_task(
                    _follow_keys(keyring, partitions, recorder.forget_group), name="keys"
                )
                tasks.create_task(Retention(database).run(), name="retention")
                tasks.create_task(deliverer.run(), name="webhooks")
                tasks.create_task(
                    _move_thresholds(partitions, database, publisher), name="thresholds"
                )

        async def health() -> list[PartHealth]:
            return [recorder.health, publisher.health]

        await _serve(HealthPages(health), settings, work(), on_started=on_started)


async def run_api(settings: Settings, *, on_started: Callable[[str], None]) -> None:
    """Serve the API and the dashboard until SIGINT or SIGTERM."""
    async with _deployment(settings) as deployment:
        partitions = await deployment.partitions()
        keyring = await deployment.open_keyring(partitions)
        database = deployment.database()
        chats = PublishedChats(partitions, sealer=deployment.sealer)
        publisher = Publisher(database, chats, bot_id=deployment.bot_id, engine=deployment.engine())
        feed = RedisFeed(partitions.client, bot_id=deployment.bot_id)
        async with asyncio.TaskGroup() as tasks:

            def group_changed(bot_id: int, chat_id: int) -> None:
                tasks.create_task(_or_later(publisher.publish(chat_id)), name="publish")

            def feedback_changed(bot_id: int, chat_id: int) -> None:
                tasks.create_task(_or_later(chats.tell_taught(chat_id)), name="taught")

            async def health() -> list[PartHealth]:
                return [await _published_health(chats)]

            intake = Intake(partitions, sealer=deployment.sealer, durability=settings.durability)

            async def waiting() -> list[Waiting]:
                now = datetime.now(UTC)
                async with database.transaction() as session:
                    rest = await stored.waiting(session, now=now, with_actions=False)
                return [*await waiting_in(partitions, now=now), *rest]

            ports = Ports(
                settings=settings,
                database=database,
                keyring=keyring,
                signing_key=derive_key(deployment.key, purpose="access tokens"),
                feed=feed,
                actions=RedisQueue(partitions),
                wake_enforcer=lambda: None,  # The queue does.
                group_changed=group_changed,
                feedback_changed=feedback_changed,
                health=health,
                demo=False,
                signals=_engine.signals(),
                new_engine=deployment.engine().fresh,
                languages=LANGUAGES,
                newcomer_question=newcomer_question,
                operation=Operation(
                    profile="distributed",
                    bot_id=deployment.bot_id,
                    waiting=waiting,
                    replay=intake.put_all,
                    wake_bot=lambda: None,  # It looks by itself.
                    examine=examine_apart,
                    account=Account(settings.telegram_api, deployment.token).ask,
                    pseudonyms=Pseudonyms(deployment.key),
                    forget=_RedisHistory(partitions).forget,
                    forget_group=chats.forget,
                ),
            )
            with listening(settings.host, settings.port) as listener:
                server = Server(create_app(ports), stopping=ports.stopping)
                server.on_started = lambda: on_started(public_address(settings, listener))
                following = [
                    tasks.create_task(feed.run(), name="feed"),
                    tasks.create_task(_follow_keys(keyring, partitions), name="keys"),
                ]
                await server.serve(sockets=[listener])
                for task in following:
                    task.cancel()


class Account:
    """The bot's name, asked of Telegram once it is wanted."""

    def __init__(self, api: str, token: str) -> None:
        self._api, self._token = api, token
        self._known: BotAccount | None = None

    async def ask(self) -> BotAccount:
        if self._known is None:
            try:
                async with UpdatePoll(api=self._api, token=self._token) as telegram:
                    self._known = BotAccount((await telegram.identity()).username)
            except (RetryLater, TokenRejected) as error:
                return BotAccount(None, f"{error.text} {error.hint}")
        return self._known


async def _patiently_for_key(ask: Callable[[], Awaitable[_T | None]]) -> _T:
    while True:
        pause = 1.0
        try:
            if (found := await ask()) is not None:
                return found
            log.warning("the start waits for a service that has the database to bring the key")
        except StorageUnavailable as error:
            log.error("the start waits", detail=error.detail)
            pause = error.seconds
        await asyncio.sleep(pause)


async def _follow_keys(
    keyring: Keyring, partitions: Partitions, on_destroyed: Callable[[int], None] = lambda _: None
) -> None:
    """Forget what another process erased, and let Redis have the deployment's key as it is wrapped by now. `on_destroyed`: told of chats."""

    async def refreshed(destroyed: set[Group]) -> None:
        for bot_id, chat_id in destroyed:
            if bot_id == partitions.bot_id:
                on_destroyed(chat_id)
        await partitions.bring_data_key(keyring.deployment.key_id, keyring.wrapped)

    await keyring.follow(refreshed)


async def _or_later(telling: Awaitable[object]) -> None:
    try:
        await telling
    except StorageUnavailable as error:
        # `record` publishes every group once a minute, and looks for what was not learned.
        log.error("a change waits to be told", detail=error.detail)


async def _learn(learner: Learner) -> None:
    while True:
        try:
            await learner.start()
            break
        except StorageUnavailable as error:
            await asyncio.sleep(error.seconds)
    await learner.run()


async def _move_thresholds(
    partitions: Partitions, database: Database, publisher: Publisher
) -> None:
    """Move groups' own thresholds once an hour, by one process of several."""
    thresholds = Thresholds(database, bot_id=partitions.bot_id, on_changed=lambda _: None)
    while True:
        try:
            owner = secrets.token_hex(8)
            if await partitions.hold(
                0, owner, "thresholds", milliseconds=_THRESHOLDS_LEASE_MILLISECONDS
            ):
                for chat_id in await thresholds.move():
                    await publisher.publish(chat_id)
        except StorageUnavailable as error:
            log.error("thresholds wait", detail=error.detail)
        await asyncio.sleep(_LOOK_FOR_LEASE_SECONDS)


async def _redis_health(partitions: Partitions) -> PartHealth:
    try:
        await partitions.ping()
    except StorageUnavailable as error:
        return PartHealth("redis", "failing", error.detail)
    return PartHealth("redis", "ok", "Redis answers.")


async def _published_health(chats: PublishedChats) -> PartHealth:
    try:
        loaded = await chats.is_loaded()
    except StorageUnavailable as error:
        return PartHealth("redis", "failing", error.detail)
    if not loaded:
        return PartHealth("redis", "starting", "Groups are being published.")
    return PartHealth("redis", "ok", "Groups are published.")


async def _follow(source: Callable[[], AsyncIterator[_T]], take: Callable[[_T], object]) -> None:
    """Take what a channel says, for ever; what is said while Redis is away is missed."""
    while True:
        try:
            async for told in source():
                take(told)
        except StorageUnavailable as error:
            await asyncio.sleep(error.seconds)


async def _want_stale_facts(
    partitions: Partitions, chats: PublishedChats, want: Callable[[list[int]], None]
) -> None:
    """Have groups asked about that nobody asked about lately, each partition's by one enforcer."""
    owner = secrets.token_hex(8)
    while True:
        try:
            for number in range(len(partitions)):
                if await partitions.hold(
                    number, owner, "facts", milliseconds=_FACTS_LEASE_MILLISECONDS
                ):
                    now = datetime.now(UTC)
                    want(await chats.without_facts_since(number, now - _FACTS_ARE_FRESH, now=now))
        except StorageUnavailable as error:
            log.error("groups are not asked about", detail=error.detail)
        await asyncio.sleep(_LOOK_FOR_FACTS_SECONDS)


async def _serve(
    app: object,
    settings: Settings,
    work: Coroutine[None, None, None],
    *,
    on_started: Callable[[str], None],
) -> None:
    """Serve and work until a signal; where the work fails, its error is raised."""
    with listening(settings.host, settings.port) as listener:
        server = Server(app)
        server.on_started = lambda: on_started(public_address(settings, listener))
        working = asyncio.create_task(work, name="work")
        working.add_done_callback(lambda _: server.end())
        try:
            await server.serve(sockets=[listener])
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
