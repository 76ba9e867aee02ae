"""Delivers what waits: a few at once to each webhook, webhooks beside each other.

In: deliveries, written in the transaction in which something happened. Out: each arrives at least once, or is set aside after about a day. A process that dies
between sending and writing it down sends again, under the same id. Fails never; the database away is waited out.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from chatwarden.errors import StorageUnavailable
from chatwarden.storage.database import Database
from chatwarden.storage.models import WebhookDelivery
from chatwarden.storage.repositories import webhooks
from chatwarden.webhooks.sending import Sender

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
"""How long one that was taken is left to whoever took it; a try takes `posting.SECONDS` at most."""
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1800, 2 * 3600, 5 * 3600, 8 * 3600, 8 * 3600)
)
"""Between tries: after the last one, a day later, it is set aside."""
_JITTER = 0.2
"""A pause is longer by up to this share, so that those who failed together do not come back together."""
OF_EACH = 4
"""Sent at once to one webhook."""
_WEBHOOKS_AT_ONCE = 64


class Deliverer:
    """Several processes may: each delivery is taken by one."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        look_seconds: float = 1.0,
    ) -> None:
        """`look_seconds`: how long something may lie, as nobody is told of it."""
        self._database = database
        self._sender = sender
        self._clock = clock
        self._look_seconds = look_seconds
        self._busy: set[str] = set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                pause = self._look_seconds
                try:
                    await self._start(tasks)
                except StorageUnavailable as error:
                    log.error("webhooks wait for the database", detail=error.detail)
                    pause = error.seconds
                await asyncio.sleep(pause)

    async def _start(self, tasks: asyncio.TaskGroup) -> None:
        """Begin to send what is due, where nothing is under way yet."""
        free = _WEBHOOKS_AT_ONCE - len(self._busy)
        if free <= 0:
            return
        now = self._clock()
        async with self._database.transaction() as session:
            taken = await webhooks.take_due(
                session,
                except_webhooks=self._busy,
                now=now,
                until=now + LEASE,
                of_each=OF_EACH,
                limit=free * OF_EACH,
            )
        by_webhook: dict[str, list[WebhookDelivery]] = defaultdict(list)
        for one in taken:
            by_webhook[one.webhook_id].append(one)
        self._busy |= by_webhook.keys()
        for webhook_id, deliveries in by_webhook.items():
            tasks.create_task(self._deliver(webhook_id, deliveries), name=f"webhook {webhook_id}")

    async def _deliver(self, webhook_id: str, deliveries: Sequence[WebhookDelivery]) -> None:
        """Send these; then the webhook is free for its next ones."""
        try:
            await asyncio.gather(*(self._try(one) for one in deliveries))
        except StorageUnavailable as error:
            # Their lease runs out, and they are sent again.
            log.error("a webhook waits for the database", detail=error.detail)
        except Exception:  # One webhook must not stop all others.
            log.exception("a webhook failed", webhook_id=webhook_id)
        finally:
            self._busy.discard(webhook_id)

    async def _try(self, delivery: WebhookDelivery) -> None:
        attempt = await self._sender.send(delivery, now=self._clock())
        if attempt is None:
            return
        if not attempt.arrived:
            log.info(
                "a webhook did not arrive",
                webhook_id=delivery.webhook_id,
                delivery_id=delivery.id,
                tries=delivery.tries,
                status=attempt.status,
                reason=attempt.error,
            )
        async with self._database.transaction() as session:
            await webhooks.note_attempt(
                session,
                delivery.id,
                attempt,
                pause=_pause_after(delivery.tries),
                now=self._clock(),
            )


def _pause_after(tries: int) -> timedelta | None:
    """None after the last try."""
    if tries > len(PAUSES):
        return None
    return PAUSES[tries - 1] * (1 + random.uniform(0, _JITTER))  # noqa: S311, no secret
