"""Queries about events that wait for slow evidence."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Action, Enrichment, Outcome
from chatwarden.storage.repositories.daily import count_outcome
from chatwarden.storage.repositories.outcomes import OutcomeKey


async def take_due(
    session: AsyncSession, *, bot_id: int, now: datetime, until: datetime, limit: int
) -> Sequence[Enrichment]:
    """The longest due, `limit` at most; they are due again at `until`, should whoever took them die."""
    due = (
        select(Enrichment)
        .where(Enrichment.bot_id == bot_id, Enrichment.due_at <= now)
        .order_by(Enrichment.due_at, Enrichment.update_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (await session.scalars(due)).all()
    for one in taken:
        one.due_at, one.tries = until, one.tries + 1
    return taken


async def put_off(session: AsyncSession, *, bot_id: int, update_id: int, until: datetime) -> None:
    """Have one that was taken due at `until`, as if nobody had taken it; nothing where it is gone."""
    statement = (
        update(Enrichment)
        .where(Enrichment.bot_id == bot_id, Enrichment.update_id == update_id)
        .values(due_at=until, tries=Enrichment.tries - 1)
        .execution_options(synchronize_session=False)
    )
    await session.execute(statement)


async def next_due_at(session: AsyncSession, *, bot_id: int) -> datetime | None:
    """When the next one is due; None where there is none."""
    query = select(func.min(Enrichment.due_at)).where(Enrichment.bot_id == bot_id)
    return await session.scalar(query)


async def finish(session: AsyncSession, *, bot_id: int, update_ids: Collection[int]) -> set[int]:
    """Forget them; those that were there still: whoever forgets one may store what came of it, nobody else."""
    done = (
        delete(Enrichment)
        .where(Enrichment.bot_id == bot_id, Enrichment.update_id.in_(update_ids))
        .returning(Enrichment.update_id)
    )
    return set(await session.scalars(done))


async def first_outcome(session: AsyncSession, *, bot_id: int, update_id: int) -> Outcome | None:
    """Of the first round."""
    query = select(Outcome).where(
        Outcome.bot_id == bot_id, Outcome.update_id == update_id, Outcome.round == 1
    )
    return await session.scalar(query)


async def hand_over(session: AsyncSession, former: Outcome, later: OutcomeKey) -> set[str]:
    """Remove an outcome in favour of a later round's, which gets its actions. The kinds of these."""
    moved = await session.scalars(
        update(Action)
        .where(Action.trace_id == former.trace_id)
        .values(trace_id=later.trace_id)
        .returning(Action.kind)
        .execution_options(synchronize_session=False)
    )
    kinds = {str(kind) for kind in moved}
    if former.counted_as is not None:
        told = ((former.bot_id, former.chat_id), former.date, former.verdict)
        count_outcome(session, *told, former.counted_as, times=-1)
    await session.delete(former)
    await session.flush()
    return kinds
