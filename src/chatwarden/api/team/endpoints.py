"""The addresses of a group's team and of invitations to it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request

from chatwarden.api.access import (
    AdminPersonPart,
    LimitsPart,
    PersonPart,
    PortsPart,
    ViewerPart,
)
from chatwarden.api.finding import find_group
from chatwarden.api.paths import BotId, ChatId, UserId
from chatwarden.api.problems import responses
from chatwarden.api.team import service
from chatwarden.api.team.schemas import (
    InvitationMade,
    InvitationOffer,
    InvitationTakenUp,
    Joined,
    Team,
)
from chatwarden.errors import (
    BodyTooLarge,
    InvitationInvalid,
    MemberByTelegram,
    NotFound,
    RequestInvalid,
    RoleTooLow,
    TooManyAttempts,
)

router = APIRouter(tags=["team"])
_ADDRESS = "/groups/{bot_id}/{chat_id}/team"


@router.get(_ADDRESS, operation_id="getTeam", responses=responses(NotFound, RequestInvalid))
async def get_team(bot_id: BotId, chat_id: ChatId, caller: ViewerPart, ports: PortsPart) -> Team:
    """Who has which role in a group; for admins the open invitations too."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        members = await service.list_members(session, group, caller, keyring=ports.keyring)
        try:
            await find_group(
                session, caller.scope.at_least("admin"), bot_id=bot_id, chat_id=chat_id
            )
        except RoleTooLow:
            return Team(members=members, invitations=[])
        return Team(members=members, invitations=await service.list_invitations(session, group))


@router.post(
    f"{_ADDRESS}/invitations",
    operation_id="invite",
    status_code=HTTPStatus.CREATED,
    responses=responses(NotFound, RequestInvalid, BodyTooLarge),
)
async def invite(
    bot_id: BotId,
    chat_id: ChatId,
    offer: InvitationOffer,
    caller: AdminPersonPart,
    ports: PortsPart,
) -> InvitationMade:
    """Make a link that gives one person a role, once."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        return await service.invite(session, group, caller, offer)


@router.delete(
    f"{_ADDRESS}/invitations/{{invitation_id}}",
    operation_id="withdrawInvitation",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(NotFound, RequestInvalid),
)
async def withdraw_invitation(
    bot_id: BotId,
    chat_id: ChatId,
    invitation_id: Annotated[str, Path(max_length=36)],
    caller: AdminPersonPart,
    ports: PortsPart,
) -> None:
    """Let a link count no more."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        await service.withdraw(session, group, caller, invitation_id)


@router.delete(
    f"{_ADDRESS}/members/{{user_id}}",
    operation_id="removeMember",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(NotFound, MemberByTelegram, RequestInvalid),
)
async def remove_member(
    bot_id: BotId, chat_id: ChatId, user_id: UserId, caller: AdminPersonPart, ports: PortsPart
) -> None:
    """Take the role back that an invitation gave."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        await service.remove(session, group, caller, user_id)


@router.post(
    "/invitations/take-up",
    operation_id="takeUpInvitation",
    responses=responses(InvitationInvalid, RequestInvalid, BodyTooLarge, TooManyAttempts),
)
async def take_up_invitation(
    body: InvitationTakenUp,
    request: Request,
    caller: PersonPart,
    ports: PortsPart,
    limits: LimitsPart,
) -> Joined:
    """Take the role that an invitation offers."""
    limits.count_attempt(request.client.host if request.client else "")
    async with ports.database.transaction() as session:
        return await service.take_up(session, caller, body.secret)
