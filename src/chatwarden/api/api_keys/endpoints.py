"""The addresses of API keys. A person makes them; no key makes or ends another."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import APIRouter, Path

from chatwarden.api.access import PersonPart, PortsPart
from chatwarden.api.api_keys.schemas import (
    ApiKey,
    ApiKeyMade,
    ApiKeys,
    ApiKeyWanted,
    KeyGroup,
    KeyRole,
)
from chatwarden.api.finding import find_group
from chatwarden.api.problems import responses
from chatwarden.errors import BodyTooLarge, NotFound, RequestInvalid, TooManyKeys
from chatwarden.storage import models
from chatwarden.storage.repositories import api_keys as repository

router = APIRouter(prefix="/api-keys", tags=["api-keys"])
KeyId = Annotated[str, Path(max_length=16)]


@router.get("", operation_id="listApiKeys")
async def list_keys(caller: PersonPart, ports: PortsPart) -> ApiKeys:
    """The caller's keys, the newest first."""
    async with ports.database.transaction() as session:
        rows = await repository.list_keys(session, caller.subject)
    return ApiKeys(items=[_describe(row) for row in rows])


@router.post(
    "",
    operation_id="makeApiKey",
    status_code=HTTPStatus.CREATED,
    responses=responses(NotFound, TooManyKeys, RequestInvalid, BodyTooLarge),
)
async def make_key(wanted: ApiKeyWanted, caller: PersonPart, ports: PortsPart) -> ApiKeyMade:
    """Make a key. It acts as the caller, with no more than its role: when the caller loses a group, so does the key."""
    now = datetime.now(UTC)
    group = None if wanted.group is None else (wanted.group.bot_id, wanted.group.chat_id)
    async with ports.database.transaction() as session:
        if group is not None:
            await find_group(session, caller.scope, bot_id=group[0], chat_id=group[1])
        if len(await repository.list_keys(session, caller.subject)) >= repository.MOST_KEYS:
            raise TooManyKeys
        row, key = await repository.make(
            session,
            name=wanted.name.strip() or wanted.name,
            subject=caller.subject,
            role=wanted.role,
            group=group,
            now=now,
            expires_at=None if wanted.days is None else now + timedelta(days=wanted.days),
        )
        await caller.note(
            session, "key_made", group=group, target=row.id, detail={"role": wanted.role}
        )
    return ApiKeyMade(**_describe(row).model_dump(), key=key)


@router.post(
    "/{key_id}/rotate",
    operation_id="rotateApiKey",
    responses=responses(NotFound, RequestInvalid),
)
async def rotate_key(key_id: KeyId, caller: PersonPart, ports: PortsPart) -> ApiKeyMade:
    """Give a key another secret. The former one works for another day."""
    async with ports.database.transaction() as session:
        row = await repository.find_own(session, key_id, subject=caller.subject)
        if row is None:
            raise NotFound
        key = await repository.rotate(session, row, now=datetime.now(UTC))
        await caller.note(session, "key_rotated", group=_group_of(row), target=row.id)
    return ApiKeyMade(**_describe(row).model_dump(), key=key)


@router.delete(
    "/{key_id}",
    operation_id="revokeApiKey",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(NotFound, RequestInvalid),
)
async def revoke_key(key_id: KeyId, caller: PersonPart, ports: PortsPart) -> None:
    """End a key at once, for good."""
    async with ports.database.transaction() as session:
        row = await repository.find_own(session, key_id, subject=caller.subject)
        if row is None:
            raise NotFound
        row.revoked_at = datetime.now(UTC)
        await caller.note(session, "key_revoked", group=_group_of(row), target=row.id)


def _group_of(row: models.ApiKey) -> tuple[int, int] | None:
    return None if row.bot_id is None or row.chat_id is None else (row.bot_id, row.chat_id)


def _describe(row: models.ApiKey) -> ApiKey:
    group = _group_of(row)
    works = row.former_until is not None and row.former_until > datetime.now(UTC)
    return ApiKey(
        id=row.id,
        name=row.name,
        role=cast("KeyRole", row.role),
        group=None if group is None else KeyGroup(bot_id=group[0], chat_id=group[1]),
        made_at=row.made_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        former_until=row.former_until if works else None,
    )
