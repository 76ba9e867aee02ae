"""Whether a database holds anything yet."""

from sqlalchemy import Select, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chatwarden.storage.models import Model


async def first_filled_table(
    connection: AsyncConnection, *, besides: type[Model] | None = None
) -> str | None:
    """A table that holds a row, other than `besides`; None where all are empty."""
    for table in Model.metadata.sorted_tables:
        if besides is not None and table is besides.__table__:
            continue
        any_row: Select[int] = select(literal_column("1")).select_from(table).limit(1)
        if (await connection.execute(any_row)).first():
            return str(table.name)
    return None
