"""Queries about webhooks: what is to be sent is written in the transaction in which it happens, and stays until it has arrived or is given up."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import (
    DeliveryState,
    Group,
    OffBecause,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from chatwarden.storage.repositories.keys import is_one_of
from chatwarden.storage.sealing import Sealer

MOST_WEBHOOKS = 5
"""Of a group."""
FORMER_WORKS = timedelta(hours=24)
"""After a rotation."""
GIVEN_UP_AFTER = timedelta(days=3)
"""A webhook that has failed for so long, without one success, is turned off."""
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event of a group's. `detail` names nobody."""

    event: WebhookEvent
    bot_id: int
    chat_id: int
    trace_id: str | None = None
    detail: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver: the answer's status, or why there was none."""

    status: int | None
    error: str | None
    milliseconds: int

    @property
    def arrived(self) -> bool:
        return self.error is None


async def note_events(session: AsyncSession, events: Sequence[Happened], *, now: datetime) -> None:
    """Have every webhook told that wants to know, in the caller's transaction."""
    if not events:
        return
    chats = {(one.bot_id, one.chat_id) for one in events}
    query = select(Webhook.id, Webhook.bot_id, Webhook.chat_id, Webhook.events).where(
        is_one_of((Webhook.bot_id, Webhook.chat_id), chats), Webhook.off_since.is_(None)
    )
    wanting: dict[tuple[int, int], list[tuple[str, list[WebhookEvent]]]] = defaultdict(list)
    for webhook_id, bot_id, chat_id, wanted in await session.execute(query):
        wanting[bot_id, chat_id].append((webhook_id, wanted))
    session.add_all(
        WebhookDelivery(
            id=f"msg_{secrets.token_hex(12)}",
            webhook_id=webhook_id,
            event=one.event,
            trace_id=one.trace_id,
            detail=one.detail,
            created_at=now,
            state="waiting",
            due_at=now,
            tries=0,
        )
        for one in events
        for webhook_id, wanted in wanting[one.bot_id, one.chat_id]
        if one.event in wanted
    )
    await session.flush()


async def note_rights(
    session: AsyncSession, group: Group, missing: Sequence[str], *, checked_at: datetime
) -> None:
    """Write down which rights the bot lacks in a group; a right that it had before is told of."""
    lost = sorted(set(missing) - set(group.missing_rights))
    group.missing_rights, group.rights_checked_at = list(missing), checked_at
    if lost:
        happened = Happened(
            event="group.rights_lost",
            bot_id=group.bot_id,
            chat_id=group.chat_id,
            detail={"lost": lost},
        )
        await note_events(session, [happened], now=checked_at)


async def list_webhooks(session: AsyncSession, *, bot_id: int, chat_id: int) -> Sequence[Webhook]:
    """A group's, the oldest first."""
    query = select(Webhook).where(Webhook.bot_id == bot_id, Webhook.chat_id == chat_id)
    return (await session.scalars(query.order_by(Webhook.made_at, Webhook.id))).all()


async def find(
    session: AsyncSession, webhook_id: str, *, bot_id: int, chat_id: int
) -> Webhook | None:
    """None where the group has no such webhook. Locks it."""
    query = select(Webhook).where(
        Webhook.id == webhook_id, Webhook.bot_id == bot_id, Webhook.chat_id == chat_id
    )
    return await session.scalar(query.with_for_update())


async def make(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_id: int,
    address: str,
    events: Sequence[WebhookEvent],
    made_by: str,
    sealer: Sealer,
    now: datetime,
) -> tuple[Webhook, bytes]:
    """The webhook, and its secret."""
    webhook_id, secret = secrets.token_hex(8), secrets.token_bytes(_SECRET_BYTES)
    row = Webhook(
        id=webhook_id,
        bot_id=bot_id,
        chat_id=chat_id,
        sealed_address=sealer.seal(address.encode(), place=_address_of(webhook_id)),
        events=list(events),
        sealed_secret=sealer.seal(secret, place=_secret_of(webhook_id)),
        made_by=made_by,
        made_at=now,
        is_told=False,
    )
    session.add(row)
    await session.flush()
    return row, secret


async def rotate(session: AsyncSession, row: Webhook, *, sealer: Sealer, now: datetime) -> bytes:
    """Give it another secret. What is sent is signed with the former one, too, for FORMER_WORKS."""
    secret = secrets.token_bytes(_SECRET_BYTES)
    row.sealed_former_secret, row.former_until = row.sealed_secret, now + FORMER_WORKS
    row.sealed_secret = sealer.seal(secret, place=_secret_of(row.id))
    await session.flush()
    return secret


async def remove(session: AsyncSession, row: Webhook) -> None:
    """With all that was, or was to be, sent to it."""
    await session.execute(delete(WebhookDelivery).where(WebhookDelivery.webhook_id == row.id))
    await session.delete(row)


def turn(row: Webhook, *, off: OffBecause | None, now: datetime) -> None:
    """Turn it off, or on where `off` is None: it counts as one that never failed."""
    row.off_because, row.off_since = off, None if off is None else now
    row.failing_since, row.is_told = None, False


async def open_address(row: Webhook, keyring: Keyring) -> str:
    """Raises SealBroken."""
    return (await keyring.open(row.sealed_address, place=_address_of(row.id))).decode()


async def open_secrets(row: Webhook, keyring: Keyring, *, now: datetime) -> list[bytes]:
    """What to sign with, the newest first. Raises SealBroken."""
    sealed = [row.sealed_secret]
    if row.sealed_former_secret and row.former_until and row.former_until > now:
        sealed.append(row.sealed_former_secret)
    return [await keyring.open(one, place=_secret_of(row.id)) for one in sealed]


async def list_deliveries(
    session: AsyncSession,
    webhook_id: str,
    *,
    limit: int,
    states: Collection[DeliveryState] = (),
) -> Sequence[WebhookDelivery]:
    """The newest first."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if states:
        query = query.where(WebhookDelivery.state.in_(states))
    order = (WebhookDelivery.created_at.desc(), WebhookDelivery.id)
    return (await session.scalars(query.order_by(*order).limit(limit))).all()


async def counts_of(
    session: AsyncSession, webhook_ids: Collection[str]
) -> dict[tuple[str, DeliveryState], int]:
    """How many deliveries each webhook has in each state."""
    query = (
        select(WebhookDelivery.webhook_id, WebhookDelivery.state, func.count())
        .where(WebhookDelivery.webhook_id.in_(webhook_ids))
        .group_by(WebhookDelivery.webhook_id, WebhookDelivery.state)
    )
    return {(webhook, state): count for webhook, state, count in await session.execute(query)}


async def send_again(
    session: AsyncSession, delivery_id: str, *, webhook_id: str, now: datetime
) -> WebhookDelivery | None:
    """Try a delivery anew, from the beginning, under its id; None where the webhook has none that is over."""
    query = select(WebhookDelivery).where(
        WebhookDelivery.id == delivery_id,
        WebhookDelivery.webhook_id == webhook_id,
        WebhookDelivery.state != "waiting",
    )
    row = await session.scalar(query.with_for_update())
    if row is not None:
        row.state, row.due_at, row.tries, row.ended_at = "waiting", now, 0, None
    return row


async def take_due(
    session: AsyncSession,
    *,
    except_webhooks: Collection[str],
    now: datetime,
    until: datetime,
    of_each: int,
    limit: int,
) -> Sequence[WebhookDelivery]:
    """What is due, the oldest first, of each webhook `of_each` at most; due again at `until`, should whoever took it die."""
    is_due = (
        WebhookDelivery.state == "waiting",
        WebhookDelivery.due_at <= now,
        WebhookDelivery.webhook_id.not_in(except_webhooks),
    )
    place = func.row_number().over(
        partition_by=WebhookDelivery.webhook_id,
        order_by=(WebhookDelivery.due_at, WebhookDelivery.id),
    )
    are_on = select(Webhook.id).where(Webhook.off_since.is_(None))
    placed = (
        select(WebhookDelivery.id, place.label("place"))
        .where(*is_due, WebhookDelivery.webhook_id.in_(are_on))
        .subquery()
    )
    query = (
        select(WebhookDelivery)
        .where(
            *is_due, WebhookDelivery.id.in_(select(placed.c.id).where(placed.c.place <= of_each))
        )
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (await session.scalars(query)).all()
    for one in taken:
        one.due_at, one.tries = until, one.tries + 1
    return taken


async def note_attempt(
    session: AsyncSession,
    delivery_id: str,
    attempt: Attempt,
    *,
    pause: timedelta | None,
    now: datetime,
) -> None:
    """Write down what came of a try. `pause`: until the next one, where it failed; None: it was the last one."""
    row = await session.get(WebhookDelivery, delivery_id, with_for_update=True)
    if row is None or row.state != "waiting":
        return  # Its webhook was removed meanwhile, or another process was faster.
    webhook = await session.get(Webhook, row.webhook_id, with_for_update=True)
    row.status, row.error = attempt.status, attempt.error
    row.milliseconds = attempt.milliseconds
    if attempt.arrived:
        row.state, row.ended_at = "delivered", now
    elif pause is None:
        row.state, row.ended_at = "dead", now
    else:
        row.due_at = now + pause
    if webhook is None or webhook.off_since is not None:
        return
    if attempt.arrived:
        webhook.failing_since = None
    elif webhook.failing_since is None:
        webhook.failing_since = now
    elif now - webhook.failing_since >= GIVEN_UP_AFTER:
        turn(webhook, off="failures", now=now)


async def untold(session: AsyncSession, *, bot_id: int) -> Sequence[Webhook]:
    """Those that failures have turned off, and nobody was told."""
    query = select(Webhook).where(
        Webhook.bot_id == bot_id, Webhook.off_because == "failures", Webhook.is_told.is_(False)
    )
    return (await session.scalars(query.order_by(Webhook.off_since))).all()


async def note_told(session: AsyncSession, webhook_id: str) -> None:
    await session.execute(update(Webhook).where(Webhook.id == webhook_id).values(is_told=True))


def _address_of(webhook_id: str) -> str:
    return f"webhook-address:{webhook_id}"


def _secret_of(webhook_id: str) -> str:
    return f"webhook-secret:{webhook_id}"
