"""A group's webhooks: set up, tried, turned off, taken away."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.access import Caller
from chatwarden.api.ports import Ports
from chatwarden.api.webhooks.outgoing import make_sender
from chatwarden.api.webhooks.schemas import (
    Deliveries,
    Delivery,
    Tested,
    Webhook,
    WebhookMade,
    Webhooks,
    WebhookWanted,
)
from chatwarden.errors import NotFound, SealBroken, TooManyWebhooks
from chatwarden.storage import models
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import DeliveryState, Group
from chatwarden.storage.repositories import webhooks as repository
from chatwarden.webhooks.posting import check_address
from chatwarden.webhooks.signing import written


async def list_webhooks(session: AsyncSession, group: Group, *, keyring: Keyring) -> Webhooks:
    rows = await repository.list_webhooks(session, bot_id=group.bot_id, chat_id=group.chat_id)
    return Webhooks(items=await _describe(session, rows, keyring))


async def find(session: AsyncSession, group: Group, webhook_id: str) -> models.Webhook:
    """Raises NotFound."""
    row = await repository.find(session, webhook_id, bot_id=group.bot_id, chat_id=group.chat_id)
    if row is None:
        raise NotFound
    return row


async def make(
    session: AsyncSession, group: Group, caller: Caller, wanted: WebhookWanted, ports: Ports
) -> WebhookMade:
    """Raises WebhookAddressRefused, TooManyWebhooks."""
    check_address(wanted.address, allow_private=ports.settings.private_webhooks)
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    if len(await repository.list_webhooks(session, **key)) >= repository.MOST_WEBHOOKS:
        raise TooManyWebhooks
    sealer = await ports.keyring.of_group(group.bot_id, group.chat_id)
    row, secret = await repository.make(
        session,
        address=wanted.address,
        events=wanted.events,
        made_by=caller.subject,
        sealer=sealer,
        now=datetime.now(UTC),
        **key,
    )
    await _note(session, caller, "webhook_made", row)
    return await _made(session, row, secret, ports.keyring)


async def rotate(
    session: AsyncSession, row: models.Webhook, caller: Caller, *, keyring: Keyring
) -> WebhookMade:
    sealer = await keyring.of_group(row.bot_id, row.chat_id)
    secret = await repository.rotate(session, row, sealer=sealer, now=datetime.now(UTC))
    await _note(session, caller, "webhook_rotated", row)
    return await _made(session, row, secret, keyring)


async def turn(
    session: AsyncSession, row: models.Webhook, caller: Caller, *, is_on: bool, keyring: Keyring
) -> Webhook:
    """What waited while it was off is sent once it is on."""
    if is_on == (row.off_since is not None):
        repository.turn(row, off=None if is_on else "person", now=datetime.now(UTC))
        await _note(session, caller, "webhook_changed", row)
    return (await _describe(session, [row], keyring))[0]


async def remove(session: AsyncSession, row: models.Webhook, caller: Caller) -> None:
    await repository.remove(session, row)
    await _note(session, caller, "webhook_removed", row)


async def test(row: models.Webhook, ports: Ports) -> Tested:
    """Call the address now; what came of it is told, and kept nowhere."""
    sender = make_sender(
        ports.database, ports.keyring, signals=ports.signals, settings=ports.settings
    )
    attempt = await sender.send_test(
        row, message_id=f"test_{secrets.token_hex(12)}", now=datetime.now(UTC)
    )
    return Tested(
        arrived=attempt.arrived,
        status=attempt.status,
        error=attempt.error,
        milliseconds=attempt.milliseconds,
    )


async def list_deliveries(
    session: AsyncSession, row: models.Webhook, *, limit: int, states: Sequence[DeliveryState]
) -> Deliveries:
    rows = await repository.list_deliveries(session, row.id, limit=limit, states=states)
    return Deliveries(items=[Delivery.model_validate(one) for one in rows])


async def send_again(session: AsyncSession, row: models.Webhook, delivery_id: str) -> Delivery:
    """Raises NotFound where it is still on its way, too."""
    again = await repository.send_again(
        session, delivery_id, webhook_id=row.id, now=datetime.now(UTC)
    )
    if again is None:
        raise NotFound
    return Delivery.model_validate(again)


async def _note(
    session: AsyncSession, caller: Caller, kind: models.AuditKind, row: models.Webhook
) -> None:
    await caller.note(session, kind, group=(row.bot_id, row.chat_id), target=row.id)


async def _made(
    session: AsyncSession, row: models.Webhook, secret: bytes, keyring: Keyring
) -> WebhookMade:
    (described,) = await _describe(session, [row], keyring)
    return WebhookMade(**described.model_dump(), secret=written(secret))


async def _describe(
    session: AsyncSession, rows: Sequence[models.Webhook], keyring: Keyring
) -> list[Webhook]:
    counts = await repository.counts_of(session, [row.id for row in rows])
    return [
        Webhook(
            id=row.id,
            address=await _address(row, keyring),
            events=row.events,
            made_by=row.made_by,
            made_at=row.made_at,
            is_on=row.off_since is None,
            off_since=row.off_since,
            off_because=row.off_because,
            failing_since=row.failing_since,
            former_until=row.former_until,
            waiting=counts.get((row.id, "waiting"), 0),
            dead=counts.get((row.id, "dead"), 0),
        )
        for row in rows
    ]


async def _address(row: models.Webhook, keyring: Keyring) -> str:
    try:
        return await repository.open_address(row, keyring)
    except SealBroken:
        return ""
