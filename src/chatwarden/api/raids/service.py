"""A group's raids: read, begun, ended."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.access import Caller
from chatwarden.api.raids.schemas import RaidFigures, RaidPage, RaidRecord
from chatwarden.errors import OnlyWatched
from chatwarden.storage import models
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Group
from chatwarden.storage.repositories import raids, team


async def list_raids(
    session: AsyncSession,
    group: Group,
    caller: Caller,
    *,
    keyring: Keyring,
    before: datetime | None,
    limit: int,
) -> RaidPage:
    """Those that began before then, the latest first."""
    rows = await raids.list_raids(
        session, bot_id=group.bot_id, chat_id=group.chat_id, before=before, limit=limit + 1
    )
    shown = rows[:limit]
    return RaidPage(
        items=await _describe(session, caller, shown, keyring=keyring),
        next_cursor=shown[-1].started_at if len(rows) > limit else None,
    )


async def begin(
    session: AsyncSession, group: Group, caller: Caller, *, minutes: int, keyring: Keyring
) -> RaidRecord:
    """The raid that is on then; one that lasts longer already goes on as it is. Raises OnlyWatched."""
    if group.mode != "guard":
        raise OnlyWatched
    now = datetime.now(UTC)
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    changed = await raids.begin_raid(
        session, by=caller.subject, now=now, until=now + timedelta(minutes=minutes), **key
    )
    if changed is not None:
        await _note(session, group, caller, "raid_begun", minutes=minutes)
    raid = changed or await raids.current_raid(session, **key)
    assert raid is not None
    return (await _describe(session, caller, [raid], keyring=keyring))[0]


async def end(session: AsyncSession, group: Group, caller: Caller) -> bool:
    """False where none is on."""
    is_ended = await raids.end_raid(
        session,
        bot_id=group.bot_id,
        chat_id=group.chat_id,
        by=caller.subject,
        now=datetime.now(UTC),
    )
    if is_ended:
        await _note(session, group, caller, "raid_ended")
    return is_ended


async def _note(
    session: AsyncSession,
    group: Group,
    caller: Caller,
    kind: Literal["raid_begun", "raid_ended"],
    **detail: int,
) -> None:
    await caller.note(session, kind, group=(group.bot_id, group.chat_id), detail=detail or None)


async def _describe(
    session: AsyncSession, caller: Caller, rows: Sequence[models.RaidRecord], *, keyring: Keyring
) -> list[RaidRecord]:
    done = await raids.figures_of(session, rows, now=datetime.now(UTC))
    subjects = {by for row in rows for by in (row.started_by, row.ended_by) if by}
    names = await team.names_of(session, caller.scope.at_least("viewer"), subjects, keyring=keyring)
    return [
        RaidRecord(
            started_at=row.started_at,
            started_by=row.started_by,
            started_by_name=names.get(row.started_by),
            until=row.until,
            ended_at=row.ended_at,
            ended_by=row.ended_by,
            ended_by_name=None if row.ended_by is None else names.get(row.ended_by),
            joins=row.joins,
            figures=RaidFigures.model_validate(figures),
        )
        for row, figures in zip(rows, done, strict=True)
    ]
