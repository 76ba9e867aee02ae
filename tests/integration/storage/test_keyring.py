"""Data keys on both databases: made, found by every process, wrapped anew, destroyed."""

import asyncio
import os
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.rows import BOT_ID, CHAT_ID, group_row, outcome_row

from chatwarden.errors import ConfigurationError, SealBroken
from chatwarden.outcomes.texts import open_texts
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring, rotate
from chatwarden.storage.master_key import LocalMasterKey, MasterKeys
from chatwarden.storage.models import DataKey, Outcome
from chatwarden.storage.repositories import data_keys
from chatwarden.storage.sealing import Sealer

OLD, NEW = LocalMasterKey(b"o" * 32), LocalMasterKey(b"n" * 32)
OTHER_CHAT = CHAT_ID - 1
NOW = outcome_row(1).date


async def begin(database: Database, *masters: LocalMasterKey, **more: Any) -> Keyring:
    """As a process does at its start, with connections of its own."""
    return await Keyring.begin(database, MasterKeys(*masters), **more)


async def keep(database: Database, keyring: Keyring, number: int, chat_id: int = CHAT_ID) -> None:
    """An outcome with a text, sealed as the recorder does it."""
    sealer = await keyring.of_group(BOT_ID, chat_id)
    row = outcome_row(number, chat_id=chat_id, sealer=sealer, texts=[("text", f"text {number}")])
    async with database.transaction() as session:
        session.add(row)


async def read(database: Database, keyring: Keyring) -> dict[int, str]:
    """The texts that a process can read, by update."""
    async with database.transaction() as session:
        rows = (await session.scalars(select(Outcome))).all()
    opened = {row.update_id: (await open_texts(row, keyring))[0].texts for row in rows}
    return {number: texts[0].text for number, texts in opened.items() if texts}


async def wrapped_by(database: Database) -> dict[str, int]:
    async with database.transaction() as session:
        return await data_keys.counts(session)


async def test_the_deployments_key_is_made_once_and_is_not_the_master_key(
    database: Database,
) -> None:
    first, second = await asyncio.gather(begin(database, OLD), begin(database, OLD))

    assert first.key == second.key != OLD.key
    assert (await begin(database, OLD)).key == first.key
    assert await wrapped_by(database) == {OLD.id: 1}


async def test_what_a_version_without_data_keys_sealed_opens_and_so_its_key_stays(
    database: Database,
) -> None:
    async with database.transaction() as session:
        session.add_all(
            [group_row(), outcome_row(1, sealer=Sealer(OLD.key), texts=[("text", "of before")])]
        )
    keyring = await begin(database, OLD)
    await keep(database, keyring, 2)
    await rotate(database, MasterKeys(NEW, OLD))

    assert keyring.key == (await begin(database, NEW)).key == OLD.key
    assert await read(database, await begin(database, NEW)) == {1: "of before", 2: "text 2"}


async def test_a_first_start_after_an_upgrade_with_two_master_keys_is_refused(
    database: Database,
) -> None:
    async with database.transaction() as session:
        session.add(group_row())
    with pytest.raises(ConfigurationError, match="Start it once with the master key that it had"):
        await begin(database, NEW, OLD)
    assert await wrapped_by(database) == {}


async def test_each_group_has_a_key_of_its_own_that_every_process_finds(
    database: Database,
) -> None:
    writer, reader = await begin(database, OLD), await begin(database, OLD)
    await keep(database, writer, 1)
    await keep(database, writer, 2, OTHER_CHAT)
    await keep(database, reader, 3)

    assert await read(database, reader) == {1: "text 1", 2: "text 2", 3: "text 3"}
    assert await read(database, writer) == await read(database, reader)
    async with database.transaction() as session:
        rows = (await session.scalars(select(Outcome).order_by(Outcome.update_id))).all()
    first, second, third = (row.sealed[1:5] for row in rows if row.sealed is not None)
    assert first == third != second
    assert writer.deployment.key_id not in (first.hex(), second.hex())


async def test_a_key_that_is_known_costs_no_question(database: Database) -> None:
    keyring = await begin(database, OLD)
    await keep(database, keyring, 1)
    known = await keyring.of_group(BOT_ID, CHAT_ID)
    await database.engine.dispose()
    keyring._database = Database("postgresql+asyncpg://nobody@127.0.0.1:9/none")

    assert await keyring.of_group(BOT_ID, CHAT_ID) is known
    assert await keyring.open(known.seal(b"words", place="a"), place="a") == b"words"
    await keyring._database.close()


async def test_while_keys_are_wrapped_anew_old_and_new_processes_read_and_write(
    database: Database,
) -> None:
    old, both = await begin(database, OLD), await begin(database, NEW, OLD)
    await keep(database, old, 1)
    await keep(database, both, 2, OTHER_CHAT)
    assert await wrapped_by(database) == {OLD.id: 3}  # not the one that its setting calls present

    changed = await rotate(database, MasterKeys(NEW, OLD))
    new = await begin(database, NEW)
    await keep(database, old, 3)
    await keep(database, new, 4, OTHER_CHAT)
    await keep(database, both, 5, CHAT_ID - 2)

    texts = {number: f"text {number}" for number in range(1, 6)}
    assert changed == 3
    assert await wrapped_by(database) == {NEW.id: 4}
    assert await read(database, new) == await read(database, both) == texts
    assert old.key == new.key
    assert await rotate(database, MasterKeys(NEW, OLD)) == 0


async def test_whoever_has_only_the_former_master_key_is_refused_at_the_start_and_told_which(
    database: Database,
) -> None:
    await begin(database, OLD)
    await rotate(database, MasterKeys(NEW, OLD))

    with pytest.raises(ConfigurationError, match=f"by the master key {NEW.id}; {OLD.id} is given"):
        await begin(database, OLD)


async def test_who_knows_only_the_former_one_and_meets_a_newer_key_keeps_no_text_and_goes_on(
    database: Database,
) -> None:
    old = await begin(database, OLD)
    await rotate(database, MasterKeys(NEW, OLD))
    new = await begin(database, NEW)
    await keep(database, new, 1)
    await keep(database, old, 2)

    assert await read(database, new) == {1: "text 1"}
    assert await read(database, old) == {}


async def test_a_rotation_without_the_former_key_changes_nothing(database: Database) -> None:
    keyring = await begin(database, OLD)
    await keep(database, keyring, 1)
    other = LocalMasterKey(b"x" * 32)

    with pytest.raises(ConfigurationError, match="Nothing was changed"):
        await rotate(database, MasterKeys(NEW, other))
    assert await wrapped_by(database) == {OLD.id: 2}


async def test_keys_of_the_same_id_by_chance_are_made_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = await begin(database, OLD)
    made = iter([b"a" * 32, b"a" * 32, b"b" * 32])
    # Nonces are shorter.
    monkeypatch.setattr("secrets.token_bytes", lambda n: next(made) if n == 32 else os.urandom(n))

    await keep(database, keyring, 1)
    await keep(database, keyring, 2, OTHER_CHAT)

    sealers = await keyring.of_groups(BOT_ID, {CHAT_ID, OTHER_CHAT})
    assert sealers[CHAT_ID].key_id != sealers[OTHER_CHAT].key_id
    assert await read(database, await begin(database, OLD)) == {1: "text 1", 2: "text 2"}


async def test_a_destroyed_key_is_forgotten_by_every_process_and_the_group_gets_another(
    database: Database,
) -> None:
    mine, other = await begin(database, OLD), await begin(database, OLD)
    await keep(database, mine, 1)
    await keep(database, mine, 2, OTHER_CHAT)
    assert await read(database, other) == {1: "text 1", 2: "text 2"}

    async with database.transaction() as session:
        mine.forget(await data_keys.destroy(session, {(BOT_ID, CHAT_ID)}, now=NOW))
    assert await other.refresh() == {(BOT_ID, CHAT_ID)}
    assert await other.refresh() == set()

    for keyring in (mine, other, await begin(database, OLD)):
        assert await read(database, keyring) == {2: "text 2"}
    await keep(database, other, 3)
    assert await read(database, mine) == {2: "text 2", 3: "text 3"}


async def test_a_group_without_a_key_is_told_as_destroyed_too(database: Database) -> None:
    keyring = await begin(database, OLD)
    async with database.transaction() as session:
        await data_keys.destroy(session, {(BOT_ID, CHAT_ID)}, now=NOW)

    assert await keyring.refresh() == {(BOT_ID, CHAT_ID)}
    async with database.transaction() as session:
        (row,) = await session.scalars(select(DataKey).where(DataKey.chat_id == CHAT_ID))
    assert row.wrapped is None


async def test_bytes_of_no_key_and_changed_bytes_do_not_open(database: Database) -> None:
    keyring = await begin(database, OLD)
    sealed = (await keyring.of_group(BOT_ID, CHAT_ID)).seal(b"words", place="a")

    assert await keyring.open(sealed, place="a") == b"words"
    for wrong, place in (
        (sealed, "b"),
        (sealed[:-1], "a"),
        (b"\x02" + sealed[1:], "a"),
        (b"", "a"),
    ):
        with pytest.raises(SealBroken):
            await keyring.open(wrong, place=place)
