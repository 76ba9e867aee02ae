"""Everything that is held about a person, as a file for themselves.

In: a person's id. Out: the rows that name them, table by table as docs/privacy.md tells of them. Whoever else stands in such a row is not told of, and no hash or
key; of messages the person's own texts are opened.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import JSON, LargeBinary

from chatwarden.outcomes.appeals import open_words
from chatwarden.outcomes.texts import open_texts
from chatwarden.privacy.holdings import (
    DELETED,
    DELETED_SUBJECTS,
    KEPT,
    UNNAMED,
    UNNAMED_SUBJECTS,
    subject_of,
)
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Appeal, Model, Outcome, TeamMember
from chatwarden.storage.repositories.team import open_name

SOMEBODY_ELSE = "somebody else"
_BY_ID = (*UNNAMED, *DELETED, *KEPT)
_BY_SUBJECT = (*UNNAMED_SUBJECTS, *DELETED_SUBJECTS)
_NAMING = {(model, column.key) for model, column in (*_BY_ID, *_BY_SUBJECT)}
_TOLD_JSON = {("outcomes", "verdict"), ("audit_events", "detail")}
"""Others may tell of others, or are numbers and settings."""


async def person_file(
    session: AsyncSession, person: int, *, keyring: Keyring, now: datetime
) -> dict[str, Any]:
    """JSON to be, by table; empty tables are left out."""
    mine: dict[type[Model], list[ColumnElement[bool]]] = defaultdict(list)
    for model, column in _BY_ID:
        mine[model].append(column == person)
    for model, subject in _BY_SUBJECT:
        mine[model].append(subject == subject_of(person))
    held: dict[str, list[dict[str, Any]]] = {}
    for model, conditions in mine.items():
        rows = await session.scalars(select(model).where(or_(*conditions)))
        if told := [await _told(row, person, keyring) for row in rows]:
            held[model.__tablename__] = told
    return {"person": person, "written_at": now, "held": held}


def as_json(held: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(held), indent=2)


async def _told(row: Model, person: int, keyring: Keyring) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for column in type(row).__table__.columns:
        attribute: InstrumentedAttribute[Any] = getattr(type(row), column.key)
        is_told_json = (row.__tablename__, column.key) in _TOLD_JSON
        if isinstance(column.type, LargeBinary) or (
            isinstance(column.type, JSON) and not is_told_json
        ):
            continue
        value = getattr(row, attribute.key)
        if (type(row), column.key) in _NAMING and _names_another(value, person):
            value = SOMEBODY_ELSE
        told[column.key] = value
    if isinstance(row, Outcome) and row.sender_id == person:
        texts, state = await open_texts(row, keyring)
        told |= {"texts": texts.texts, "texts_state": state, "name": texts.sender_name}
    if isinstance(row, Appeal):
        told["words"] = await open_words(row, keyring)
    if isinstance(row, TeamMember) and row.user_id == person:
        told["name"] = await open_name(row, keyring)
    return told


def _names_another(value: int | str | None, person: int) -> bool:
    """A name of the product's own, such as "verdict", names nobody."""
    if isinstance(value, str):
        return value.startswith("user:") and value != subject_of(person)
    return value is not None and value != person
