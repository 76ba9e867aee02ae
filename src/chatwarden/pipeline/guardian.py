"""One bot at work: ingest, scan and enforce, each started as soon as it can be.

In: settings and a token. Raises TokenRejected; otherwise runs until cancelled.
"""

import asyncio
import importlib
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from chatwarden.errors import NotNow, RetryLater, StorageUnavailable
from chatwarden.feed import Feed
from chatwarden.health import PartHealth
from chatwarden.learning.learner import Learner
from chatwarden.learning.meaning import MeaningLearner, SentenceEncoder
from chatwarden.learning.thresholds import Thresholds
from chatwarden.lists import ListFolder
from chatwarden.pipeline.companion import Companion, CompanionMaker
from chatwarden.pipeline.enforce.groups import StoredGroups
from chatwarden.pipeline.ingest import Ingest
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.pipeline.scan import Scanned, Scanner
from chatwarden.pipeline.store import BatchStore
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.repositories.groups import list_groups
from chatwarden.storage.repositories.standing import standings
from chatwarden.storage.retention import Retention
from chatwarden.telegram.poll import UpdatePoll
from chatwarden.text_model import take_text_model

if TYPE_CHECKING:
    from chatwarden.pipeline.enforcement import Enforcement

log = structlog.get_logger()

_FACTS_ARE_FRESH_SECONDS = 3600.0


class Guardian:
    """The embedded profile's pipeline."""

    def __init__(
        self,
        *,
        settings: Settings,
        token: str,
        database: Database,
        queue: ActionQueue,
        keyring: Keyring,
        text_secret: bytes,
        feed: Feed,
        make_companion: CompanionMaker,
    ) -> None:
        """`text_secret`: 32 bytes, by which texts are remembered without being known."""
        self._settings = settings
        self._token = token
        self._database = database
        self._queue = queue
        self._keyring = keyring
        self._text_secret = text_secret
        self._make_companion = make_companion
        self._companion: Companion | None = None
        self._username = ""
        self._bot_id = int(token.partition(":")[0])
        self._scanner = Scanner(
            bot_id=self._bot_id,
            store=BatchStore(database, bot_id=self._bot_id),
            keyring=keyring,
            feed=feed,
            new_group_mode=settings.new_group_mode,
            obtainable=settings.obtainable_evidence,
        )
        self._encoder = SentenceEncoder(settings)
        self._learner = Learner(
            database,
            self._scanner.engine,
            bot_id=self._bot_id,
            meaning=MeaningLearner(database, self._encoder, bot_id=self._bot_id, keyring=keyring),
        )
        self._thresholds = Thresholds(
            database,
            bot_id=self._bot_id,
            on_changed=lambda chat_id: self.group_changed(self._bot_id, chat_id),
        )
        self._changed_groups: asyncio.Queue[int] = asyncio.Queue()
        self._ingest: Ingest | None = None
        self._enforcement: Enforcement | None = None

    async def run(self) -> None:
        """Guard until cancelled. Raises TokenRejected."""
        async with UpdatePoll(api=self._settings.telegram_api, token=self._token) as poll:
            await self._sign_in(poll)
            async with self._database.transaction() as session:
                groups = await list_groups(session, bot_id=self._bot_id)
                standing = await standings(session, bot_id=self._bot_id)
            lists = None if self._settings.lists is None else ListFolder(self._settings.lists)
            if lists is not None:
                await asyncio.to_thread(lists.load, self._scanner.engine)
            if self._settings.text_model is not None:
                await asyncio.to_thread(
                    take_text_model, self._scanner.engine, self._settings.text_model
                )
            await self._scanner.start(groups, standing)
            await self._learner.start()
            self._ingest = Ingest(
                poll=poll,
                scanner=self._scanner,
                on_scanned=self._take,
            )
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._ingest.run(), name="ingest")
                tasks.create_task(self._enforce(), name="enforcement")
                tasks.create_task(self._take_changed_groups(), name="changed groups")
                tasks.create_task(self._learner.run(), name="learning")
                tasks.create_task(self._thresholds.run(), name="thresholds")
                tasks.create_task(Retention(self._database).run(), name="retention")
                if lists is not None:
                    tasks.create_task(lists.watch(self._scanner.engine), name="lists")

    def wake_enforcer(self) -> None:
        """An action was asked for from outside the pipeline."""
        if self._enforcement is not None:
            self._enforcement.enforcer.wake()

    def group_changed(self, bot_id: int, chat_id: int) -> None:
        """A group's settings were changed from outside the pipeline: they count from the next batch on."""
        if bot_id == self._bot_id:
            self._changed_groups.put_nowait(chat_id)

    async def replay(self, raws: Sequence[bytes]) -> None:
        """Judge updates that were set aside, and store what comes of them. Raises StorageUnavailable; NotNow while the start is under way."""
        if self._ingest is None:
            raise NotNow
        await self._take(await self._scanner.replay(raws))

    def wake_bot(self) -> None:
        """Something was put back for the bot to answer."""
        if self._companion is not None:
            self._companion.wake()

    @property
    def username(self) -> str | None:
        """The bot's; None while Telegram has not told it."""
        return self._username or None

    def forget_record(self, key: bytes) -> None:
        """Have the engine forget a record of its context."""
        self._scanner.engine.forget_record(key)

    async def forget_group(self, chat_id: int) -> None:
        """A group was erased: nothing of it is remembered, and it begins anew with what comes next of it. Raises StorageUnavailable."""
        await self._scanner.forget_group(chat_id)
        engine = self._scanner.engine
        engine.set_learned(self._bot_id, chat_id, None, None)
        engine.set_pictures(self._bot_id, chat_id, [])
        if self._enforcement is not None:
            self._enforcement.admins.forget(chat_id)

    def feedback_changed(self, bot_id: int, chat_id: int) -> None:
        """A group's feedback was given or taken back: it is learned at once."""
        if bot_id == self._bot_id:
            self._learner.feedback_changed(chat_id)

    async def health(self) -> list[PartHealth]:
        """How each part is, now."""
        if self._ingest is None:
            parts = [PartHealth("telegram", "starting", "Asking who the token is for.")]
        else:
            parts = [self._ingest.telegram, self._ingest.database]
        if self._enforcement is None:
            parts.append(PartHealth("enforcer", "starting", "The Telegram client is being loaded."))
        else:
            parts += [self._enforcement.enforcer.health, self._enforcement.enricher.health]
        if self._companion is not None:
            parts.append(self._companion.health)
        return parts

    async def _sign_in(self, poll: UpdatePoll) -> None:
        while True:
            try:
                identity = await poll.identity()
                await poll.take_over()
            except RetryLater as error:
                log.warning("telegram cannot be reached yet", detail=str(error))
                await asyncio.sleep(error.seconds)
            else:
                self._username = identity.username
                log.info("connected to Telegram", bot=f"@{identity.username}", bot_id=identity.id)
                return

    async def _opened_keyring(self) -> Keyring:
        return self._keyring

    async def _enforce(self) -> None:
        await asyncio.to_thread(importlib.import_module, "chatwarden.pipeline.enforcement")
        from chatwarden.pipeline.enforcement import Enforcement
        from chatwarden.pipeline.group_facts import StoredFacts

        async with Enforcement.connect(
            settings=self._settings,
            token=self._token,
            database=self._database,
            queue=self._queue,
            groups=StoredGroups(self._database, bot_id=self._bot_id),
            keeper=StoredFacts(
                self._database,
                self._scanner,
                bot_id=self._bot_id,
                keyring=self._keyring,
                on_moved=self._learner.workspaces_changed,
            ),
            second_rounds=self._scanner,
            sealer=self._keyring.deployment,
            text_secret=self._text_secret,
            encoder=self._encoder,
            open_keyring=self._opened_keyring,
        ) as enforcement:
            async with self._database.transaction() as session:
                groups = await list_groups(session, bot_id=self._bot_id)
            enforcement.facts.want(group.chat_id for group in groups)
            self._enforcement = enforcement
            companion = self._make_companion(
                enforcement.telegram, enforcement.admins, self._username
            )
            self._companion = companion
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(enforcement.run(), name="enforcement")
                tasks.create_task(companion.run(), name="bot")
                tasks.create_task(self._refresh_facts(enforcement), name="facts")

    async def _refresh_facts(self, enforcement: "Enforcement") -> None:
        """Where the bot is no admin it is not told who became one: roles are asked for, once an hour."""
        while True:
            await asyncio.sleep(_FACTS_ARE_FRESH_SECONDS)
            with suppress(StorageUnavailable):
                async with self._database.transaction() as session:
                    groups = await list_groups(session, bot_id=self._bot_id)
                enforcement.facts.want(group.chat_id for group in groups if group.left_at is None)

    async def _take_changed_groups(self) -> None:
        while True:
            changed = {await self._changed_groups.get()}
            while not self._changed_groups.empty():
                changed.add(self._changed_groups.get_nowait())
            try:
                await self._scanner.take_groups(changed)
            except StorageUnavailable as error:
                log.error("groups' settings wait for the database", detail=error.detail)
                await asyncio.sleep(error.seconds)
                for chat_id in changed:
                    self._changed_groups.put_nowait(chat_id)
            else:
                log.info("groups changed", chat_ids=sorted(changed))

    async def _take(self, scanned: Scanned) -> None:
        if self._enforcement is not None:
            self._enforcement.take(scanned)
        if scanned.interactions and self._companion is not None:
            self._companion.wake()
        for chat_id in scanned.feedback_changed:
            self._learner.feedback_changed(chat_id)
