"""Groups with their posture and today's figures."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.groups.schemas import Counts, Group, GroupChange, MissingRight, Posture
from chatwarden.errors import NotFound
from chatwarden.outcomes.rights import hint_for, title_of
from chatwarden.storage import models
from chatwarden.storage.models import GroupMode
from chatwarden.storage.repositories import groups as repository
from chatwarden.storage.repositories.scope import Scope

_POSTURES: dict[GroupMode, Posture] = {"observe": "observing", "guard": "guarding"}
_MODES: dict[Posture, GroupMode] = {posture: mode for mode, posture in _POSTURES.items()}


async def list_groups(session: AsyncSession, scope: Scope) -> list[Group]:
    """The groups in scope, by title."""
    counts = await repository.counts_since(session, _midnight())
    return [
        _describe(group, counts.get((group.bot_id, group.chat_id), repository.Counts()))
        for group in await repository.list_visible_groups(session, scope)
    ]


async def change_group(
    session: AsyncSession, scope: Scope, change: GroupChange, *, bot_id: int, chat_id: int
) -> Group:
    """The group as it is then. Raises NotFound where there is none in scope."""
    group = await repository.find_visible_group(session, scope, bot_id=bot_id, chat_id=chat_id)
    if group is None:
        raise NotFound
    group.mode = _MODES[change.posture]
    counts = await repository.counts_since(session, _midnight())
    return _describe(group, counts.get((bot_id, chat_id), repository.Counts()))


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _describe(group: models.Group, today: repository.Counts) -> Group:
    return Group(
        bot_id=group.bot_id,
        chat_id=group.chat_id,
        title=group.title,
        posture=_POSTURES[group.mode],
        policy_version=group.policy_version,
        missing_rights=[
            MissingRight(name=name, title=title_of(name), hint=hint_for(name))
            for name in group.missing_rights
        ],
        rights_checked_at=group.rights_checked_at,
        today=Counts.model_validate(today),
    )
