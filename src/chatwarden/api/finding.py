"""Finds what an address names, in the caller's scope: not there for strangers, refused for those whose role is too low."""

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.errors import NotFound, RoleTooLow
from chatwarden.storage.models import Group, Outcome
from chatwarden.storage.repositories.groups import find_visible_group
from chatwarden.storage.repositories.outcomes import OutcomeKey, find_visible_outcome
from chatwarden.storage.repositories.scope import Scope


async def find_group(session: AsyncSession, scope: Scope, *, bot_id: int, chat_id: int) -> Group:
    """Raises NotFound, RoleTooLow."""
    group = await find_visible_group(session, scope, bot_id=bot_id, chat_id=chat_id)
    if group is not None:
        return group
    seen = await find_visible_group(
        session, scope.at_least("viewer"), bot_id=bot_id, chat_id=chat_id
    )
    raise NotFound if seen is None else RoleTooLow


async def find_outcome(session: AsyncSession, scope: Scope, trace_id: str) -> Outcome:
    """Raises NotFound, RoleTooLow."""
    key = OutcomeKey.parse(trace_id)
    if key is None:
        raise NotFound
    outcome = await find_visible_outcome(session, key, scope)
    if outcome is not None:
        return outcome
    seen = await find_visible_outcome(session, key, scope.at_least("viewer"))
    raise NotFound if seen is None else RoleTooLow
