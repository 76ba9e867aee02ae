"""The embedded profile's store of batches: one transaction holds everything that a batch causes, its actions to do too.

In: rows. Fails with StorageUnavailable where the disk does; then nothing of the batch is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.pipeline.record import BatchRows
from chatwarden.storage.database import Database
from chatwarden.storage.models import ContextRecord, DeadLetter, Group, GroupMode, PollOffset
from chatwarden.storage.repositories.actions import insert_actions
from chatwarden.storage.repositories.counts import add_counts
from chatwarden.storage.repositories.insert import insert_into, insert_new
from chatwarden.storage.repositories.settling import record_outcomes

_ROWS_A_READ = 10_000


@dataclass(frozen=True, slots=True)
class NewGroup:
    chat_id: int
    title: str


class BatchStore:
    """What scan writes and what it needs at its start."""

    def __init__(self, database: Database, *, bot_id: int) -> None:
        self._database = database
        self._bot_id = bot_id

    async def offset(self) -> int:
        """The first update not yet taken; 0 at the very first start."""
        async with self._database.transaction() as session:
            known = await session.get(PollOffset, self._bot_id)
            return 0 if known is None else known.next_update_id

    async def context_records(self) -> list[tuple[bytes, bytes]]:
        """All of the engine's context, to be loaded at the start."""
        records: list[tuple[bytes, bytes]] = []
        last = b""
        while True:
            page = await self._context_page(after=last)
            records.extend((row.key, row.value) for row in page)
            if len(page) < _ROWS_A_READ:
                return records
            last = page[-1].key

    async def _context_page(self, *, after: bytes) -> Sequence[Row[bytes, bytes]]:
        query = (
            select(ContextRecord.key, ContextRecord.value)
            .where(ContextRecord.key > after)
            .order_by(ContextRecord.key)
            .limit(_ROWS_A_READ)
        )
        async with self._database.transaction() as session:
            return (await session.execute(query)).all()

    async def store(
        self,
        *,
        rows: BatchRows,
        context: Sequence[tuple[bytes, bytes]],
        forgotten: Sequence[bytes],
        new_groups: Sequence[NewGroup],
        mode: GroupMode,
        policy: Mapping[str, Any],
        next_offset: int,
        now: datetime,
    ) -> None:
        """Store a batch's effects and the offset behind it, all or nothing."""
        async with self._database.transaction() as session:
            await self._store_context(session, context)
            await _forget_context(session, forgotten)
            await self._add_groups(session, new_groups, mode=mode, policy=policy, now=now)
            await record_outcomes(session, rows.outcomes, now=now)
            await insert_actions(session, rows.actions)
            await insert_new(session, DeadLetter, rows.dead_letters)
            await add_counts(session, rows.counts)
            offset = insert_into(session, PollOffset).values(
                bot_id=self._bot_id, next_update_id=next_offset
            )
            await session.execute(
                offset.on_conflict_do_update(
                    index_elements=["bot_id"], set_={"next_update_id": next_offset}
                )
            )

    async def _store_context(
        self, session: AsyncSession, records: Sequence[tuple[bytes, bytes]]
    ) -> None:
        if not records:
            return
        statement = insert_into(session, ContextRecord)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["key"], set_={"value": statement.excluded.value}
            ),
            [{"key": key, "value": value} for key, value in records],
        )

    async def _add_groups(
        self,
        session: AsyncSession,
        groups: Sequence[NewGroup],
        *,
        mode: GroupMode,
        policy: Mapping[str, Any],
        now: datetime,
    ) -> None:
        await insert_new(
            session,
            Group,
            [
                {
                    "bot_id": self._bot_id,
                    "chat_id": group.chat_id,
                    "title": group.title[:256],
                    "mode": mode,
                    "policy": dict(policy),
                    "policy_version": 1,
                    "linked_chat_id": None,
                    "missing_rights": [],
                    "rights_checked_at": None,
                    "created_at": now,
                }
                for group in groups
            ],
        )


async def _forget_context(session: AsyncSession, keys: Sequence[bytes]) -> None:
    if keys:
        statement = delete(ContextRecord).where(ContextRecord.key == bindparam("forgotten_key"))
        connection = await session.connection()
        await connection.execute(statement, [{"forgotten_key": key} for key in keys])
