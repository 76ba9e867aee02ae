"""Queries about how much waits in the database."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from chatwarden.storage.models import Action, Enrichment, Interaction, WebhookDelivery
from chatwarden.storage.repositories.actions import IS_OPEN
from chatwarden.waiting import Queue, Waiting

_DUE: Mapping[Queue, tuple[InstrumentedAttribute[datetime], ColumnElement[bool]]] = {
    "actions": (Action.due_at, IS_OPEN),
    "evidence": (Enrichment.due_at, true()),
    "interactions": (Interaction.due_at, true()),
    "deliveries": (WebhookDelivery.due_at, WebhookDelivery.state == "waiting"),
}


async def waiting(
    session: AsyncSession, *, now: datetime, with_actions: bool = True
) -> list[Waiting]:
    """`with_actions`: whether the queue of actions lies here, too."""
    found = []
    for queue, (due_at, waits) in _DUE.items():
        if queue == "actions" and not with_actions:
            continue
        late = case((due_at <= now, due_at))
        number, since = (
            await session.execute(select(func.count(), func.min(late)).where(and_(waits)))
        ).one()
        found.append(Waiting(queue, number, since))
    return found
