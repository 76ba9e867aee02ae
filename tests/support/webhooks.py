"""A group with a webhook, and its events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import func, select
from tests.support.api import KEY, ApiUnderTest
from tests.support.keys import keyring_over
from tests.support.rows import BOT_ID, CHAT_ID, action_row, catalogue_bytes, outcome_row

from chatwarden.actions import ActionState
from chatwarden.api.webhooks.outgoing import make_sender
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Webhook, WebhookDelivery, WebhookEvent
from chatwarden.storage.repositories.settling import settle_outcomes
from chatwarden.storage.repositories.webhooks import list_deliveries
from chatwarden.webhooks.delivering import LEASE, Deliverer

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/webhooks"


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=1))
    """Ahead: whatever happens meanwhile is due by it."""

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


async def make_webhook(api: ApiUnderTest, address: str, *events: WebhookEvent) -> dict[str, Any]:
    """In the group of `group_row`, which has to be there; as the API tells of it, with the secret."""
    async with api.client() as client:
        body = {"address": address, "events": events or ["outcome.punished"]}
        answer = await client.post(ADDRESS, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def ask(api: ApiUnderTest, method: str, path: str, **request: Any) -> httpx.Response:
    async with api.client() as client:
        return await client.request(method, f"{ADDRESS}{path}", **request)


async def punish(
    api: ApiUnderTest, update_id: int, *, action: ActionState = "done", **changes: Any
) -> str:
    """An outcome whose action has ended: settled, as the pipeline does it. Its trace id."""
    outcome = outcome_row(update_id, sealer=api.sealer, state="pending", **changes)
    await api.add(outcome, action_row(outcome, "ban", state=action))
    async with api.ports.database.transaction() as session:
        await settle_outcomes(session, [outcome.trace_id], now=datetime.now(UTC))
    return outcome.trace_id


def _deliverer(database: Database, keyring: Keyring, clock: Callable[[], datetime]) -> Deliverer:
    settings = Settings(_env_file=None, private_webhooks=True)
    sender = make_sender(database, keyring, signals=catalogue_bytes(), settings=settings)
    return Deliverer(database, sender, clock=clock, look_seconds=0.01)


def deliver_for_ever(database_url: str) -> None:
    """For a process of its own."""
    database = Database(database_url)
    deliverer = _deliverer(database, keyring_over(database, KEY), lambda: datetime.now(UTC))
    asyncio.run(deliverer.run())


async def deliver_once(api: ApiUnderTest, clock: Callable[[], datetime]) -> None:
    """Until nothing is due any more."""
    async with delivering(api, clock):

        async def is_idle() -> bool:
            async with api.ports.database.transaction() as session:
                due = select(func.count()).where(
                    WebhookDelivery.state == "waiting",
                    (WebhookDelivery.due_at <= clock())
                    | (WebhookDelivery.due_at == clock() + LEASE),
                    WebhookDelivery.webhook_id.in_(
                        select(Webhook.id).where(Webhook.off_since.is_(None))
                    ),
                )
                return await session.scalar(due) == 0

        await until(is_idle)


@asynccontextmanager
async def delivering(api: ApiUnderTest, clock: Callable[[], datetime]) -> AsyncIterator[None]:
    """While what is due is sent, as the product does it."""
    deliverer = _deliverer(api.ports.database, api.ports.keyring, clock)
    running = asyncio.create_task(deliverer.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def delivery_of(api: ApiUnderTest, webhook_id: str) -> WebhookDelivery:
    """Its newest one."""
    async with api.ports.database.transaction() as session:
        return (await list_deliveries(session, webhook_id, limit=1))[0]


async def webhook_row(api: ApiUnderTest, webhook_id: str) -> Webhook:
    async with api.ports.database.transaction() as session:
        row = await session.get(Webhook, webhook_id)
        assert row is not None
        return row


async def until(condition: Callable[[], Any], *, seconds: float = 20.0) -> Any:
    """What it gives, as soon as that is true; it may be a coroutine function."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.01)
