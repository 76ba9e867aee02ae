"""Queries about policies, their versions, and the scores that move a group's own threshold."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Group, PolicyVersion, TrustedScore
from chatwarden.storage.repositories.insert import insert_into, insert_new

AS_IT_WAS = "as it was"
"""The reason of the version that a group began with."""


async def publish_policy(
    session: AsyncSession,
    group: Group,
    policy: Mapping[str, Any],
    *,
    reason: str,
    made_by: str | None,
    now: datetime,
) -> bool:
    """Give a group a new version of its policy, and keep the one it had. False where somebody else did so since `group` was read:
    then nothing was changed.
    """
    former, version = group.policy, group.policy_version
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    taken = await session.execute(
        update(Group)
        .where(
            Group.bot_id == group.bot_id,
            Group.chat_id == group.chat_id,
            Group.policy_version == version,
        )
        .values(policy=dict(policy), policy_version=version + 1)
    )
    if cast("CursorResult[Any]", taken).rowcount == 0:
        return False
    first = {"version": version, "policy": former, "reason": AS_IT_WAS, "made_by": None}
    later = {"version": version + 1, "policy": dict(policy), "reason": reason, "made_by": made_by}
    rows = [key | first | {"made_at": group.created_at}, key | later | {"made_at": now}]
    await insert_new(session, PolicyVersion, rows)
    return True


async def find_version(
    session: AsyncSession, *, bot_id: int, chat_id: int, version: int
) -> PolicyVersion | None:
    """None of a version that was never kept: the only one that a group ever had, too."""
    return await session.get(PolicyVersion, (bot_id, chat_id, version))


async def list_versions(
    session: AsyncSession, *, bot_id: int, chat_id: int, limit: int, before: int | None = None
) -> Sequence[PolicyVersion]:
    """The newest first, older than `before`."""
    query = (
        select(PolicyVersion)
        .where(PolicyVersion.bot_id == bot_id, PolicyVersion.chat_id == chat_id)
        .order_by(PolicyVersion.version.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(PolicyVersion.version < before)
    return (await session.scalars(query)).all()


async def add_trusted_scores(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add to what is counted; each row is a TrustedScore."""
    if not rows:
        return
    statement = insert_into(session, TrustedScore)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["bot_id", "chat_id", "day", "bin"],
            set_={"messages": TrustedScore.messages + statement.excluded.messages},
        ),
        list(rows),
    )


async def trusted_scores(
    session: AsyncSession, *, bot_id: int, since: datetime
) -> dict[int, dict[int, int]]:
    """Messages by bin, by group, of the days since then."""
    query = (
        select(TrustedScore.chat_id, TrustedScore.bin, func.sum(TrustedScore.messages))
        .where(TrustedScore.bot_id == bot_id, TrustedScore.day >= since)
        .group_by(TrustedScore.chat_id, TrustedScore.bin)
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for chat_id, bin_, messages in await session.execute(query):
        found[chat_id][bin_] = int(messages)
    return found


async def forget_trusted_scores(session: AsyncSession, *, bot_id: int, before: datetime) -> None:
    await session.execute(
        delete(TrustedScore).where(TrustedScore.bot_id == bot_id, TrustedScore.day < before)
    )
