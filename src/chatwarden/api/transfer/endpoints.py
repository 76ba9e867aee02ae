"""The addresses of files of policies."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from chatwarden.api.access import AdminPart, PortsPart
from chatwarden.api.finding import find_group
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.policy.preconditions import IfMatch, check_precondition, etag
from chatwarden.api.problems import responses
from chatwarden.api.transfer import service
from chatwarden.api.transfer.schemas import TransferFile, TransferPlan
from chatwarden.errors import (
    BodyTooLarge,
    NotFound,
    NotSignedIn,
    PolicyChanged,
    PreconditionMissing,
    RequestInvalid,
    TransferInvalid,
)
from chatwarden.storage.repositories import allowed
from chatwarden.transfer.plan import plan_of, written

router = APIRouter(tags=["policy"])
_ADDRESS = "/groups/{bot_id}/{chat_id}/transfer"

_TYPES = {"yaml": "application/yaml", "csv": "text/csv"}
_NAMES = {"yaml": "chatwarden.yaml", "csv": "rules.csv"}


class _File(Response):
    media_type = "application/yaml"


@router.get(
    _ADDRESS,
    operation_id="exportGroup",
    response_class=_File,
    responses={
        **responses(NotSignedIn, NotFound, RequestInvalid),
        200: {
            "content": {
                "application/yaml": {"schema": {"type": "object"}},
                "text/csv": {"schema": {"type": "string"}},
            }
        },
    },
)
async def export_group(
    bot_id: BotId,
    chat_id: ChatId,
    caller: AdminPart,
    ports: PortsPart,
    form: Annotated[
        Literal["yaml", "csv"],
        Query(description="`yaml`: policy, rules and allow list. `csv`: the rules alone."),
    ] = "yaml",
) -> Response:
    """The group's policy, rules and allow list as a file that another group takes in."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        text = service.written_csv(group) if form == "csv" else await written(session, group)
    return Response(
        text,
        media_type=f"{_TYPES[form]}; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{_NAMES[form]}"',
            "ETag": etag(group.policy_version),
        },
    )


@router.post(
    f"{_ADDRESS}/preview",
    operation_id="previewTransfer",
    responses=responses(NotSignedIn, NotFound, TransferInvalid, RequestInvalid, BodyTooLarge),
)
async def preview_transfer(
    bot_id: BotId,
    chat_id: ChatId,
    file: TransferFile,
    caller: AdminPart,
    ports: PortsPart,
    response: Response,
) -> TransferPlan:
    """What a file would change; its `ETag` is wanted for the change. Takes files of this product, rules as CSV, Rose's exports, tg-spam's stop words and approved users."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
    incoming = await service.read(file)
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        planned = await plan_of(session, group, incoming)
    response.headers["ETag"] = etag(group.policy_version)
    return service.shown(planned)


@router.post(
    _ADDRESS,
    operation_id="importIntoGroup",
    responses=responses(
        NotSignedIn,
        NotFound,
        PolicyChanged,
        PreconditionMissing,
        TransferInvalid,
        RequestInvalid,
        BodyTooLarge,
    ),
)
async def import_into_group(
    bot_id: BotId,
    chat_id: ChatId,
    file: TransferFile,
    caller: AdminPart,
    ports: PortsPart,
    response: Response,
    if_match: IfMatch = None,
) -> TransferPlan:
    """Take a file in: a new version of the policy, whoever is new put on the allow list. Nobody is taken off it."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        check_precondition(if_match, group.policy_version)
    incoming = await service.read(file)
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        check_precondition(if_match, group.policy_version)
        planned = await plan_of(session, group, incoming)
        await service.take_in(session, group, planned, made_by=caller.subject)
        version = group.policy_version
        key = (bot_id, chat_id)
        if planned.changes:
            await caller.note(session, "policy_changed", group=key, detail={"version": version})
        if planned.newly_allowed:
            detail = {"count": len(planned.newly_allowed)}
            await caller.note(session, "sender_allowed", group=key, detail=detail)
        chats = await allowed.chats_sharing(session, bot_id=bot_id, chat_id=chat_id)
    if planned.changes_something:
        for chat in chats:
            ports.group_changed(bot_id, chat)
    response.headers["ETag"] = etag(version)
    return service.shown(planned)
