"""The pipeline put together in this process: real engine, real SQLite, real aiogram, and a simulated Telegram."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from tests.support.keys import keyring_over
from tests.support.product import TOKEN
from tests.support.scene import BOT_ID, Scene, eventually

from chatwarden.feed import MemoryFeed
from chatwarden.outcomes.undo import undo_of_outcome
from chatwarden.pipeline.enforce.enforcer import Enforcer
from chatwarden.pipeline.enforce.groups import StoredGroups
from chatwarden.pipeline.enforce.lane import Lane
from chatwarden.pipeline.enrich.enricher import Enricher, FactSource
from chatwarden.pipeline.enrich.jobs import JobStore
from chatwarden.pipeline.queue.sqlite import SqliteQueue
from chatwarden.pipeline.scan import Scanned, Scanner
from chatwarden.pipeline.store import BatchStore
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.simulator import Simulator
from chatwarden.simulator.calls import Call
from chatwarden.simulator.state.ledger import Sanction
from chatwarden.storage.database import Database
from chatwarden.storage.models import Action, Enrichment, Group, GroupMode, Model, Outcome
from chatwarden.storage.sealing import Sealer
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.poll import UpdatePoll
from chatwarden.telegram.rights import AdminDirectory

KEY = bytes(range(32))
CHANGING = (
    "deleteMessages",
    "deleteMessage",
    "deleteAllMessageReactions",
    "restrictChatMember",
    "banChatMember",
    "unbanChatMember",
    "banChatSenderChat",
    "unbanChatSenderChat",
)
"""Methods that change something."""


def simulated_now(app: Simulator) -> datetime:
    """The pipeline's clock in these tests: the simulator's, so that both move together."""
    return datetime.fromtimestamp(app.world.clock.now(), UTC)


@dataclass
class Warden:
    """One bot's pipeline over a database of its own, and a group of its own."""

    scene: Scene
    database: Database
    telegram: TelegramClient
    feed: MemoryFeed = field(default_factory=MemoryFeed)
    clock_is_off: float = 0.0
    """Seconds by which the machine's clock is ahead of Telegram's."""

    def __post_init__(self) -> None:
        self.keyring = keyring_over(self.database, KEY)
        self.store = BatchStore(self.database, bot_id=BOT_ID)
        self.queue = SqliteQueue(
            self.database,
            bot_id=BOT_ID,
            feed=self.feed,
            pseudonyms=Pseudonyms(bytes(32)),
            clock=self.now,
        )
        self.groups = StoredGroups(self.database, bot_id=BOT_ID)
        self.admins = AdminDirectory(self.telegram, clock=self.scene.app.world.clock.now)
        self.scanner = self.new_scanner()

    @property
    def sealer(self) -> Sealer:
        """Of the deployment: what it sealed opens, whosever it is."""
        return self.keyring.deployment

    def now(self) -> datetime:
        return simulated_now(self.scene.app) + timedelta(seconds=self.clock_is_off)

    def pass_time(self, seconds: float) -> None:
        """For Telegram and for the pipeline alike."""
        self.scene.app.world.clock.advance(seconds)

    def new_scanner(
        self, *, mode: GroupMode = "guard", obtainable: frozenset[str] = frozenset()
    ) -> Scanner:
        return Scanner(
            bot_id=BOT_ID,
            store=self.store,
            keyring=self.keyring,
            feed=self.feed,
            new_group_mode=mode,
            obtainable=obtainable,
            clock=self.now,
        )

    def lane(self, chat_id: int | None = None) -> Lane:
        """A new one, as after a restart."""
        return Lane(
            chat_id=self.scene.group if chat_id is None else chat_id,
            queue=self.queue,
            groups=self.groups,
            telegram=self.telegram,
            admins=self.admins,
            clock=self.now,
        )

    async def poll(self) -> list[bytes]:
        """What Telegram has for the bot; not confirmed."""
        async with UpdatePoll(api=self.scene.url, token=TOKEN) as poll:
            return await poll.updates(offset=self.scanner.next_offset, wait=0)

    async def take(self) -> Scanned:
        """Poll once, and judge and store what came."""
        scanned = await self.scanner.scan(await self.poll())
        for chat_id in scanned.rights_changed:
            self.admins.forget(chat_id)
        return scanned

    async def spam(self, person: int, text: str) -> "Spam":
        """A message of a person, judged and stored; nothing is done about it yet."""
        message_id = await self.scene.say(person, text)
        await self.take()
        return Spam(self, message_id)

    def use_evidence(self, evidence: FactSource, *kinds: str) -> None:
        """From now on events may want these kinds of slow evidence; `look_into` fetches it."""
        self.scanner = self.new_scanner(obtainable=frozenset(kinds))
        self.enricher = self.new_enricher(evidence)

    def new_enricher(self, evidence: FactSource, *, deadline_seconds: float = 20.0) -> Enricher:
        return Enricher(
            jobs=JobStore(self.database, bot_id=BOT_ID, sealer=self.sealer),
            evidence=evidence,
            scanner=self.scanner,
            on_actions=lambda: None,
            deadline_seconds=deadline_seconds,
            clock=self.now,
        )

    async def look_into(self) -> None:
        """Let the enricher work until nothing waits."""
        running = asyncio.create_task(self.enricher.run())
        try:
            await eventually(self._nothing_waits, what="nothing waits for slow evidence")
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _nothing_waits(self) -> bool:
        return not await self.rows(Enrichment)

    async def enforce(self) -> None:
        """Carry out what is due now. Raises RetryLater."""
        lane = self.lane()
        while await lane.turn():
            pass

    async def rows(self, model: type[Model]) -> list[Any]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(model)))

    async def set_action(self, action_id: str, **values: Any) -> None:
        """Write into an action's row, as a process that died may have left it."""
        async with self.database.transaction() as session:
            await session.execute(update(Action).where(Action.id == action_id).values(**values))

    async def set_group(self, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.execute(
                update(Group).where(Group.chat_id == self.scene.group).values(**values)
            )

    async def group(self) -> Group:
        (found,) = [row for row in await self.rows(Group) if row.chat_id == self.scene.group]
        assert isinstance(found, Group)
        return found

    def calls(self, *methods: str, chat_id: int | None = None) -> list[Call]:
        """Calls about the group, in their order; those that change something where none is named."""
        chat = self.scene.group if chat_id is None else chat_id
        wanted = methods or CHANGING
        return [
            call for call in self.scene.app.api.calls.find(chat_id=chat) if call.method in wanted
        ]

    def sanctions(self, sender: int) -> list[Sanction]:
        """Calls that changed a sender's standing."""
        record = self.scene.record(sender)
        return [] if record is None else record.sanctions

    def repeats(self, sender: int) -> dict[str, int]:
        """Calls that changed nothing for a sender."""
        record = self.scene.record(sender)
        return {} if record is None else record.repeats

    def permissions(self, person: int) -> dict[str, Any] | None:
        chat = self.scene.app.world.chats[self.scene.group]
        member = self.scene.app.world.member(chat, self.scene.app.world.person(person))
        return None if member.permissions is None else member.permissions.payload()

    @asynccontextmanager
    async def enforcing(self) -> AsyncIterator[Enforcer]:
        """The enforcer at work beside the test."""
        enforcer = Enforcer(
            queue=self.queue,
            groups=self.groups,
            telegram=self.telegram,
            admins=self.admins,
            clock=self.now,
        )
        running = asyncio.create_task(enforcer.run())
        try:
            yield enforcer
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


@dataclass
class Spam:
    """A message with what is stored about it."""

    warden: Warden
    message_id: int

    async def outcome(self) -> Outcome:
        """The newest about the message."""
        rows: Iterable[Outcome] = await self.warden.rows(Outcome)
        mine = [
            row
            for row in rows
            if (row.chat_id, row.message_id) == (self.warden.scene.group, self.message_id)
        ]
        return max(mine, key=lambda row: row.update_id)

    async def state(self) -> str:
        return (await self.outcome()).state

    async def actions(self) -> dict[str, Action]:
        """By kind."""
        outcome = await self.outcome()
        rows: Iterable[Action] = await self.warden.rows(Action)
        return {row.kind: row for row in rows if row.trace_id == outcome.trace_id}

    async def action(self, kind: str) -> Action:
        return (await self.actions())[kind]

    async def ask_undo(self) -> None:
        """As the API does."""
        undo = undo_of_outcome(await self.outcome(), requested_by="operator", now=self.warden.now())
        if undo is not None:
            await self.warden.queue.add([undo])

    async def undo(self) -> dict[str, list[str]]:
        """Ask for it and carry it out; what was restored and what was not."""
        await self.ask_undo()
        await self.warden.enforce()
        result = (await self.action("undo")).result
        assert result is not None
        return result
