"""Groups with their posture, the caller's role, and figures."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.access import Caller
from chatwarden.api.finding import find_group
from chatwarden.api.groups.schemas import (
    Counts,
    DayCounts,
    Group,
    GroupChange,
    MissingRight,
    Posture,
)
from chatwarden.outcomes.rights import hint_for, title_of
from chatwarden.storage import models
from chatwarden.storage.models import GroupMode
from chatwarden.storage.repositories import groups as repository
from chatwarden.storage.repositories.cases import count_open
from chatwarden.storage.repositories.scope import Scope
from chatwarden.storage.repositories.team import roles_in_scope

_POSTURES: dict[GroupMode, Posture] = {"observe": "observing", "guard": "guarding"}
_MODES: dict[Posture, GroupMode] = {posture: mode for mode, posture in _POSTURES.items()}
_DAYS = 7


async def list_groups(session: AsyncSession, scope: Scope) -> list[Group]:
    """The groups in scope, by title."""
    rows = await repository.list_visible_groups(session, scope)
    return await _describe(session, scope, rows)


async def change_group(
    session: AsyncSession, caller: Caller, change: GroupChange, *, bot_id: int, chat_id: int
) -> Group:
    """The group as it is then. Raises NotFound, RoleTooLow."""
    group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
    if group.mode != _MODES[change.posture]:
        group.mode = _MODES[change.posture]
        await caller.note(
            session,
            "posture_changed",
            group=(bot_id, chat_id),
            detail={"posture": change.posture},
        )
    return (await _describe(session, caller.scope, [group]))[0]


async def _describe(
    session: AsyncSession, scope: Scope, rows: Sequence[models.Group]
) -> list[Group]:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - timedelta(days=_DAYS - 1)
    counts = await repository.counts_since(session, midnight, scope)
    weeks = await repository.counts_by_day(session, scope, first=first, days=_DAYS)
    waiting = await count_open(session, scope)
    roles = await roles_in_scope(session, scope)
    quiet = [repository.DayCounts(first + timedelta(days=day)) for day in range(_DAYS)]
    return [
        Group(
            bot_id=row.bot_id,
            chat_id=row.chat_id,
            title=row.title,
            role=roles.get(key, scope.ceiling),
            posture=_POSTURES[row.mode],
            policy_version=row.policy_version,
            missing_rights=[
                MissingRight(name=name, title=title_of(name), hint=hint_for(name))
                for name in row.missing_rights
            ],
            rights_checked_at=row.rights_checked_at,
            today=Counts.model_validate(counts.get(key, repository.Counts())),
            week=[DayCounts.model_validate(one) for one in weeks.get(key, quiet)],
            in_review=waiting.get(key, 0),
        )
        for row in rows
        for key in [(row.bot_id, row.chat_id)]
    ]
