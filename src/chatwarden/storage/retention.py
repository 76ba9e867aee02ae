"""What is kept is kept for a time: texts are purged when it is over, in small batches that hold nobody up.

In: the database and the time. Out: how many rows were purged. Fails with StorageUnavailable; what was purged till then stays so.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Update,
    delete,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from chatwarden.errors import StorageUnavailable
from chatwarden.storage.database import Database
from chatwarden.storage.models import (
    Appeal,
    Card,
    Challenge,
    DataKey,
    DeadLetter,
    IdempotencyKey,
    Model,
    Notice,
    Outcome,
    RaidRecord,
    Report,
    SharedBan,
    Strike,
    WebhookDelivery,
)

log = structlog.get_logger()

TEXTS_ARE_KEPT = timedelta(days=30)
"""Of flagged messages and of updates that could not be read, from when they came in."""
REPLAYED_ARE_KEPT = timedelta(days=1)
"""Dead letters that were replayed and have not failed again."""
DELIVERIES_ARE_KEPT = timedelta(days=30)
"""What was sent to webhooks."""
TRACES_ARE_KEPT = timedelta(days=180)
"""Which cards were sent, who reported what, who appealed, who was warned, who was asked, what a raid came to."""
NOTICES_ARE_KEPT = timedelta(days=7)
"""Who was told of what was done to them: longer than anybody looks for whom to tell."""
BANS_ARE_KEPT = timedelta(days=400)
"""Which groups share a ban: as long as one may last, so that its undo finds them."""
ANSWERS_ARE_KEPT = timedelta(days=1)
"""Of writes under an idempotency key."""
DESTROYED_ARE_TOLD = timedelta(days=2)
"""Rows that destroyed keys left: longer than any process goes without the database."""
_ROWS_A_BATCH = 500
_EVERY_SECONDS = 3600.0
_BETWEEN_BATCHES_SECONDS = 0.05


class Retention:
    """Purges once an hour."""

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Purge until cancelled. Several processes may: each row is purged once."""
        while True:
            try:
                purged = await self.purge()
            except StorageUnavailable as error:
                log.error("purging waits for the database", detail=error.detail)
            else:
                if purged:
                    log.info("purged", rows=purged)
            await asyncio.sleep(_EVERY_SECONDS)

    async def purge(self) -> int:
        """Everything whose time is over; how many rows that was."""
        now = self._clock()
        purged = 0
        for batch in (
            _texts(now - TEXTS_ARE_KEPT),
            _by_id(DeadLetter, DeadLetter.id, DeadLetter.received_at < now - TEXTS_ARE_KEPT),
            _by_id(DeadLetter, DeadLetter.id, DeadLetter.replayed_at < now - REPLAYED_ARE_KEPT),
            _cards(now - TRACES_ARE_KEPT),
            _reports(now - TRACES_ARE_KEPT),
            _by_id(Appeal, Appeal.id, Appeal.asked_at < now - TRACES_ARE_KEPT),
            _by_id(Notice, Notice.action_id, Notice.noted_at < now - NOTICES_ARE_KEPT),
            _by_id(Strike, Strike.id, Strike.expires_at < now - TRACES_ARE_KEPT),
            _by_id(
                Challenge,
                Challenge.id,
                (Challenge.asked_at < now - TRACES_ARE_KEPT) & (Challenge.state != "open"),
            ),
            _by_id(RaidRecord, RaidRecord.id, RaidRecord.started_at < now - TRACES_ARE_KEPT),
            _by_id(SharedBan, SharedBan.action_id, SharedBan.banned_at < now - BANS_ARE_KEPT),
            _by_id(DataKey, DataKey.id, DataKey.destroyed_at < now - DESTROYED_ARE_TOLD),
            _by_id(
                WebhookDelivery,
                WebhookDelivery.id,
                WebhookDelivery.created_at < now - DELIVERIES_ARE_KEPT,
            ),
            _by_id(
                IdempotencyKey,
                IdempotencyKey.id,
                IdempotencyKey.claimed_at < now - ANSWERS_ARE_KEPT,
            ),
        ):
            while rows := await self._purge_batch(batch):
                purged += rows
                await asyncio.sleep(_BETWEEN_BATCHES_SECONDS)
        return purged

    async def _purge_batch(self, batch: Update | Delete) -> int:
        async with self._database.transaction() as session:
            result = await session.execute(batch.execution_options(synchronize_session=False))
            return cast("CursorResult[Any]", result).rowcount


def _texts(before: datetime) -> Update:
    key = (Outcome.bot_id, Outcome.update_id, Outcome.round, Outcome.date)
    old = select(*key).where(Outcome.date < before, Outcome.sealed.is_not(None))
    return update(Outcome).where(tuple_(*key).in_(old.limit(_ROWS_A_BATCH))).values(sealed=None)


def _cards(before: datetime) -> Delete:
    key = (Card.bot_id, Card.update_id, Card.to_chat_id)
    old = select(*key).where(Card.sent_at < before).limit(_ROWS_A_BATCH)
    return delete(Card).where(tuple_(*key).in_(old))


def _reports(before: datetime) -> Delete:
    key = (Report.bot_id, Report.chat_id, Report.message_id, Report.reporter_id)
    old = select(*key).where(Report.reported_at < before).limit(_ROWS_A_BATCH)
    return delete(Report).where(tuple_(*key).in_(old))


def _by_id(
    model: type[Model], key: InstrumentedAttribute[Any], is_old: ColumnElement[bool]
) -> Delete:
    old = select(key).where(is_old).limit(_ROWS_A_BATCH)
    return delete(model).where(key.in_(old))
