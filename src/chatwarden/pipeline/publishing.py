"""Copies groups' settings, and what they learned, from the database into Redis, where processors look for them.

In: the database. Out: published chats. At the start all of them, from then on each that changes, and every minute those that were
missed. Fails with StorageUnavailable; what was published stays.
"""

import asyncio

import structlog

from chatwarden.errors import StorageUnavailable
from chatwarden.health import PartHealth
from chatwarden.storage.database import Database
from chatwarden.storage.models import Group
from chatwarden.storage.repositories import feedback
from chatwarden.storage.repositories.groups import find_group, list_groups
from chatwarden.streams.chats import ChatSettings, PublishedChats

log = structlog.get_logger()

_LOOK_SECONDS = 1.0
_ALL_AFTER_LOOKS = 60


class Publisher:
    """One bot's groups."""

    def __init__(
        self, database: Database, chats: PublishedChats, *, bot_id: int, model: int
    ) -> None:
        """`model`: fingerprint of the text model that processors judge with; what was learned over another one is left out."""
        self._database = database
        self._chats = chats
        self._bot_id = bot_id
        self._model = model
        self.health = PartHealth("publisher", "starting", "Groups are being published.")

    async def run(self) -> None:
        """Publish until cancelled."""
        looks = 0
        while True:
            try:
                if looks % _ALL_AFTER_LOOKS == 0 or not await self._chats.is_loaded():
                    await self.publish_all()
                self.health = PartHealth("publisher", "ok", "Groups are published.")
            except StorageUnavailable as error:
                self.health = PartHealth("publisher", "failing", error.detail)
                log.error("groups wait to be published", detail=error.detail)
                await asyncio.sleep(error.seconds)
                continue
            looks += 1
            await asyncio.sleep(_LOOK_SECONDS)

    async def publish_all(self) -> None:
        """Publish every group; those that are the same cost a question."""
        async with self._database.transaction() as session:
            groups = await list_groups(session, bot_id=self._bot_id)
        # Each is read again: an admin may change one while the others are being published.
        changed = [group.chat_id for group in groups if await self.publish(group.chat_id)]
        await self._chats.mark_loaded()
        if changed:
            log.info("groups published", groups=len(changed), of=len(groups))

    async def publish(self, chat_id: int) -> bool:
        """Publish a group as it is now. True where it was published otherwise before."""
        async with self._database.transaction() as session:
            group = await find_group(session, bot_id=self._bot_id, chat_id=chat_id)
            learned = await feedback.find_learned(session, bot_id=self._bot_id, chat_id=chat_id)
        if group is None:
            return False
        is_of_model = learned is not None and learned.model == self._model
        return await self._publish(group, learned.delta if learned and is_of_model else b"")

    async def _publish(self, group: Group, delta: bytes) -> bool:
        facts = await self._chats.facts(group.chat_id) or {}
        admins = facts.get("admins", [])
        settings = ChatSettings(
            mode=group.mode,
            policy=group.policy,
            policy_version=group.policy_version,
            linked_chat_id=group.linked_chat_id,
            protected=sorted(admin["id"] for admin in admins),
            admins=admins,
        )
        return await self._chats.publish(group.chat_id, settings, learned=delta)
