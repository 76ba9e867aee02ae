"""Figures by the hour: how many messages were really deleted and senders really punished."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Action, HourlyCount, Outcome


async def count_done(session: AsyncSession, ended: Sequence[tuple[Action, Outcome]]) -> None:
    """Count actions that have just been done, in the hour of their event; not those that another covered.

    The hour's row is there: it counts the event as judged.
    """
    done: Counter[tuple[int, int, datetime, str]] = Counter()
    for action, outcome in ended:
        if action.state == "done" and action.kind != "undo" and not _covered(action):
            hour = outcome.date.replace(minute=0, second=0, microsecond=0)
            column = "deleted" if action.kind == "delete_message" else "punished"
            done[action.bot_id, action.chat_id, hour, column] += 1
    for (bot_id, chat_id, hour, column), number in done.items():
        await session.execute(
            update(HourlyCount)
            .where(
                HourlyCount.bot_id == bot_id,
                HourlyCount.chat_id == chat_id,
                HourlyCount.hour == hour,
            )
            .values({column: getattr(HourlyCount, column) + number})
            .execution_options(synchronize_session=False)
        )


def _covered(action: Action) -> bool:
    return bool((action.result or {}).get("covered_by"))
