"""Queries about the engine's context. Keys and layout of its records belong to `crates/context`."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import ContextRecord
from chatwarden.storage.repositories.insert import insert_into


async def store_context(
    session: AsyncSession,
    records: Sequence[tuple[bytes, bytes]],
    forgotten: Sequence[bytes] = (),
) -> None:
    """Put records, whole, in place of older ones, and delete those that are forgotten."""
    if records:
        statement = insert_into(session, ContextRecord)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["key"], set_={"value": statement.excluded.value}
            ),
            [{"key": key, "value": value} for key, value in records],
        )
    if forgotten:
        forget = delete(ContextRecord).where(ContextRecord.key == bindparam("forgotten_key"))
        connection = await session.connection()
        await connection.execute(forget, [{"forgotten_key": key} for key in forgotten])
