"""Queries about data keys, which are wrapped: `storage/keyring.py` opens them."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import DataKey
from chatwarden.storage.models.data_key import DEPLOYMENT
from chatwarden.storage.repositories.insert import insert_new
from chatwarden.storage.repositories.keys import is_one_of


async def find_deployments(session: AsyncSession, *, lock: bool = False) -> DataKey | None:
    """The deployment's own; None before the first start. `lock`: until the end of the transaction nobody else has it so."""
    bot_id, chat_id = DEPLOYMENT
    query = select(DataKey).where(DataKey.bot_id == bot_id, DataKey.chat_id == chat_id)
    return await session.scalar(query.with_for_update() if lock else query)


async def find(session: AsyncSession, id_: str) -> DataKey | None:
    """None where there is none, or it was destroyed."""
    return await session.scalar(select(DataKey).where(DataKey.id == id_, _is_live()))


async def of_groups(
    session: AsyncSession, groups: Collection[tuple[int, int]]
) -> dict[tuple[int, int], DataKey]:
    """By bot and chat; of several that a group has, the same one to everybody."""
    query = select(DataKey).where(is_one_of((DataKey.bot_id, DataKey.chat_id), groups), _is_live())
    rows = await session.scalars(query.order_by(DataKey.made_at.desc(), DataKey.id))
    return {(row.bot_id, row.chat_id): row for row in rows}


async def every(session: AsyncSession) -> Sequence[DataKey]:
    """Those that are not destroyed, the deployment's first."""
    query = select(DataKey).where(_is_live())
    return (
        await session.scalars(query.order_by(DataKey.bot_id, DataKey.chat_id.desc(), DataKey.id))
    ).all()


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many each master key wraps, by its id."""
    query = select(DataKey.wrapped_by, func.count()).where(_is_live()).group_by(DataKey.wrapped_by)
    return {str(wrapped_by): count for wrapped_by, count in await session.execute(query)}


async def add(
    session: AsyncSession,
    id_: str,
    *,
    of: tuple[int, int],
    wrapped: bytes,
    wrapped_by: str,
    now: datetime,
) -> None:
    """`of`: bot and chat. The deployment's is added once: a second one is passed over, and so is one of an id that is taken."""
    row = {
        "id": id_,
        "bot_id": of[0],
        "chat_id": of[1],
        "wrapped": wrapped,
        "wrapped_by": wrapped_by,
        "made_at": now,
    }
    await insert_new(session, DataKey, [row])


async def destroy(
    session: AsyncSession, groups: Collection[tuple[int, int]], *, now: datetime
) -> set[str]:
    """Destroy the keys of groups; their ids. A row each stays, so that every process forgets the key and the group: also for a group that had none."""
    mine = is_one_of((DataKey.bot_id, DataKey.chat_id), groups)
    destroying = (
        update(DataKey)
        .where(mine, _is_live())
        .values(wrapped=None, wrapped_by=None, destroyed_at=now)
        .returning(DataKey)
        .execution_options(synchronize_session=False)
    )
    keys = (await session.scalars(destroying)).all()
    had = {(row.bot_id, row.chat_id) for row in keys}
    session.add_all(
        DataKey(
            id=secrets.token_hex(4),
            bot_id=bot_id,
            chat_id=chat_id,
            made_at=now,
            destroyed_at=now,
        )
        for bot_id, chat_id in groups
        if (bot_id, chat_id) not in had
    )
    await session.flush()
    return {row.id for row in keys}


async def destroyed(session: AsyncSession) -> Sequence[DataKey]:
    """Lately."""
    return (await session.scalars(select(DataKey).where(DataKey.destroyed_at.is_not(None)))).all()


def _is_live() -> ColumnElement[bool]:
    return DataKey.destroyed_at.is_(None)
