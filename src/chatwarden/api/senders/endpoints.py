"""The addresses of a group's senders."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from chatwarden.api.access import AdminPart, Caller, ModeratorPart, PortsPart, ViewerPart
from chatwarden.api.finding import find_group
from chatwarden.api.paths import BotId, ChatId, SenderId
from chatwarden.api.ports import Ports
from chatwarden.api.problems import responses
from chatwarden.api.senders import service
from chatwarden.api.senders.schemas import BanWanted, SenderDetail, SenderFilter, SenderPage
from chatwarden.errors import (
    AllowListFull,
    BodyTooLarge,
    NotFound,
    RequestInvalid,
    UndoImpossible,
)

router = APIRouter(tags=["senders"])
_ADDRESS = "/groups/{bot_id}/{chat_id}/senders"
_ONE = f"{_ADDRESS}/{{sender_id}}"


@router.get(_ADDRESS, operation_id="listSenders", responses=responses(NotFound, RequestInvalid))
async def list_senders(
    *,
    bot_id: BotId,
    chat_id: ChatId,
    caller: ViewerPart,
    ports: PortsPart,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[
        str | None, Query(max_length=128, description="`next_cursor` of the page before.")
    ] = None,
    show: Annotated[
        SenderFilter, Query(description="untrusted: new here when they were last judged.")
    ] = "all",
    search: Annotated[
        str | None,
        Query(
            max_length=64,
            description="A whole id, or a part of the name that stood beside a message of the last 30 days.",
        ),
    ] = None,
) -> SenderPage:
    """Whom evidence fired on, who is allowed, or to whom something was done; the latest first."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        return await service.list_senders(
            session,
            group,
            keyring=ports.keyring,
            limit=limit,
            cursor=cursor,
            show=show,
            search=(search or "").strip(),
        )


@router.get(_ONE, operation_id="getSender", responses=responses(NotFound, RequestInvalid))
async def get_sender(
    bot_id: BotId, chat_id: ChatId, sender_id: SenderId, caller: ViewerPart, ports: PortsPart
) -> SenderDetail:
    """What the group knows of a sender; of somebody it knows nothing of, just that."""
    return await _describe(bot_id, chat_id, sender_id, caller, ports)


@router.put(
    f"{_ONE}/allowed",
    operation_id="allowSender",
    responses=responses(NotFound, AllowListFull, RequestInvalid),
)
async def allow(
    bot_id: BotId, chat_id: ChatId, sender_id: SenderId, caller: AdminPart, ports: PortsPart
) -> SenderDetail:
    """Let no verdict do anything to a sender any more, in all groups of the workspace; what holds here is undone."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        change = await service.allow(session, group, caller, sender_id)
    await _carry_out(change, bot_id, ports)
    return await _describe(bot_id, chat_id, sender_id, caller, ports)


@router.delete(
    f"{_ONE}/allowed", operation_id="disallowSender", responses=responses(NotFound, RequestInvalid)
)
async def disallow(
    bot_id: BotId, chat_id: ChatId, sender_id: SenderId, caller: AdminPart, ports: PortsPart
) -> SenderDetail:
    """Take a sender off the group's own allow list. What other groups of the workspace allow is theirs."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        change = await service.disallow(session, group, caller, sender_id)
    await _carry_out(change, bot_id, ports)
    return await _describe(bot_id, chat_id, sender_id, caller, ports)


@router.post(
    f"{_ONE}/undo",
    operation_id="undoSender",
    status_code=HTTPStatus.ACCEPTED,
    responses=responses(NotFound, UndoImpossible, RequestInvalid),
)
async def undo(
    bot_id: BotId, chat_id: ChatId, sender_id: SenderId, caller: ModeratorPart, ports: PortsPart
) -> SenderDetail:
    """Free a sender from all that holds here. Asked twice, it is done once."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        change = await service.undo(session, group, caller, sender_id)
    await _carry_out(change, bot_id, ports)
    return await _describe(bot_id, chat_id, sender_id, caller, ports)


@router.post(
    f"{_ONE}/ban",
    operation_id="banSender",
    status_code=HTTPStatus.ACCEPTED,
    responses=responses(NotFound, RequestInvalid, BodyTooLarge),
)
async def ban(
    bot_id: BotId,
    chat_id: ChatId,
    sender_id: SenderId,
    wanted: BanWanted,
    caller: ModeratorPart,
    ports: PortsPart,
) -> SenderDetail:
    """Ban a sender, as the bot's /ban does: no admin of the group is touched. Asked twice, it is done once."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        change = await service.ban(session, group, caller, sender_id, days=wanted.days)
    await _carry_out(change, bot_id, ports)
    return await _describe(bot_id, chat_id, sender_id, caller, ports)


async def _carry_out(change: service.Change, bot_id: int, ports: Ports) -> None:
    for chat_id in change.groups:
        ports.group_changed(bot_id, chat_id)
    if change.action is not None:
        await ports.actions.add([change.action])
        ports.wake_enforcer()


async def _describe(
    bot_id: int, chat_id: int, sender_id: int, caller: Caller, ports: Ports
) -> SenderDetail:
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        return await service.get_sender(session, group, caller, sender_id, keyring=ports.keyring)
