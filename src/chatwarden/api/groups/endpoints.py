"""The addresses of groups."""

from fastapi import APIRouter

from chatwarden.api.access import CallerPart, PortsPart
from chatwarden.api.groups import service
from chatwarden.api.groups.schemas import Groups
from chatwarden.api.problems import responses
from chatwarden.errors import NotSignedIn

router = APIRouter(prefix="/groups", tags=["groups"])


@router.get("", operation_id="listGroups", responses=responses(NotSignedIn))
async def list_groups(caller: CallerPart, ports: PortsPart) -> Groups:
    """The groups the caller may see, by title, with today's figures."""
    async with ports.database.transaction() as session:
        return Groups(items=await service.list_groups(session, caller.scope))
