"""Events that wait for slow evidence, as rows of the database: a process may die at any moment.

In: what scan stored with its batch. Out: jobs. Fails with StorageUnavailable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from chatwarden.errors import SealBroken
from chatwarden.pipeline.record import enrichment_place
from chatwarden.storage.database import Database
from chatwarden.storage.models import Enrichment
from chatwarden.storage.repositories import enrichments
from chatwarden.storage.sealing import Sealer

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
"""How long one that was taken is left to whoever took it."""
LEFT_TO_OTHERS = timedelta(hours=1)
"""How long one is left alone that waits to be judged again in another process: longer than any backlog should last."""
MOST_TRIES = 3
"""One that outlives the process so often is left alone: it may be what kills it."""


@dataclass(frozen=True, slots=True)
class Job:
    """An event to look into."""

    update_id: int
    chat_id: int
    user_id: int | None
    """None where a channel wrote it."""
    wants: frozenset[str]
    raw: bytes


class JobStore:
    """One bot's jobs."""

    def __init__(self, database: Database, *, bot_id: int, sealer: Sealer) -> None:
        self._database = database
        self._bot_id = bot_id
        self._sealer = sealer

    async def take(self, *, now: datetime, limit: int) -> list[Job]:
        """What is due. What cannot be worked on is forgotten."""
        async with self._database.transaction() as session:
            taken = await enrichments.take_due(
                session, bot_id=self._bot_id, now=now, until=now + LEASE, limit=limit
            )
            jobs = [job for row in taken if (job := self._job(row)) is not None]
            hopeless = {row.update_id for row in taken} - {job.update_id for job in jobs}
            await enrichments.finish(session, bot_id=self._bot_id, update_ids=hopeless)
        return jobs

    async def leave(self, update_id: int, *, now: datetime) -> None:
        """It waits to be judged in another process. Should that lose it, it is taken again; that is no failed try."""
        async with self._database.transaction() as session:
            await enrichments.put_off(
                session, bot_id=self._bot_id, update_id=update_id, until=now + LEFT_TO_OTHERS
            )

    async def drop(self, update_ids: Sequence[int]) -> None:
        async with self._database.transaction() as session:
            await enrichments.finish(session, bot_id=self._bot_id, update_ids=update_ids)

    async def next_due_at(self) -> datetime | None:
        async with self._database.transaction() as session:
            return await enrichments.next_due_at(session, bot_id=self._bot_id)

    def _job(self, row: Enrichment) -> Job | None:
        if row.tries > MOST_TRIES:
            log.warning("an event is looked into no more", update_id=row.update_id, tries=row.tries)
            return None
        try:
            place = enrichment_place(self._bot_id, row.update_id)
            raw = self._sealer.open(row.sealed, place=place)
        except SealBroken as error:
            log.warning("an event cannot be opened", update_id=row.update_id, hint=error.hint)
            return None
        return Job(
            update_id=row.update_id,
            chat_id=row.chat_id,
            user_id=row.sender_id if row.sender_kind == "user" else None,
            wants=frozenset(row.wants),
            raw=raw,
        )
