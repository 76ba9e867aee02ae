"""Figures by the hour: how many messages were really deleted and senders really punished."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import Action
from chatwarden.storage.models import HourlyCount
from chatwarden.storage.repositories.insert import insert_into

COUNTED = ("judged", "flagged", "deleted", "punished")
_DELETIONS = ("delete_message", "delete_reactions")
_NO_PUNISHMENT = ("undo", "challenge")


async def count_done(session: AsyncSession, done: Sequence[Action]) -> None:
    """Count actions that have just been done, each in the hour of the event that caused it."""
    rows: dict[tuple[int, int, datetime], Counter[str]] = {}
    for action in done:
        # What the bot tidies up of its own is nobody's spam.
        if action.kind not in _NO_PUNISHMENT and action.requested_by != "bot":
            hour = action.date.replace(minute=0, second=0, microsecond=0)
            row = rows.setdefault((action.bot_id, action.chat_id, hour), Counter())
            row["deleted" if action.kind in _DELETIONS else "punished"] += 1
    await add_counts(
        session,
        [
            {"bot_id": bot_id, "chat_id": chat_id, "hour": hour, **counter}
            for (bot_id, chat_id, hour), counter in rows.items()
        ],
    )


async def judged_since(session: AsyncSession, *, bot_id: int, chat_id: int, since: datetime) -> int:
    """Messages judged in a group, from the beginning of that hour on."""
    query = select(func.coalesce(func.sum(HourlyCount.judged), 0)).where(
        HourlyCount.bot_id == bot_id,
        HourlyCount.chat_id == chat_id,
        HourlyCount.hour >= since.replace(minute=0, second=0, microsecond=0),
    )
    return int(await session.scalar(query) or 0)


def day_of_hour(session: AsyncSession) -> ColumnElement[Any]:
    """The day in UTC of an HourlyCount, which SQLite gives as a text."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return func.date(HourlyCount.hour if is_sqlite else func.timezone("UTC", HourlyCount.hour))


async def add_counts(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Add to what is counted. Each row: the key of an HourlyCount, and any of COUNTED."""
    if not rows:
        return
    statement = insert_into(session, HourlyCount)
    columns = HourlyCount.__table__.columns
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["bot_id", "chat_id", "hour"],
            set_={name: columns[name] + statement.excluded[name] for name in COUNTED},
        ),
        [dict.fromkeys(COUNTED, 0) | row for row in rows],
    )
