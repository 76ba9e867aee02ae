"""A group's policy: read, changed, its history, and the way back."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden import _engine
from chatwarden.api.finding import find_group
from chatwarden.api.outcomes.bars import PERMILLE, bars_of
from chatwarden.api.policy.changes import changes_between
from chatwarden.api.policy.schemas import (
    GroupPolicy,
    PolicyForm,
    PolicyVersion,
    PolicyVersions,
    PresetBars,
)
from chatwarden.errors import FieldError, NotFound, PolicyChanged, PolicyInvalid
from chatwarden.storage import models
from chatwarden.storage.repositories import policies
from chatwarden.storage.repositories.scope import Scope

_FIELD = re.compile(r"([\w.\[\]]+(?: \(.*?\): [\w.]+)?): (.+)", re.DOTALL)
"""How the engine writes what is wrong: field, of a rule with its id, then what it is."""


def form() -> PolicyForm:
    """What a form is built from."""
    return PolicyForm(
        document_schema=msgspec.json.decode(_engine.schemas()["policy.schema.json"]),
        presets=[
            PresetBars(preset=preset, bars=bars_of({"preset": preset})) for preset in PERMILLE
        ],
    )


async def find(session: AsyncSession, scope: Scope, *, bot_id: int, chat_id: int) -> models.Group:
    """Raises NotFound, RoleTooLow."""
    return await find_group(session, scope, bot_id=bot_id, chat_id=chat_id)


async def read(session: AsyncSession, group: models.Group) -> GroupPolicy:
    """The policy that counts now."""
    return await read_version(session, group, group.policy_version)


async def read_version(session: AsyncSession, group: models.Group, version: int) -> GroupPolicy:
    """Raises NotFound for a version that is not kept."""
    row = await policies.find_version(
        session, bot_id=group.bot_id, chat_id=group.chat_id, version=version
    )
    if row is None and version != group.policy_version:
        raise NotFound
    shown = row or _only_version(group)
    return GroupPolicy(policy=completed(shown.policy), **_authorship(shown))


async def change(
    session: AsyncSession,
    group: models.Group,
    policy: Mapping[str, Any],
    *,
    reason: str,
    made_by: str,
) -> bool:
    """Give the group this policy. False where it is what counts already. Raises PolicyInvalid, and PolicyChanged where somebody was faster."""
    checked = check(policy)
    if checked == completed(group.policy):
        return False
    now = datetime.now(UTC)
    made = await policies.publish_policy(
        session, group, checked, reason=reason, made_by=made_by, now=now
    )
    if not made:
        raise PolicyChanged
    return True


async def history(
    session: AsyncSession, group: models.Group, *, limit: int, before: int | None
) -> PolicyVersions:
    """A page of versions, the newest first."""
    rows = list(
        await policies.list_versions(
            session, bot_id=group.bot_id, chat_id=group.chat_id, limit=limit + 1, before=before
        )
    )
    if not rows and before is None:
        rows = [_only_version(group)]
    shown, older = rows[:limit], [*rows[1 : limit + 1], None]
    return PolicyVersions(
        items=[
            PolicyVersion(
                changes=(
                    []
                    if former is None
                    else changes_between(completed(former.policy), completed(row.policy))
                ),
                **_authorship(row),
            )
            for row, former in zip(shown, older, strict=False)
        ],
        next_cursor=str(shown[-1].version) if len(rows) > limit else None,
    )


def check(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The policy with its defaults. Raises PolicyInvalid, which names the field."""
    try:
        # Escaped and without NaN: what is no JSON for the engine gets the engine's own words.
        return _complete(json.dumps(policy, allow_nan=False).encode())
    except _engine.PolicyError as error:
        wrong = _field_error(str(error))
    except ValueError:
        wrong = FieldError("policy", "holds a number that JSON does not know")
    raise PolicyInvalid(errors=[wrong])


def completed(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A stored policy with its defaults; one that the engine no longer takes as it is."""
    try:
        return _complete(msgspec.json.encode(policy))
    except _engine.PolicyError:
        return dict(policy)


def _complete(policy: bytes) -> dict[str, Any]:
    whole: dict[str, Any] = msgspec.json.decode(_engine.validate_policy(policy))
    return whole


def _field_error(words: str) -> FieldError:
    found = _FIELD.fullmatch(words)
    return FieldError("policy", words) if found is None else FieldError(found[1], found[2])


def _only_version(group: models.Group) -> models.PolicyVersion:
    """What a group began with: kept only once there is a second version."""
    return models.PolicyVersion(
        version=group.policy_version,
        policy=group.policy,
        reason=policies.AS_IT_WAS,
        made_at=group.created_at,
        made_by=None,
    )


def _authorship(row: models.PolicyVersion) -> dict[str, Any]:
    return {
        "version": row.version,
        "made_at": row.made_at,
        "made_by": row.made_by,
        "reason": row.reason,
    }
