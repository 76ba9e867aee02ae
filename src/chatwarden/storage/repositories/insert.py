"""Inserts that pass over what is there already, in the words of the database at hand."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Row, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from chatwarden.storage.models import Model

Insert = postgresql.Insert | sqlite.Insert


def insert_into(session: AsyncSession, model: type[Model]) -> Insert:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    table = cast("Table", model.__table__)
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


async def insert_new(
    session: AsyncSession, model: type[Model], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows that are not there yet: the same cause makes the same key."""
    if rows:
        await session.execute(insert_into(session, model).on_conflict_do_nothing(), list(rows))


async def insert_and_tell(
    session: AsyncSession,
    model: type[Model],
    rows: Sequence[Mapping[str, Any]],
    *columns: InstrumentedAttribute[Any],
) -> Sequence[Row[*tuple[Any, ...]]]:
    """As `insert_new`; these columns of the rows that were not there yet."""
    if not rows:
        return []
    statement = insert_into(session, model).on_conflict_do_nothing().returning(*columns)
    return (await session.execute(statement, list(rows))).all()
