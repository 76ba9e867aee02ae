"""The addresses of a group's raids."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from chatwarden.api.access import ModeratorPart, PortsPart, ViewerPart
from chatwarden.api.finding import find_group
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.problems import responses
from chatwarden.api.raids import service
from chatwarden.api.raids.schemas import RaidPage, RaidRecord, RaidWanted
from chatwarden.errors import BodyTooLarge, NotFound, OnlyWatched, RequestInvalid

router = APIRouter(tags=["raids"])
_ADDRESS = "/groups/{bot_id}/{chat_id}/raids"


@router.get(_ADDRESS, operation_id="listRaids", responses=responses(NotFound, RequestInvalid))
async def list_raids(
    *,
    bot_id: BotId,
    chat_id: ChatId,
    caller: ViewerPart,
    ports: PortsPart,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    cursor: Annotated[
        AwareDatetime | None, Query(description="`next_cursor` of the page before.")
    ] = None,
) -> RaidPage:
    """The raids of the last 180 days, the latest first, with what each came to."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        return await service.list_raids(
            session, group, caller, keyring=ports.keyring, before=cursor, limit=limit
        )


@router.post(
    _ADDRESS,
    operation_id="beginRaid",
    responses=responses(NotFound, OnlyWatched, RequestInvalid, BodyTooLarge),
)
async def begin_raid(
    bot_id: BotId, chat_id: ChatId, wanted: RaidWanted, caller: ModeratorPart, ports: PortsPart
) -> RaidRecord:
    """Meet whoever joins as in a raid, as the bot's /raid does; one that is on goes on at least that long."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        raid = await service.begin(
            session, group, caller, minutes=wanted.minutes, keyring=ports.keyring
        )
    ports.group_changed(bot_id, chat_id)
    return raid


@router.delete(
    f"{_ADDRESS}/current",
    operation_id="endRaid",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(NotFound, RequestInvalid),
)
async def end_raid(bot_id: BotId, chat_id: ChatId, caller: ModeratorPart, ports: PortsPart) -> None:
    """Meet whoever joins as ever again. For as long as a raid lasts none begins by itself. Where none is on nothing changes."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        is_ended = await service.end(session, group, caller)
    if is_ended:
        ports.group_changed(bot_id, chat_id)
