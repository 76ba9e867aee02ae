"""Makes what is sent, and sends it.

In: a delivery with its webhook. Out: a signed POST, and what came of it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.errors import SealBroken
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Group, Webhook, WebhookDelivery
from chatwarden.storage.repositories.webhooks import Attempt, open_address, open_secrets
from chatwarden.webhooks.posting import post
from chatwarden.webhooks.signing import signed_headers

Describe = Callable[[AsyncSession, str], Awaitable[dict[str, Any] | None]]
"""An outcome as it is told, by its trace id; None where it is gone."""


class Sender:
    """Sends for one deployment."""

    def __init__(
        self, database: Database, keyring: Keyring, *, describe: Describe, allow_private: bool
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._describe = describe
        self._allow_private = allow_private

    async def send(self, delivery: WebhookDelivery, *, now: datetime) -> Attempt | None:
        """None where its webhook is gone or off. Raises StorageUnavailable."""
        async with self._database.transaction() as session:
            webhook = await session.get(Webhook, delivery.webhook_id)
            if webhook is None or webhook.off_since is not None:
                return None
            told = await self._told(session, webhook, delivery)
        return await self._post(webhook, delivery.id, told, now=now)

    async def send_test(self, webhook: Webhook, *, message_id: str, now: datetime) -> Attempt:
        """A call that tells of nothing: whether the address takes one."""
        async with self._database.transaction() as session:
            group = await _name_of_group(session, webhook)
        told = {"id": message_id, "event": "test", "created": now, "group": group}
        return await self._post(webhook, message_id, told, now=now)

    async def _told(
        self, session: AsyncSession, webhook: Webhook, delivery: WebhookDelivery
    ) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": delivery.id,
            "event": delivery.event,
            "created": delivery.created_at,
            "group": await _name_of_group(session, webhook),
        }
        if delivery.trace_id is not None:
            told["trace_id"] = delivery.trace_id
            told["outcome"] = await self._describe(session, delivery.trace_id)
        if delivery.detail is not None:
            told["detail"] = delivery.detail
        return told

    async def _post(
        self, webhook: Webhook, message_id: str, told: dict[str, Any], *, now: datetime
    ) -> Attempt:
        try:
            address = await open_address(webhook, self._keyring)
            secrets = await open_secrets(webhook, self._keyring, now=now)
        except SealBroken:
            return Attempt(None, "sealed", 0)
        body = msgspec.json.encode(told)
        headers = signed_headers(message_id, body, secrets=secrets, now=now)
        headers |= {"Content-Type": "application/json", "User-Agent": "Chatwarden"}
        return await post(address, body, headers, allow_private=self._allow_private)


async def _name_of_group(session: AsyncSession, webhook: Webhook) -> dict[str, Any]:
    group = await session.get(Group, (webhook.bot_id, webhook.chat_id))
    return {
        "bot_id": webhook.bot_id,
        "chat_id": webhook.chat_id,
        "title": None if group is None else group.title,
    }
