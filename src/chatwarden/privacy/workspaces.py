"""Erases a workspace: its groups' rows go, and their keys are destroyed, and with these whatever they sealed, wherever a copy of it lies.

In: the groups of a workspace. Out: how many rows that were. Nothing of them stays but their audit log, under pseudonyms. The large tables are emptied in small steps, while the groups are still there: what a
process began and did not finish is finished by asking again. Fails with ErasureMustWait where something of them is still under way, and with StorageUnavailable.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import ColumnElement, CursorResult, Table, delete, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from chatwarden.errors import ErasureMustWait, SealBroken, StorageUnavailable
from chatwarden.privacy.holdings import subject_of
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import (
    Action,
    AuditEvent,
    Card,
    Challenge,
    DataKey,
    DeadLetter,
    Group,
    Model,
    Outcome,
    TeamMember,
    Webhook,
    WebhookDelivery,
    Workspace,
)
from chatwarden.storage.repositories import audit, data_keys, dead_letters
from chatwarden.storage.repositories.actions import IS_OPEN
from chatwarden.storage.repositories.keys import is_one_of

log = structlog.get_logger()

_ROWS_A_STEP = 500
_STAYS = frozenset({AuditEvent.__tablename__, DataKey.__tablename__, Group.__tablename__})


async def erase_workspace(
    database: Database,
    groups: Sequence[Group],
    *,
    keyring: Keyring,
    pseudonyms: Pseudonyms,
    erased_by: str,
    now: datetime,
) -> int:
    """Erase groups of one bot from the database, and the workspace that has none left. What the engine remembers of them is the caller's to erase. How many rows that were.

    `erased_by`: a subject; the audit log has it under a pseudonym.
    """
    keys = {(group.bot_id, group.chat_id) for group in groups}
    await _check_nothing_is_under_way(database, keys)
    rows = await _delete_in_steps(database, keys)
    async with _erasing(database) as session:
        # What came since, little as it is, goes with the key that sealed it.
        for table, mine in _rows_of(keys):
            rows += await _delete(session, delete(table).where(mine))
        await _unname(session, keys, pseudonyms)
        destroyed = await data_keys.destroy(session, keys, now=now)
        await session.execute(delete(Group).where(is_one_of((Group.bot_id, Group.chat_id), keys)))
        await _delete_empty(session, {group.workspace_id for group in groups})
        await audit.note(
            session,
            "workspace_erased",
            subject=_pseudonym_of(erased_by, pseudonyms),
            now=now,
            detail={"groups": len(groups)},
        )
    keyring.forget(destroyed)
    rows += await _drop_letters(database, groups, keyring)
    try:
        await database.scrub(DataKey.__tablename__)
    except StorageUnavailable as error:
        log.warning("destroyed keys are not overwritten yet", detail=error.detail)
    return rows + len(groups)


@asynccontextmanager
async def _erasing(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.transaction() as session:
        if database.kind == "sqlite":
            # What is deleted is overwritten, too.
            await session.execute(text("PRAGMA secure_delete = ON"))
        yield session


def _rows_of(keys: Collection[tuple[int, int]]) -> list[tuple[Table, ColumnElement[bool]]]:
    """What is deleted of groups. What is found by other rows comes before these."""
    mine = is_one_of((Outcome.bot_id, Outcome.chat_id), keys)
    outcomes = select(Outcome.bot_id, Outcome.update_id).where(mine)
    hooks = select(Webhook.id).where(is_one_of((Webhook.bot_id, Webhook.chat_id), keys))
    found: list[tuple[Table, ColumnElement[bool]]] = [
        (_table(Card), tuple_(Card.bot_id, Card.update_id).in_(outcomes)),
        (_table(WebhookDelivery), WebhookDelivery.webhook_id.in_(hooks)),
    ]
    for table in Model.metadata.sorted_tables:
        columns = table.c
        if table.name not in _STAYS and "bot_id" in columns and "chat_id" in columns:
            pair = cast("Sequence[InstrumentedAttribute[int]]", (columns.bot_id, columns.chat_id))
            found.append((table, is_one_of(pair, keys)))
    return found


async def _delete_in_steps(database: Database, keys: Collection[tuple[int, int]]) -> int:
    """Empty one table after the other, in small transactions; how many rows those were. Roles stay: whoever asks must be able to ask again."""
    rows = 0
    for table, mine in _rows_of(keys):
        if table.name == TeamMember.__tablename__:
            continue
        key = list(table.primary_key.columns)
        some = tuple_(*key).in_(select(*key).where(mine).limit(_ROWS_A_STEP))
        count = _ROWS_A_STEP
        while count == _ROWS_A_STEP:
            async with _erasing(database) as session:
                count = await _delete(session, delete(table).where(some))
            rows += count
    return rows


async def _delete(session: AsyncSession, statement: Any) -> int:
    done = await session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount


async def _check_nothing_is_under_way(
    database: Database, keys: Collection[tuple[int, int]]
) -> None:
    """An action or a question whose row is gone could neither be done nor end."""
    action = select(Action.id).where(is_one_of((Action.bot_id, Action.chat_id), keys), IS_OPEN)
    question = select(Challenge.id).where(
        is_one_of((Challenge.bot_id, Challenge.chat_id), keys), Challenge.state == "open"
    )
    async with database.transaction() as session:
        for asked in (action, question):
            if await session.scalar(asked.limit(1)) is not None:
                raise ErasureMustWait


async def _unname(
    session: AsyncSession, keys: Collection[tuple[int, int]], pseudonyms: Pseudonyms
) -> None:
    """The audit log is never deleted from: that somebody did something stays, who it was does not."""
    mine = AuditEvent.chat_id.is_not(None) & is_one_of(
        cast("Sequence[InstrumentedAttribute[int]]", (AuditEvent.bot_id, AuditEvent.chat_id)),
        keys,
    )
    for column in (AuditEvent.subject, AuditEvent.target):
        for named in (await session.scalars(select(column).where(mine).distinct())).all():
            if named is not None and (other := _pseudonym_of(named, pseudonyms)) != named:
                await session.execute(
                    update(AuditEvent)
                    .where(mine, column == named)
                    .values({column.key: other})
                    .execution_options(synchronize_session=False)
                )


def _pseudonym_of(subject: str, pseudonyms: Pseudonyms) -> str:
    """Of a person; what names nobody stays as it is."""
    name, _, number = subject.partition(":")
    if name != "user" or not number.isdecimal() or pseudonyms.is_one(int(number)):
        return subject
    return subject_of(pseudonyms.of(int(number)))


async def _delete_empty(session: AsyncSession, workspace_ids: set[int | None]) -> None:
    used = select(Group.workspace_id).where(Group.workspace_id.is_not(None))
    await session.execute(
        delete(Workspace)
        .where(Workspace.id.in_(workspace_ids - {None}), Workspace.id.not_in(used))
        .execution_options(synchronize_session=False)
    )


async def _drop_letters(database: Database, groups: Sequence[Group], keyring: Keyring) -> int:
    """Updates that nobody could judge name their group inside only."""
    named = [b"%d" % group.chat_id for group in groups]
    rows = 0
    async with _erasing(database) as session:
        mine = DeadLetter.bot_id == groups[0].bot_id
        for letter in (await session.scalars(select(DeadLetter).where(mine))).all():
            try:
                place = dead_letters.place_of(letter.bot_id)
                raw = keyring.deployment.open(letter.sealed, place=place)
            except SealBroken:
                continue  # No key opens it any more: nobody reads it.
            if any(name in raw for name in named):
                await session.delete(letter)
                rows += 1
    return rows


def _table(model: type[Model]) -> Table:
    return cast("Table", model.__table__)
