"""What the enforcer has to know of a group, in Redis: the distributed profile's. Deletions go on while the database is away."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import msgspec

from chatwarden.errors import StorageUnavailable
from chatwarden.pipeline.enforce.groups import GroupState
from chatwarden.pipeline.group_facts import Facts
from chatwarden.storage.models import GroupMode
from chatwarden.streams.chats import PublishedChats


class PublishedGroups:
    """A `GroupDirectory`."""

    def __init__(self, chats: PublishedChats, *, new_group_mode: GroupMode) -> None:
        """`new_group_mode`: of a group that nobody has published yet, as processors take it."""
        self._chats = chats
        self._new_group_mode = new_group_mode

    async def find(self, chat_id: int) -> GroupState:
        settings = await self._chats.find(chat_id)
        if settings is None:
            if not await self._chats.is_loaded():
                raise StorageUnavailable("Redis: groups are not published yet", seconds=1)
            return GroupState(mode=self._new_group_mode)
        facts = await self._chats.facts(chat_id) or {"missing_rights": [], "checked_at": None}
        checked_at = facts["checked_at"]
        return GroupState(
            mode=cast("GroupMode", settings.mode),
            linked_chat_id=settings.linked_chat_id,
            allowed=frozenset(settings.protected),
            missing_rights=frozenset(facts["missing_rights"]),
            rights_checked_at=(
                None if checked_at is None else datetime.fromtimestamp(checked_at, UTC)
            ),
        )

    async def note_rights(self, chat_id: int, missing: Sequence[str], *, now: datetime) -> None:
        facts = await self._chats.facts(chat_id)
        if facts is not None:
            noted = {"missing_rights": list(missing), "checked_at": int(now.timestamp())}
            await self._chats.note_facts(chat_id, facts | noted)


class PublishedFacts:
    """A `FactKeeper`: `record` writes them into the database and publishes the group anew."""

    def __init__(self, chats: PublishedChats) -> None:
        self._chats = chats

    async def keep(self, chat_id: int, facts: Facts) -> None:
        await self._chats.note_facts(
            chat_id,
            {
                "title": facts.title,
                "linked_chat_id": facts.linked_chat_id,
                "owner_id": facts.owner_id,
                "admins": msgspec.to_builtins(list(facts.admins)),
                "team": [
                    {"user_id": one.user_id, "role": one.role, "name": one.name}
                    for one in facts.team
                ],
                "missing_rights": list(facts.missing_rights),
                "checked_at": int(facts.checked_at.timestamp()),
            },
        )

    async def refused(self, chat_id: int, *, is_gone: bool) -> None:
        await self._chats.note_refusal(chat_id, is_gone=is_gone, now=datetime.now(UTC))
