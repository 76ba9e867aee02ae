"""Inserts that pass over what is there already, in the words of the database at hand."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

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
