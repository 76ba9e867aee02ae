"""Groups with their posture and today's figures."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.access import Caller
from chatwarden.api.finding import find_group
from chatwarden.api.groups.schemas import Counts, Group, GroupChange, MissingRight, Posture
from chatwarden.outcomes.rights import hint_for, title_of
from chatwarden.storage import models
from chatwarden.storage.models import GroupMode, Role
from chatwarden.storage.repositories import groups as repository
from chatwarden.storage.repositories.scope import Scope
from chatwarden.storage.repositories.team import roles_in_scope

_POSTURES: dict[GroupMode, Posture] = {"observe": "observing", "guard": "guarding"}
_MODES: dict[Posture, GroupMode] = {posture: mode for mode, posture in _POSTURES.items()}


async def list_groups(session: AsyncSession, scope: Scope) -> list[Group]:
    """The groups in scope, by title."""
    counts = await repository.counts_since(session, _midnight())
    roles = await roles_in_scope(session, scope)
    return [
        _describe(
            group,
            counts.get((group.bot_id, group.chat_id), repository.Counts()),
            roles.get((group.bot_id, group.chat_id), scope.ceiling),
        )
        for group in await repository.list_visible_groups(session, scope)
    ]


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
    counts = await repository.counts_since(session, _midnight())
    roles = await roles_in_scope(session, caller.scope)
    return _describe(
        group,
        counts.get((bot_id, chat_id), repository.Counts()),
        roles.get((bot_id, chat_id), caller.scope.ceiling),
    )


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _describe(group: models.Group, today: repository.Counts, role: Role) -> Group:
    return Group(
        bot_id=group.bot_id,
        chat_id=group.chat_id,
        title=group.title,
        role=role,
        posture=_POSTURES[group.mode],
        policy_version=group.policy_version,
        missing_rights=[
            MissingRight(name=name, title=title_of(name), hint=hint_for(name))
            for name in group.missing_rights
        ],
        rights_checked_at=group.rights_checked_at,
        today=Counts.model_validate(today),
    )
