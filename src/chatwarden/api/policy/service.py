"""A group's policy: read, changed, its history, and the way back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden import _engine
from chatwarden.api.finding import find_group
from chatwarden.api.outcomes.bars import PERMILLE, bars_of
from chatwarden.api.policy.schemas import (
    FieldChange,
    GroupPolicy,
    PolicyForm,
    PolicyVersion,
    PolicyVersions,
    PresetBars,
)
from chatwarden.errors import NotFound, PolicyChanged
from chatwarden.policies.changes import changes_between
from chatwarden.policies.checking import check, completed
from chatwarden.storage import models
from chatwarden.storage.repositories import policies
from chatwarden.storage.repositories.groups import neighbours
from chatwarden.storage.repositories.scope import Scope

_SPREAD = "as another group of the workspace"


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


async def spread(
    session: AsyncSession, group: models.Group, scope: Scope, *, made_by: str
) -> list[tuple[models.Group, bool]]:
    """Give the other groups of its workspace that are in scope this group's policy; each with whether that is another one than it had.

    The text model's threshold follows what each group's members write: it stays each group's own. Raises PolicyChanged.
    """
    mine = completed(group.policy)
    others = []
    for other in await neighbours(session, group, scope):
        policy = mine | {"text_threshold": completed(other.policy)["text_threshold"]}
        is_new = await change(session, other, policy, reason=_SPREAD, made_by=made_by)
        others.append((other, is_new))
    return others


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
                    else [
                        FieldChange.of(one)
                        for one in changes_between(completed(former.policy), completed(row.policy))
                    ]
                ),
                **_authorship(row),
            )
            for row, former in zip(shown, older, strict=False)
        ],
        next_cursor=str(shown[-1].version) if len(rows) > limit else None,
    )


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
