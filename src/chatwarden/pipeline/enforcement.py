"""What needs the Telegram client, put together. Importing this imports aiogram, which takes seconds of CPU:
`Guardian` does so in a thread, after ingest and dashboard are up. Actions wait in the queue meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chatwarden.learning.meaning import MeaningReader, OpenKeyring, SentenceEncoder
from chatwarden.pipeline.enforce.enforcer import Enforcer
from chatwarden.pipeline.enforce.groups import GroupDirectory
from chatwarden.pipeline.enrich.enricher import Enricher, SecondRounds
from chatwarden.pipeline.enrich.evidence import Evidence
from chatwarden.pipeline.enrich.jobs import JobStore
from chatwarden.pipeline.group_facts import FactKeeper, GroupFacts
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.pipeline.scan import Scanned
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.sealing import Sealer
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.rights import AdminDirectory


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The parts that talk to Telegram."""

    telegram: TelegramClient
    enforcer: Enforcer
    admins: AdminDirectory
    facts: GroupFacts
    evidence: Evidence
    enricher: Enricher

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        *,
        settings: Settings,
        token: str,
        database: Database,
        queue: ActionQueue,
        groups: GroupDirectory,
        keeper: FactKeeper,
        second_rounds: SecondRounds,
        sealer: Sealer,
        text_secret: bytes,
        encoder: SentenceEncoder,
        open_keyring: OpenKeyring,
    ) -> AsyncIterator["Enforcement"]:
        """`text_secret`: 32 bytes, by which texts are remembered without being known. `open_keyring`: asked for what feedback means, which rests sealed."""
        bot_id = int(token.partition(":")[0])
        meaning = MeaningReader(
            database, encoder, bot_id=bot_id, secret=text_secret, open_keyring=open_keyring
        )
        async with (
            TelegramClient.connect(api=settings.telegram_api, token=token) as telegram,
            Evidence.connect(
                settings, telegram=telegram, secret=text_secret, meaning=meaning
            ) as evidence,
        ):
            admins = AdminDirectory(telegram)
            enforcer = Enforcer(
                queue=queue,
                groups=groups,
                telegram=telegram,
                admins=admins,
            )
            yield cls(
                telegram=telegram,
                enforcer=enforcer,
                admins=admins,
                evidence=evidence,
                enricher=Enricher(
                    jobs=JobStore(database, bot_id=bot_id, sealer=sealer),
                    evidence=evidence,
                    scanner=second_rounds,
                    on_actions=enforcer.wake,
                ),
                facts=GroupFacts(telegram=telegram, keeper=keeper),
            )

    async def run(self) -> None:
        """Carry out actions, learn about groups and fetch slow evidence until cancelled. Raises TokenRejected."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.enforcer.run(), name="enforcer")
            tasks.create_task(self.facts.run(), name="group facts")
            tasks.create_task(self.evidence.run(), name="lists of spammers")
            tasks.create_task(self.enricher.run(), name="enricher")

    def take(self, scanned: Scanned) -> None:
        """A batch was stored: forget rights that changed, look at new groups, carry out its actions, fetch what it wants."""
        for chat_id in scanned.rights_changed:
            self.admins.forget(chat_id)
        self.facts.want({*scanned.new_chats, *scanned.rights_changed})
        if scanned.actions:
            self.enforcer.wake()
        if scanned.enrichments:
            self.enricher.wake()
