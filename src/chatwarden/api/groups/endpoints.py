"""The addresses of groups."""

from typing import Annotated

from fastapi import APIRouter, Path

from chatwarden.api.access import CallerPart, PortsPart
from chatwarden.api.groups import service
from chatwarden.api.groups.schemas import Group, GroupChange, Groups
from chatwarden.api.problems import responses
from chatwarden.errors import NotFound, NotSignedIn, RequestInvalid

_LARGEST_ID = 2**52
"""Telegram's ids have up to 52 bits; groups have negative ones."""

router = APIRouter(prefix="/groups", tags=["groups"])


@router.get("", operation_id="listGroups", responses=responses(NotSignedIn))
async def list_groups(caller: CallerPart, ports: PortsPart) -> Groups:
    """The groups the caller may see, by title, with today's figures."""
    async with ports.database.transaction() as session:
        return Groups(items=await service.list_groups(session, caller.scope))


@router.patch(
    "/{bot_id}/{chat_id}",
    operation_id="changeGroup",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def change_group(
    bot_id: Annotated[int, Path(ge=1, le=_LARGEST_ID)],
    chat_id: Annotated[int, Path(ge=-_LARGEST_ID, le=_LARGEST_ID)],
    change: GroupChange,
    caller: CallerPart,
    ports: PortsPart,
) -> Group:
    """Let a group be guarded, or only watched. It counts for what is posted from then on; asked twice, it changes nothing."""
    async with ports.database.transaction() as session:
        group = await service.change_group(
            session, caller.scope, change, bot_id=bot_id, chat_id=chat_id
        )
    ports.group_changed(bot_id, chat_id)
    return group
