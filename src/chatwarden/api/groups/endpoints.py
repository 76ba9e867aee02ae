"""The addresses of groups."""

from datetime import UTC, datetime

from fastapi import APIRouter

from chatwarden.api.access import AdminPart, OwnerPersonPart, PortsPart, ViewerPart
from chatwarden.api.finding import find_group
from chatwarden.api.groups import service
from chatwarden.api.groups.schemas import (
    ErasedWorkspace,
    Group,
    GroupChange,
    Groups,
    GroupSettings,
)
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.problems import responses
from chatwarden.errors import ErasureMustWait, NotFound, NotSignedIn, RequestInvalid
from chatwarden.privacy.workspaces import erase_workspace as erase

router = APIRouter(prefix="/groups", tags=["groups"])


@router.get("", operation_id="listGroups", responses=responses(NotSignedIn))
async def list_groups(caller: ViewerPart, ports: PortsPart) -> Groups:
    """The groups the caller may see, by title, with today's figures."""
    async with ports.database.transaction() as session:
        return Groups(items=await service.list_groups(session, caller.scope))


@router.get(
    "/{bot_id}/{chat_id}/settings",
    operation_id="getGroupSettings",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def get_settings(
    bot_id: BotId, chat_id: ChatId, caller: ViewerPart, ports: PortsPart
) -> GroupSettings:
    """A group's settings beside its policy: language, cards, what it shares and what is kept."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        return await service.get_settings(session, group, caller, languages=ports.languages)


@router.delete(
    "/{bot_id}/{chat_id}/workspace",
    operation_id="eraseWorkspace",
    responses=responses(NotSignedIn, NotFound, RequestInvalid, ErasureMustWait),
)
async def erase_workspace(
    bot_id: BotId, chat_id: ChatId, caller: OwnerPersonPart, ports: PortsPart
) -> ErasedWorkspace:
    """Erase the group's workspace, the other groups in it too: their keys are destroyed, and their rows go. Who asks owns all of them. It cannot be taken back; where the bot is still in a group, that begins anew."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        groups = await service.find_workspace(session, group, caller.scope)
    rows = await erase(
        ports.database,
        groups,
        keyring=ports.keyring,
        pseudonyms=ports.operation.pseudonyms,
        erased_by=caller.subject,
        now=datetime.now(UTC),
    )
    for one in groups:
        await ports.operation.forget_group(one.chat_id)
    return ErasedWorkspace(groups=len(groups), rows=rows)


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
    """Let a group be guarded or only watched, spoken to in a language, told of in a chat. It counts from then on; asked twice, it changes nothing."""
    async with ports.database.transaction() as session:
        group = await service.change_group(
            session, caller, change, bot_id=bot_id, chat_id=chat_id, languages=ports.languages
        )
    ports.group_changed(bot_id, chat_id)
    return group
