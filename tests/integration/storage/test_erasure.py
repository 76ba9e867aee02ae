"""A person is erased from a database in which every table names them."""

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import JSON, BigInteger, Boolean, Integer, LargeBinary, String
from tests.support.keys import keyring_over
from tests.support.rows import BOT_ID, outcome_row

from chatwarden.errors import ErasureMustWait
from chatwarden.outcomes.person import SOMEBODY_ELSE, as_json, person_file
from chatwarden.privacy.erasure import erase
from chatwarden.privacy.holdings import (
    DELETED,
    DELETED_SUBJECTS,
    KEPT,
    UNNAMED,
    UNNAMED_SUBJECTS,
    holdings_of,
    subject_of,
)
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.storage.database import Database
from chatwarden.storage.models import Action, Challenge, Feedback, Model, Outcome, Strike
from chatwarden.storage.repositories import api_keys

PERSON, OTHER = 5_987_654_321, 5_123_456_789
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PSEUDONYMS = Pseudonyms(bytes(32))
TABLES = Model.metadata.sorted_tables

_IDS = {(model.__tablename__, column.key): column for model, column in (*UNNAMED, *DELETED, *KEPT)}
_SUBJECTS = {
    (model.__tablename__, column.key): column
    for model, column in (*UNNAMED_SUBJECTS, *DELETED_SUBJECTS)
}
_KEPT = {(model.__tablename__, column.key) for model, column in KEPT}
_WITH_ITS_ROW = {("challenges", "asked_in")}
"""Goes with the row, which is found by another column."""
_NAMES_SOMEBODY = {
    "sender_id",
    "user_id",
    "reporter_id",
    "owner_id",
    "to_chat_id",
    "card_chat_id",
    "asked_in",
    "subject",
    "target",
    "requested_by",
}
_NAMES_A_MASTER_KEY = ("data_keys", "wrapped_by")

_numbers: Iterator[int] = itertools.count(1)


def _value(table: str, column: Column[Any], person: int) -> Any:
    """Something that the column takes; where it names somebody, this person."""
    place = (table, column.name)
    if place in _SUBJECTS:
        return subject_of(person)
    if (place in _IDS and place not in _KEPT) or place in _WITH_ITS_ROW:
        return person
    number = next(_numbers)
    match column.type:
        case Boolean():
            return False
        case Integer() | BigInteger():
            return number
        case LargeBinary():
            return number.to_bytes(32)
        case JSON():
            return {"sender_id": person} if place == ("outcomes", "verdict") else {}
        case String():
            if place == ("actions", "state"):
                return "done"
            return "passed" if place == ("challenges", "state") else f"x{number}"
    return NOW


def _row(table: Any, person: int, **values: Any) -> dict[str, Any]:
    # Variants for a database hide the type beneath.
    return {column.name: _value(table.name, column, person) for column in table.columns} | values


async def _fill(database: Database, person: int) -> None:
    async with database.transaction() as session:
        for table in TABLES:
            await session.execute(insert(table).values(_row(table, person)))


async def _dump(database: Database) -> str:
    """Every value of every row."""
    rows: list[str] = []
    async with database.transaction() as session:
        for table in TABLES:
            found = await session.execute(select(table))
            rows += [f"{table.name} {tuple(row)}" for row in found]
    return "\n".join(rows)


def test_every_column_that_names_somebody_is_told_of() -> None:
    named = {
        (table.name, column.name)
        for table in TABLES
        for column in table.columns
        if column.name in _NAMES_SOMEBODY or column.name.endswith("_by")
    } - {_NAMES_A_MASTER_KEY}
    assert named == _IDS.keys() | _SUBJECTS.keys() | _WITH_ITS_ROW


def test_the_page_on_privacy_tells_of_every_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(table.name for table in TABLES)


def test_a_pseudonym_is_no_id_of_telegrams_and_tells_nothing_without_the_key() -> None:
    pseudonym = PSEUDONYMS.of(PERSON)
    assert 2**52 <= pseudonym < 2**53
    assert pseudonym == PSEUDONYMS.of(PERSON) != Pseudonyms(bytes([1] * 32)).of(PERSON)


async def test_whoever_is_erased_is_in_no_row_and_nobody_else_is_touched(
    database: Database,
) -> None:
    await _fill(database, OTHER)
    before = await _dump(database)
    await _fill(database, PERSON)

    rows = await erase(database, PERSON, pseudonyms=PSEUDONYMS)

    assert rows == len(_IDS) + len(_SUBJECTS) - len(KEPT)
    after = await _dump(database)
    assert str(PERSON) not in after
    assert set(before.splitlines()) <= set(after.splitlines())
    async with database.transaction() as session:
        held = await holdings_of(session, PERSON)
        others = await holdings_of(session, OTHER)
        outcome = (await session.scalars(select(Outcome).where(Outcome.sender_id > 2**52))).one()
    assert held.outcomes == held.actions == held.sign_ins == held.roles == 0
    assert others.outcomes == 1
    # What was decided, and why, can still be explained.
    assert outcome.sealed is None
    assert outcome.verdict["sender_id"] == outcome.sender_id == PSEUDONYMS.of(PERSON)


async def test_what_an_erased_persons_message_means_is_forgotten_and_what_was_said_of_it_stays(
    database: Database,
) -> None:
    async with database.transaction() as session:
        session.add_all([outcome_row(1, sender_id=PERSON), outcome_row(2, sender_id=OTHER)])
        for update_id in (1, 2):
            given = {"bot_id": BOT_ID, "update_id": update_id, "vector": b"sealed"}
            row = _row(Feedback.__table__, OTHER, **given)
            await session.execute(insert(Feedback).values(row))

    await erase(database, PERSON, pseudonyms=PSEUDONYMS)

    async with database.transaction() as session:
        kept = await session.execute(select(Feedback.update_id, Feedback.vector))
        assert dict(kept.all()) == {1: None, 2: b"sealed"}


async def test_a_persons_file_tells_of_every_table_and_of_nobody_else(database: Database) -> None:
    await _fill(database, OTHER)
    await _fill(database, PERSON)
    async with database.transaction() as session:
        strike = _row(Strike.__table__, PERSON, given_by=subject_of(OTHER))
        await session.execute(insert(Strike).values(strike))
        file = await person_file(
            session, PERSON, keyring=keyring_over(database, bytes(32)), now=NOW
        )
    written = as_json(file).decode()
    lists = (*UNNAMED, *DELETED, *UNNAMED_SUBJECTS, *DELETED_SUBJECTS)
    assert file["held"].keys() == {model.__tablename__ for model, _ in lists}
    assert str(PERSON) in written
    assert str(OTHER) not in written
    assert [row["given_by"] for row in file["held"]["strikes"]] == [
        subject_of(PERSON),
        SOMEBODY_ELSE,
    ]


async def test_a_persons_file_holds_their_own_words_and_no_hash(database: Database) -> None:
    keyring = keyring_over(database, b"k" * 32)
    sealer = keyring.deployment
    async with database.transaction() as session:
        mine = outcome_row(1, sealer=sealer, sender_id=PERSON, texts=[("text", "My own words")])
        session.add_all([mine, outcome_row(2, sealer=sealer, sender_id=OTHER)])
        await api_keys.make(
            session,
            name="report",
            subject=subject_of(PERSON),
            role="viewer",
            group=None,
            now=NOW,
            expires_at=None,
        )
    async with database.transaction() as session:
        file = await person_file(session, PERSON, keyring=keyring, now=NOW)
    (outcome,), (key,) = file["held"]["outcomes"], file["held"]["api_keys"]
    assert [text.text for text in outcome["texts"]] == ["My own words"]
    assert outcome["name"] == "Crypto Carla"
    assert key["name"] == "report"
    assert "hash" not in key
    assert "Easy money" not in as_json(file).decode()


async def test_twice_is_once(database: Database) -> None:
    await _fill(database, PERSON)
    await erase(database, PERSON, pseudonyms=PSEUDONYMS)
    before = await _dump(database)
    assert await erase(database, PERSON, pseudonyms=PSEUDONYMS) == 0
    assert await _dump(database) == before


@pytest.mark.parametrize(
    ("model", "state"), [(Action, "pending"), (Action, "started"), (Challenge, "open")]
)
async def test_what_is_under_way_is_ended_first(
    database: Database, model: type[Model], state: str
) -> None:
    await _fill(database, PERSON)
    async with database.transaction() as session:
        await session.execute(update(model).values(state=state))
    before = await _dump(database)
    with pytest.raises(ErasureMustWait):
        await erase(database, PERSON, pseudonyms=PSEUDONYMS)
    assert await _dump(database) == before


@pytest.mark.parametrize(
    "change",
    [
        "subject = 'operator'",
        f"subject = 'user:{OTHER}'",
        "target = 'user:x'",
        "kind = 'undone'",
        f"subject = 'user:{2**52}', detail = '[1]'",
    ],
)
async def test_nothing_else_of_the_audit_log_gives_way(database: Database, change: str) -> None:
    await _fill(database, PERSON)
    with pytest.raises(DBAPIError):
        async with database.transaction() as session:
            await session.execute(text(f"UPDATE audit_events SET {change}"))
    with pytest.raises(DBAPIError, match="only added to"):
        async with database.transaction() as session:
            await session.execute(text("DELETE FROM audit_events"))
