"""Queries about policies, their versions, and the scores that move a group's own threshold."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Group, PolicyVersion, TrustedScore
from chatwarden.storage.repositories.insert import insert_into, insert_new


async def publish_policy(
    session: AsyncSession, group: Group, policy: Mapping[str, Any], *, reason: str, now: datetime
) -> None:
    """Give a group a new version of its policy, and keep the one it had."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id, "made_at": now}
    versions = [
        key | {"version": group.policy_version, "policy": group.policy, "reason": "as it was"},
        key | {"version": group.policy_version + 1, "policy": dict(policy), "reason": reason},
    ]
    await insert_new(session, PolicyVersion, versions)
    group.policy, group.policy_version = dict(policy), group.policy_version + 1


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
