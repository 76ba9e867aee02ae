"""Copies groups' settings, and what they and their workspaces learned, from the database into Redis, where processors look for them.

In: the database. Out: published chats. At the start all of them, and whenever Redis was started anew or lost its memory; from then on
each that changes, and every minute those that were missed. Fails with StorageUnavailable; what was published stays.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden._engine import Engine, Shared, context_prefixes
from chatwarden.errors import StorageUnavailable
from chatwarden.health import PartHealth
from chatwarden.learning.learner import imported_tap, known_picture
from chatwarden.storage.database import Database
from chatwarden.storage.models import Group, Learned
from chatwarden.storage.repositories import context, feedback, imported, workspaces
from chatwarden.storage.repositories.groups import find_group, list_groups
from chatwarden.storage.repositories.standing import Standing, standing_of
from chatwarden.streams.chats import ChatSettings, PublishedChats, Taught

log = structlog.get_logger()

_LOOK_SECONDS = 1.0
_ALL_AFTER_LOOKS = 60


class Publisher:
    """One bot's groups."""

    def __init__(
        self, database: Database, chats: PublishedChats, *, bot_id: int, engine: Engine
    ) -> None:
        """`engine`: with the text model that processors judge with; what was learned over another one is left out."""
        self._database = database
        self._chats = chats
        self._bot_id = bot_id
        self._engine = engine
        self._published_into: list[bytes] = []
        """Redis' memories, when all groups were last published."""
        self._shared: dict[int, tuple[datetime | None, Shared | None]] = {}
        """What each workspace shares, and when it came to that."""
        self._imported: tuple[tuple[int, int], Shared | None] = ((0, 0), None)
        """What was taken in from elsewhere, for groups of no workspace."""
        self.health = PartHealth("publisher", "starting", "Groups are being published.")

    async def run(self) -> None:
        """Publish until cancelled."""
        looks = 0
        while True:
            try:
                is_other = await self._chats.memories() != self._published_into
                if looks % _ALL_AFTER_LOOKS == 0 or is_other or not await self._chats.is_loaded():
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
        memories = await self._chats.memories()
        async with self._database.transaction() as session:
            groups = await list_groups(session, bot_id=self._bot_id)
        # Each is read again: an admin may change one while the others are being published.
        changed = [group.chat_id for group in groups if await self.publish(group.chat_id)]
        await self._chats.mark_loaded(memories)
        self._published_into = memories
        if changed:
            log.info("groups published", groups=len(changed), of=len(groups))

    async def publish(
        self, chat_id: int, marks: Sequence[tuple[bytes, bytes]] | None = None
    ) -> bool:
        """Publish a group as it is now. `marks`: those of known spam that its last lesson changed, where that is why. True where it was
        published otherwise before.
        """
        async with self._database.transaction() as session:
            group = await find_group(session, bot_id=self._bot_id, chat_id=chat_id)
            if group is None:
                return False
            learned = await feedback.find_learned(session, bot_id=self._bot_id, chat_id=chat_id)
            taught = None if learned is None else await self._taught(session, learned)
            shared = await self._shared_with(session, group)
            standing = await standing_of(session, bot_id=self._bot_id, chat_id=chat_id)
        if learned is not None:
            await self._mark(learned, marks)
        return await self._publish(group, standing, taught, shared)

    async def _taught(self, session: AsyncSession, learned: Learned) -> Taught:
        which = {"bot_id": self._bot_id, "chat_id": learned.chat_id}
        pictures = await feedback.known_pictures(session, **which)
        return Taught(
            learned=learned.delta if learned.model == self._engine.model else None,
            pictures=[known_picture(row) for row in pictures[learned.chat_id]],
        )

    async def _shared_with(self, session: AsyncSession, group: Group) -> Shared | None:
        """What groups of its workspace agree on."""
        if group.workspace_id is None:
            return await self._taken_in(session)
        known = self._shared.get(group.workspace_id)
        shared_at, model = await workspaces.shared_state(session, group.workspace_id)
        if known is None or known[0] != shared_at:
            stored = None
            if model == self._engine.model:
                stored = await workspaces.find_shared(session, group.workspace_id)
            known = shared_at, None if stored is None else _read(stored, group.workspace_id)
            self._shared[group.workspace_id] = known
        return known[1]

    async def _taken_in(self, session: AsyncSession) -> Shared | None:
        state = await imported.imported_state(session)
        if state != self._imported[0]:
            taps = [imported_tap(row) for row in await imported.all_imported(session)]
            shared = await asyncio.to_thread(self._engine.share, taps) if taps else None
            self._imported = state, shared
        return self._imported[1]

    async def _mark(self, learned: Learned, marks: Sequence[tuple[bytes, bytes]] | None) -> None:
        """See to it that processors find the marks of known spam: the changed ones, or all where any others may be missing."""
        marked = await self._chats.marked(learned.chat_id)
        if marked == learned.version:
            return
        if marks is None or marked != learned.version - 1:
            async with self._database.transaction() as session:
                prefixes = context_prefixes(self._bot_id, learned.chat_id)
                marks = await context.records_under(session, prefixes)
        await self._chats.mark(learned.chat_id, marks, version=learned.version)

    async def _publish(
        self, group: Group, standing: Standing, taught: Taught | None, shared: Shared | None
    ) -> bool:
        facts = await self._chats.facts(group.chat_id) or {}
        admins = facts.get("admins", [])
        settings = ChatSettings(
            mode=group.mode,
            policy=group.policy,
            policy_version=group.policy_version,
            linked_chat_id=group.linked_chat_id,
            protected=sorted({admin["id"] for admin in admins} | standing.allowed),
            is_raided=standing.is_raided,
            admins=admins,
        )
        return await self._chats.publish(group.chat_id, settings, taught=taught, shared=shared)


def _read(stored: bytes, workspace_id: int) -> Shared | None:
    try:
        return Shared(stored)
    except ValueError as error:
        # Written by another version: the learner shares it anew.
        log.warning("what is shared cannot be read", workspace=workspace_id, reason=str(error))
        return None
