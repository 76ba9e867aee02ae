"""Erases a person: what names them goes, or stands under a pseudonym.

In: a person's id. Out: how many rows were touched. Each step is a small transaction, and the same twice: what a process began and did not finish is finished by
asking again. Fails with ErasureMustWait where something about them is still under way, and with StorageUnavailable.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

from sqlalchemy import CursorResult, Table, delete, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from chatwarden.errors import ErasureMustWait
from chatwarden.privacy.holdings import (
    DELETED,
    DELETED_SUBJECTS,
    UNNAMED,
    UNNAMED_SUBJECTS,
    subject_of,
)
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.storage.database import Database
from chatwarden.storage.models import Action, Challenge, Feedback, Model, Outcome
from chatwarden.storage.repositories.actions import IS_OPEN
from chatwarden.storage.repositories.groups import list_groups
from chatwarden.storage.repositories.keys import is_one_of

_ROWS_A_STEP = 500


async def erase_everywhere(
    database: Database,
    person: int,
    *,
    bot_id: int,
    pseudonyms: Pseudonyms,
    forget: Callable[[int, int], Awaitable[None]],
) -> int:
    """Erase from the database, and have the engine forget: `forget` takes a group and a sender. How many rows that were."""
    async with database.transaction() as session:
        groups = await list_groups(session, bot_id=bot_id)
    rows = await erase(database, person, pseudonyms=pseudonyms)
    for group in groups:
        await forget(group.chat_id, person)
    return rows


async def erase(database: Database, person: int, *, pseudonyms: Pseudonyms) -> int:
    """Erase from the database; what the engine remembers is the caller's to erase. How many rows that were."""
    await _check_nothing_is_under_way(database, person)
    pseudonym = pseudonyms.of(person)
    rows = await _unname_outcomes(database, person, pseudonym)
    for model, column in UNNAMED:
        if model is not Outcome:
            rows += await _set(database, model, column == person, {column.key: pseudonym})
    for model, subject in UNNAMED_SUBJECTS:
        named = {subject.key: subject_of(pseudonym)}
        rows += await _set(database, model, subject == subject_of(person), named)
    for model, column in DELETED:
        rows += await _delete(database, model, column == person)
    for model, subject in DELETED_SUBJECTS:
        rows += await _delete(database, model, subject == subject_of(person))
    return rows


async def _check_nothing_is_under_way(database: Database, person: int) -> None:
    """An action or a question without its addressee could neither be done nor end."""
    async with database.transaction() as session:
        under_way = await session.scalar(
            select(Action.id).where(Action.sender_id == person, IS_OPEN).limit(1)
        )
        question = await session.scalar(
            select(Challenge.id)
            .where(Challenge.user_id == person, Challenge.state == "open")
            .limit(1)
        )
    if under_way is not None or question is not None:
        raise ErasureMustWait


async def _unname_outcomes(database: Database, person: int, pseudonym: int) -> int:
    """Texts go, reasons stay. The verdict names the sender once more."""
    rows = 0
    while True:
        async with database.transaction() as session:
            found = await session.scalars(
                select(Outcome).where(Outcome.sender_id == person).limit(_ROWS_A_STEP)
            )
            some = list(found)
            for outcome in some:
                outcome.sender_id = pseudonym
                outcome.sealed = None
                outcome.verdict = outcome.verdict | {"sender_id": pseudonym}
            # A vector tells what a text was about.
            about = [(outcome.bot_id, outcome.update_id) for outcome in some]
            await session.execute(
                update(Feedback)
                .where(is_one_of((Feedback.bot_id, Feedback.update_id), about))
                .values(vector=None)
                .execution_options(synchronize_session=False)
            )
        if not some:
            return rows
        rows += len(some)


async def _set(
    database: Database, model: type[Model], mine: ColumnElement[bool], values: dict[str, Any]
) -> int:
    return await _in_steps(
        database, model, mine, lambda some: update(model).where(some).values(values)
    )


async def _delete(database: Database, model: type[Model], mine: ColumnElement[bool]) -> int:
    return await _in_steps(database, model, mine, lambda some: delete(model).where(some))


async def _in_steps(
    database: Database, model: type[Model], mine: ColumnElement[bool], statement: Any
) -> int:
    rows = 0
    key = _key_of(model)
    while True:
        some = tuple_(*key).in_(select(*key).where(mine).limit(_ROWS_A_STEP))
        async with database.transaction() as session:
            done = await session.execute(
                statement(some).execution_options(synchronize_session=False)
            )
        if (count := cast("CursorResult[Any]", done).rowcount) == 0:
            return rows
        rows += count


def _key_of(model: type[Model]) -> Iterable[ColumnElement[Any]]:
    return list(cast("Table", model.__table__).primary_key.columns)
