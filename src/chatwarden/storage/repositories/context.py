"""Queries about the engine's context. Keys and layout of its records belong to `crates/context`."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import ContextRecord
from chatwarden.storage.repositories.insert import insert_into

_REST_BYTES = 24
"""As long as a key goes on, at most, after bot and chat."""


async def records_under(
    session: AsyncSession, prefixes: Sequence[bytes]
) -> list[tuple[bytes, bytes]]:
    """Records, key and value, whose keys begin so; `_engine.context_prefixes` tells with what a chat's do."""
    ranges = [
        ContextRecord.key.between(prefix, prefix + b"\xff" * _REST_BYTES) for prefix in prefixes
    ]
    rows = await session.execute(select(ContextRecord.key, ContextRecord.value).where(or_(*ranges)))
    return [(row.key, row.value) for row in rows]


async def find_record(session: AsyncSession, key: bytes) -> bytes | None:
    return await session.scalar(select(ContextRecord.value).where(ContextRecord.key == key))


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
