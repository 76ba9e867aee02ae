"""Learns of each group its title, its linked channel, its owner and admins, and which rights the bot lacks.

In: chat ids. Out: facts, kept where the profile keeps them. A group whose facts cannot be had keeps those it has.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from chatwarden.errors import ChatUnreachable, RetryLater, TelegramRefused
from chatwarden.pipeline.scan import Scanner
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Role
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.repositories.team import KnownAdmin, take_admins
from chatwarden.storage.repositories.webhooks import note_rights
from chatwarden.storage.repositories.workspaces import join_owners_workspace
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.membership import Admin, Admins

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Facts:
    """What Telegram says of a group."""

    title: str
    linked_chat_id: int | None
    owner_id: int | None
    """None where Telegram names none: the owner's account is gone."""
    admins: Sequence[Admin]
    team: Sequence[KnownAdmin]
    """Those of them who may use the dashboard, with their role."""
    missing_rights: Sequence[str]
    checked_at: datetime


def team_of(people: Admins) -> list[KnownAdmin]:
    """What Telegram's rights make of a group's admins. Who has the rights that Chatwarden acts by may have it act; others may look on."""

    def role(user_id: int) -> Role:
        if user_id == people.owner_id:
            return "owner"
        return "admin" if user_id in people.moderators else "viewer"

    return [
        KnownAdmin(admin.id, role(admin.id), admin.name)
        for admin in people.admins
        if admin.id not in people.bot_ids
    ]


class FactKeeper(Protocol):
    """Where facts are kept, so that scan and enforce go by them."""

    async def keep(self, chat_id: int, facts: Facts) -> None:
        """Raises StorageUnavailable."""
        ...

    async def refused(self, chat_id: int, *, is_gone: bool) -> None:
        """Telegram tells nothing of a group; `is_gone`: the bot is not there any more. Raises StorageUnavailable."""
        ...


class StoredFacts:
    """In the database and in this process' scanner: the embedded profile's."""

    def __init__(
        self,
        database: Database,
        scanner: Scanner,
        *,
        bot_id: int,
        keyring: Keyring,
        on_moved: Callable[[int, Collection[int]], None],
    ) -> None:
        """`on_moved`: told which group came to a workspace or left one, and which workspaces changed by it."""
        self._database = database
        self._scanner = scanner
        self._bot_id = bot_id
        self._keyring = keyring
        self._on_moved = on_moved

    async def keep(self, chat_id: int, facts: Facts) -> None:
        sealer = await self._keyring.of_group(self._bot_id, chat_id)
        async with self._database.transaction() as session:
            group = await find_group(session, bot_id=self._bot_id, chat_id=chat_id)
            if group is None:
                return
            group.title, group.linked_chat_id = facts.title[:256], facts.linked_chat_id
            await note_rights(session, group, facts.missing_rights, checked_at=facts.checked_at)
            await take_admins(
                session,
                facts.team,
                bot_id=self._bot_id,
                chat_id=chat_id,
                sealer=sealer,
                now=facts.checked_at,
            )
            moved = await join_owners_workspace(
                session, group, owner_id=facts.owner_id, now=facts.checked_at
            )
        await self._scanner.take_groups([chat_id])
        self._scanner.protect(chat_id, facts.admins)
        if moved:
            self._on_moved(chat_id, moved)

    async def refused(self, chat_id: int, *, is_gone: bool) -> None:
        """Here a group is asked about only at the start, and when something changes."""


class GroupFacts:
    """One bot's groups; asked one after another, so that a start with many groups is no flood."""

    def __init__(self, *, telegram: TelegramClient, keeper: FactKeeper) -> None:
        self._telegram = telegram
        self._keeper = keeper
        self._wanted: asyncio.Queue[int] = asyncio.Queue()
        self._waiting: set[int] = set()

    def want(self, chat_ids: Iterable[int]) -> None:
        """Ask about these groups soon; about one that waits already, once."""
        for chat_id in set(chat_ids) - self._waiting:
            self._waiting.add(chat_id)
            self._wanted.put_nowait(chat_id)

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            chat_id = await self._wanted.get()
            self._waiting.discard(chat_id)
            try:
                await self._learn_or_note(chat_id)
            except RetryLater as error:
                log.warning("group facts wait", chat_id=chat_id, reason=error.code)
                await asyncio.sleep(error.seconds)
                self.want([chat_id])

    async def _learn_or_note(self, chat_id: int) -> None:
        try:
            await self.learn(chat_id)
        except TelegramRefused as refusal:
            log.warning("group facts refused", chat_id=chat_id, reason=refusal.code)
            await self._keeper.refused(chat_id, is_gone=isinstance(refusal, ChatUnreachable))

    async def learn(self, chat_id: int) -> None:
        """Ask Telegram about one group now. Raises RetryLater, TelegramRefused."""
        missing = await self._telegram.missing_rights(chat_id)
        facts = await self._telegram.chat_facts(chat_id)
        people = await self._telegram.admins(chat_id)
        await self._keeper.keep(
            chat_id,
            Facts(
                title=facts.title,
                linked_chat_id=facts.linked_chat_id,
                owner_id=people.owner_id,
                admins=people.admins,
                team=team_of(people),
                missing_rights=missing,
                checked_at=datetime.now(UTC),
            ),
        )
        if missing:
            log.warning("the bot lacks rights", chat_id=chat_id, missing=missing)
