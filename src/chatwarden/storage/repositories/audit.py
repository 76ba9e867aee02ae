"""Queries about the audit log."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import AuditEvent, AuditKind
from chatwarden.storage.repositories.scope import Scope


async def note(
    session: AsyncSession,
    kind: AuditKind,
    *,
    subject: str,
    now: datetime,
    key_id: str | None = None,
    group: tuple[int, int] | None = None,
    target: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Keep that somebody did something, in the transaction in which it is done. `group`: bot and chat."""
    bot_id, chat_id = group or (None, None)
    session.add(
        AuditEvent(
            at=now,
            subject=subject,
            key_id=key_id,
            kind=kind,
            bot_id=bot_id,
            chat_id=chat_id,
            target=target,
            detail=detail,
        )
    )
    await session.flush()


async def list_events(
    session: AsyncSession,
    scope: Scope,
    *,
    own_subject: str,
    limit: int,
    before: int | None = None,
    chat_id: int | None = None,
    subject: str | None = None,
    kinds: Collection[AuditKind] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[AuditEvent]:
    """The newest first: of the groups in scope, and what the caller did in no group; the operator sees all."""
    visible = scope.covers(AuditEvent)
    of_no_group = AuditEvent.chat_id.is_(None)
    if scope.is_operator and scope.only is None:
        visible = or_(visible, of_no_group)
    elif scope.only is None:
        visible = or_(visible, of_no_group & (AuditEvent.subject == own_subject))
    query = select(AuditEvent).where(visible).order_by(AuditEvent.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    if chat_id is not None:
        query = query.where(AuditEvent.chat_id == chat_id)
    if subject is not None:
        query = query.where(AuditEvent.subject == subject)
    if kinds:
        query = query.where(AuditEvent.kind.in_(kinds))
    if since is not None:
        query = query.where(AuditEvent.at >= since)
    if until is not None:
        query = query.where(AuditEvent.at < until)
    return list(await session.scalars(query))
