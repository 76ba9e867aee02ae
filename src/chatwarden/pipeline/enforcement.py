"""What needs the Telegram client, put together. Importing this imports aiogram, which takes seconds of CPU:
`Guardian` does so in a thread, after ingest and dashboard are up. Actions wait in the queue meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chatwarden.pipeline.enforce.enforcer import Enforcer
from chatwarden.pipeline.enforce.groups import GroupDirectory
from chatwarden.pipeline.group_facts import GroupFacts
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.pipeline.scan import Scanned, Scanner
from chatwarden.storage.database import Database
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.rights import AdminDirectory


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The parts that talk to Telegram."""

    enforcer: Enforcer
    admins: AdminDirectory
    facts: GroupFacts

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, *, api: str, token: str, database: Database, queue: ActionQueue, scanner: Scanner
    ) -> AsyncIterator["Enforcement"]:
        bot_id = int(token.partition(":")[0])
        async with TelegramClient.connect(api=api, token=token) as telegram:
            admins = AdminDirectory(telegram)
            yield cls(
                enforcer=Enforcer(
                    queue=queue,
                    groups=GroupDirectory(database, bot_id=bot_id),
                    telegram=telegram,
                    admins=admins,
                ),
                admins=admins,
                facts=GroupFacts(
                    bot_id=bot_id, database=database, telegram=telegram, scanner=scanner
                ),
            )

    async def run(self) -> None:
        """Carry out actions and learn about groups until cancelled. Raises TokenRejected."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.enforcer.run(), name="enforcer")
            tasks.create_task(self.facts.run(), name="group facts")

    def take(self, scanned: Scanned) -> None:
        """A batch was stored: forget rights that changed, look at new groups, carry out its actions."""
        for chat_id in scanned.rights_changed:
            self.admins.forget(chat_id)
        self.facts.want({*scanned.new_chats, *scanned.rights_changed})
        if scanned.actions:
            self.enforcer.wake()
