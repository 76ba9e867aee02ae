"""The addresses of groups."""

from fastapi import APIRouter

from chatwarden.api.access import AdminPart, PortsPart, ViewerPart
from chatwarden.api.groups import service
from chatwarden.api.groups.schemas import Group, GroupChange, Groups
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.problems import responses
from chatwarden.errors import NotFound, NotSignedIn, RequestInvalid

router = APIRouter(prefix="/groups", tags=["groups"])


@router.get("", operation_id="listGroups", responses=responses(NotSignedIn))
async def list_groups(caller: ViewerPart, ports: PortsPart) -> Groups:
    """The groups the caller may see, by title, with today's figures."""
    async with ports.database.transaction() as session:
        return Groups(items=await service.list_groups(session, caller.scope))


@router.patch(
    "/{bot_id}/{chat_id}",
    operation_id="changeGroup",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def change_group(
    bot_id: BotId,
    chat_id: ChatId,
    change: GroupChange,
    caller: AdminPart,
    ports: PortsPart,
) -> Group:
    """Let a group be guarded, or only watched. It counts for what is posted from then on; asked twice, it changes nothing."""
    async with ports.database.transaction() as session:
        group = await service.change_group(session, caller, change, bot_id=bot_id, chat_id=chat_id)
    ports.group_changed(bot_id, chat_id)
    return group
