"""What the enforcer has to know of a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chatwarden.storage.database import Database
from chatwarden.storage.models import GroupMode
from chatwarden.storage.repositories.allowed import allowed_ids
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.repositories.webhooks import note_rights


@dataclass(frozen=True, slots=True)
class GroupState:
    mode: GroupMode = "observe"
    linked_chat_id: int | None = None
    allowed: frozenset[int] = frozenset()
    """Users and channels to whom no verdict does anything."""
    missing_rights: frozenset[str] = frozenset()
    """Telegram's admin rights that the bot lacked when they were last asked for."""
    rights_checked_at: datetime | None = None


class GroupDirectory(Protocol):
    """One bot's groups, as the admins have set them. Fails with StorageUnavailable."""

    async def find(self, chat_id: int) -> GroupState:
        """One that is not known is observed."""
        ...

    async def note_rights(self, chat_id: int, missing: Sequence[str], *, now: datetime) -> None:
        """Remember which rights the bot lacks, for the admins to see."""
        ...


class StoredGroups:
    """In the database: the embedded profile's."""

    def __init__(self, database: Database, *, bot_id: int) -> None:
        self._database = database
        self._bot_id = bot_id

    async def find(self, chat_id: int) -> GroupState:
        async with self._database.transaction() as session:
            group = await find_group(session, bot_id=self._bot_id, chat_id=chat_id)
            allowed = await allowed_ids(session, bot_id=self._bot_id, chat_id=chat_id)
        if group is None:
            return GroupState()
        return GroupState(
            mode=group.mode,
            linked_chat_id=group.linked_chat_id,
            allowed=allowed,
            missing_rights=frozenset(group.missing_rights),
            rights_checked_at=group.rights_checked_at,
        )

    async def note_rights(self, chat_id: int, missing: Sequence[str], *, now: datetime) -> None:
        async with self._database.transaction() as session:
            group = await find_group(session, bot_id=self._bot_id, chat_id=chat_id)
            if group is not None:
                await note_rights(session, group, missing, checked_at=now)
