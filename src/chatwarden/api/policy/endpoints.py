"""The addresses of a group's policy."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.access import AdminPart, Caller, PortsPart, SignedInPart, ViewerPart
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.policy import service
from chatwarden.api.policy.preconditions import IfMatch, check_precondition, etag
from chatwarden.api.policy.preview import look, preview
from chatwarden.api.policy.schemas import (
    GroupPolicy,
    PoliciesOfWorkspace,
    PolicyChange,
    PolicyDraft,
    PolicyForm,
    PolicyOfGroup,
    PolicyPreview,
    PolicyVersions,
)
from chatwarden.api.problems import responses
from chatwarden.errors import (
    BodyTooLarge,
    NotFound,
    NotSignedIn,
    PolicyChanged,
    PolicyInvalid,
    PreconditionMissing,
    RequestInvalid,
)
from chatwarden.policies.checking import check, completed
from chatwarden.storage.models import Group

_LARGEST_VERSION = 2**31 - 1

router = APIRouter(tags=["policy"])
_ADDRESS = "/groups/{bot_id}/{chat_id}/policy"

Version = Annotated[int, Path(ge=1, le=_LARGEST_VERSION)]
_WRITE_ERRORS = (
    NotSignedIn,
    NotFound,
    PolicyChanged,
    PreconditionMissing,
    PolicyInvalid,
    RequestInvalid,
    BodyTooLarge,
)


@router.get("/policy-form", operation_id="getPolicyForm", responses=responses(NotSignedIn))
async def get_form(_caller: SignedInPart) -> PolicyForm:
    """The JSON Schema of policies, and what the presets stand for."""
    return service.form()


@router.get(
    _ADDRESS,
    operation_id="getPolicy",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def get_policy(
    bot_id: BotId, chat_id: ChatId, caller: ViewerPart, ports: PortsPart, response: Response
) -> GroupPolicy:
    """The policy that counts now; its `ETag` is wanted for a change."""
    async with ports.database.transaction() as session:
        group = await service.find(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        shown = await service.read(session, group)
    response.headers["ETag"] = etag(shown.version)
    return shown


@router.put(_ADDRESS, operation_id="changePolicy", responses=responses(*_WRITE_ERRORS))
async def change_policy(
    bot_id: BotId,
    chat_id: ChatId,
    change: PolicyChange,
    caller: AdminPart,
    ports: PortsPart,
    response: Response,
    if_match: IfMatch = None,
) -> GroupPolicy:
    """Put a policy in place of the one that counts: a new version, from the next message on. One that changes nothing makes no version."""
    async with ports.database.transaction() as session:
        group = await service.find(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        check_precondition(if_match, group.policy_version)
        is_new = await service.change(
            session, group, change.policy, reason=change.reason.strip(), made_by=caller.subject
        )
        if is_new:
            await _note(caller, session, group)
        shown = await service.read(session, group)
    if is_new:
        ports.group_changed(bot_id, chat_id)
    response.headers["ETag"] = etag(shown.version)
    return shown


@router.post(
    f"{_ADDRESS}/spread",
    operation_id="spreadPolicy",
    responses=responses(NotSignedIn, NotFound, PolicyChanged, RequestInvalid),
)
async def spread_policy(
    bot_id: BotId, chat_id: ChatId, caller: AdminPart, ports: PortsPart
) -> PoliciesOfWorkspace:
    """Give the other groups of the workspace this one's policy, rules included, as far as the caller is an admin there: in each a new version, that its history leads back from."""
    async with ports.database.transaction() as session:
        group = await service.find(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        others = await service.spread(session, group, caller.scope, made_by=caller.subject)
        for other, is_new in others:
            if is_new:
                await _note(caller, session, other)
    for other, is_new in others:
        if is_new:
            ports.group_changed(other.bot_id, other.chat_id)
    return PoliciesOfWorkspace(
        items=[
            PolicyOfGroup(
                chat_id=other.chat_id,
                title=other.title,
                version=other.policy_version,
                is_new=is_new,
            )
            for other, is_new in others
        ]
    )


@router.post(
    f"{_ADDRESS}/preview",
    operation_id="previewPolicy",
    responses=responses(NotSignedIn, NotFound, PolicyInvalid, RequestInvalid, BodyTooLarge),
)
async def preview_policy(
    bot_id: BotId, chat_id: ChatId, draft: PolicyDraft, caller: ViewerPart, ports: PortsPart
) -> PolicyPreview:
    """What a policy would have decided otherwise in the last 14 days. Nothing changes."""
    after = check(draft.policy)
    async with ports.database.transaction() as session:
        group = await service.find(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        seen = await look(session, group, now=datetime.now(UTC))
    return await preview(seen, before=completed(group.policy), after=after)


@router.get(
    f"{_ADDRESS}/versions",
    operation_id="listPolicyVersions",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def list_versions(
    bot_id: BotId,
    chat_id: ChatId,
    caller: ViewerPart,
    ports: PortsPart,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[
        int | None,
        Query(ge=1, le=_LARGEST_VERSION, description="`next_cursor` of the page before."),
    ] = None,
) -> PolicyVersions:
    """Who changed what, when and why, the newest first."""
    async with ports.database.transaction() as session:
        group = await service.find(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        return await service.history(session, group, limit=limit, before=cursor)


@router.get(
    f"{_ADDRESS}/versions/{{version}}",
    operation_id="getPolicyVersion",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def get_version(
    bot_id: BotId, chat_id: ChatId, version: Version, caller: ViewerPart, ports: PortsPart
) -> GroupPolicy:
    """A version as it was."""
    async with ports.database.transaction() as session:
        group = await service.find(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        return await service.read_version(session, group, version)


@router.post(
    f"{_ADDRESS}/versions/{{version}}/return",
    operation_id="returnToPolicyVersion",
    responses=responses(*_WRITE_ERRORS),
)
async def return_to_version(
    bot_id: BotId,
    chat_id: ChatId,
    version: Version,
    caller: AdminPart,
    ports: PortsPart,
    response: Response,
    if_match: IfMatch = None,
) -> GroupPolicy:
    """Let a former version count again, as a new one: history is only added to."""
    async with ports.database.transaction() as session:
        group = await service.find(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        check_precondition(if_match, group.policy_version)
        former = await service.read_version(session, group, version)
        is_new = await service.change(
            session,
            group,
            former.policy,
            reason=f"back to version {version}",
            made_by=caller.subject,
        )
        if is_new:
            await _note(caller, session, group)
        shown = await service.read(session, group)
    if is_new:
        ports.group_changed(bot_id, chat_id)
    response.headers["ETag"] = etag(shown.version)
    return shown


async def _note(caller: Caller, session: AsyncSession, group: Group) -> None:
    # `group` is as it was read: the version that was made is the one after.
    key, version = (group.bot_id, group.chat_id), group.policy_version
    await caller.note(session, "policy_changed", group=key, detail={"version": version})
