"""Queries about what was taken in from other deployments."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Imported, Workspace


async def all_imported(session: AsyncSession) -> Sequence[Imported]:
    return (await session.scalars(select(Imported).order_by(Imported.id))).all()


async def imported_state(session: AsyncSession) -> tuple[int, int]:
    """How many there are, and the newest: another pair says that something came or went."""
    query = select(func.count(), func.coalesce(func.max(Imported.id), 0))
    count, newest = (await session.execute(query.select_from(Imported))).one()
    return count, newest


async def counts_by_source(session: AsyncSession) -> dict[str, int]:
    query = select(Imported.source, func.count()).group_by(Imported.source)
    rows = await session.execute(query.order_by(Imported.source))
    return {source: int(count) for source, count in rows}


async def replace_imported(session: AsyncSession, source: str, rows: Sequence[Imported]) -> int:
    """Put rows in place of what the source had brought before; how many that were. Every workspace learns over it anew."""
    gone = await session.scalars(
        delete(Imported).where(Imported.source == source).returning(Imported.id)
    )
    session.add_all(rows)
    await session.execute(update(Workspace).values(shared_at=None))
    return len(gone.all())
