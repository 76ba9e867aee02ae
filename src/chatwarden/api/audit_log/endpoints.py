"""The address of the audit log."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.access import AdminPart, Caller, PortsPart
from chatwarden.api.audit_log.schemas import AuditEvent, AuditPage
from chatwarden.api.outcomes.schemas import GroupName
from chatwarden.api.paths import LARGEST_ID
from chatwarden.api.problems import responses
from chatwarden.errors import RequestInvalid
from chatwarden.storage import models
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import AuditKind
from chatwarden.storage.repositories import audit, groups, team

router = APIRouter(prefix="/audit-log", tags=["audit-log"])


@router.get("", operation_id="listAuditEvents", responses=responses(RequestInvalid))
async def list_events(
    *,
    caller: AdminPart,
    ports: PortsPart,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="`next_cursor` of the page before.")
    ] = None,
    chat_id: Annotated[
        int | None, Query(ge=-LARGEST_ID, le=LARGEST_ID, description="Only this group's.")
    ] = None,
    subject: Annotated[
        str | None, Query(max_length=64, description="Only what this one did.")
    ] = None,
    kind: Annotated[
        list[AuditKind] | None, Query(description="Only these kinds; may be repeated.")
    ] = None,
    since: Annotated[
        datetime | None, Query(description="Not before; UTC where no zone is given.")
    ] = None,
    until: Annotated[
        datetime | None, Query(description="Before; UTC where no zone is given.")
    ] = None,
) -> AuditPage:
    """What was done in groups where the caller is an admin, and what the caller did elsewhere; the operator sees all."""
    async with ports.database.transaction() as session:
        rows = await audit.list_events(
            session,
            caller.scope,
            own_subject=caller.subject,
            limit=limit + 1,
            before=cursor,
            chat_id=chat_id,
            subject=subject,
            kinds=kind or (),
            since=_aware(since),
            until=_aware(until),
        )
        shown = rows[:limit]
        items = await _describe(session, shown, caller, keyring=ports.keyring)
    return AuditPage(items=items, next_cursor=str(shown[-1].id) if len(rows) > limit else None)


async def _describe(
    session: AsyncSession, rows: list[models.AuditEvent], caller: Caller, *, keyring: Keyring
) -> list[AuditEvent]:
    names = await team.names_of(
        session,
        caller.scope.at_least("viewer"),
        {row.subject for row in rows} | {row.target for row in rows if row.target},
        keyring=keyring,
    )
    titles = await groups.titles_and_policies(
        session,
        caller.scope.at_least("viewer"),
        {row.chat_id for row in rows if row.chat_id is not None},
    )
    return [
        AuditEvent(
            id=row.id,
            at=row.at,
            subject=row.subject,
            name=names.get(row.subject),
            key_id=row.key_id,
            kind=row.kind,
            group=_group(row, titles),
            target=row.target,
            detail=row.detail,
        )
        for row in rows
    ]


def _group(
    row: models.AuditEvent, titles: dict[tuple[int, int], tuple[str, dict[str, Any]]]
) -> GroupName | None:
    if row.bot_id is None or row.chat_id is None:
        return None
    title = titles.get((row.bot_id, row.chat_id), (str(row.chat_id), {}))[0]
    return GroupName(bot_id=row.bot_id, chat_id=row.chat_id, title=title)


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)
