"""A workspace is erased: with what is left nobody opens what was sealed in it, and nobody else's is touched."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select
from tests.support.api import ApiUnderTest
from tests.support.rows import (
    BOT_ID,
    CHAT_ID,
    action_row,
    appeal_row,
    dead_letter_row,
    group_row,
    outcome_row,
)
from tests.support.team import member_row

from chatwarden.errors import SealBroken
from chatwarden.outcomes.texts import open_texts
from chatwarden.storage.keyring import Keyring, place_of
from chatwarden.storage.models import (
    AuditEvent,
    DataKey,
    Group,
    Model,
    Outcome,
    TeamMember,
    Workspace,
)
from chatwarden.storage.repositories import webhooks
from chatwarden.storage.repositories.team import seal_name
from chatwarden.storage.sealing import Sealer

SECOND, FOREIGN = CHAT_ID - 1, CHAT_ID - 2
OWNER, OTHER_OWNER = 14, 16
MASTER = b"k" * 32
"""Of the API under test (`keyring_over`)."""
NOW = datetime.now(UTC)


def address(chat_id: int = CHAT_ID) -> str:
    return f"/api/v1/groups/{BOT_ID}/{chat_id}/workspace"


async def fill(api: ApiUnderTest) -> None:
    """A workspace of two groups, and a third group of somebody else; each with whatever is sealed."""
    await api.add(
        Workspace(id=1, bot_id=BOT_ID, owner_id=OWNER, created_at=NOW),
        Workspace(id=2, bot_id=BOT_ID, owner_id=OTHER_OWNER, created_at=NOW),
    )
    for number, chat_id in enumerate((CHAT_ID, SECOND, FOREIGN), 1):
        owner = OTHER_OWNER if chat_id == FOREIGN else OWNER
        sealer = await api.ports.keyring.of_group(BOT_ID, chat_id)
        outcome = outcome_row(
            number, chat_id=chat_id, sealer=sealer, texts=[("text", f"words of {number}")]
        )
        await api.add(
            group_row(chat_id=chat_id, workspace_id=2 if chat_id == FOREIGN else 1),
            member_row(
                owner, "owner", chat_id=chat_id, sealed_name=seal_name("Rosa", owner, sealer)
            ),
            outcome,
            action_row(outcome, "ban"),
            appeal_row(outcome, sealer=sealer),
            dead_letter_row(b'{"chat": {"id": %d}}' % chat_id, sealer=api.sealer),
            AuditEvent(
                at=NOW,
                subject=f"user:{owner}",
                kind="invited",
                bot_id=BOT_ID,
                chat_id=chat_id,
                target="user:77",
            ),
        )
        async with api.ports.database.transaction() as session:
            await webhooks.make(
                session,
                bot_id=BOT_ID,
                chat_id=chat_id,
                address="https://hooks.example.org/a",
                events=["case.opened"],
                made_by=f"user:{owner}",
                sealer=sealer,
                now=NOW,
            )


async def rows_about(api: ApiUnderTest, chat_id: int) -> dict[str, int]:
    """How many rows of each table name a group."""
    found: dict[str, int] = {}
    async with api.ports.database.transaction() as session:
        for table in Model.metadata.sorted_tables:
            if "chat_id" in table.c:
                query = select(func.count()).select_from(table).where(table.c.chat_id == chat_id)
                if count := await session.scalar(query):
                    found[table.name] = count
    return found


async def erase(api: ApiUnderTest, subject: str, chat_id: int = CHAT_ID) -> int:
    async with api.client(subject=subject) as client:
        return (await client.delete(address(chat_id))).status_code


@pytest.mark.parametrize("subject", [f"user:{OWNER}", "operator"])
async def test_its_groups_are_there_no_more_and_others_are_as_they_were(
    each_api: ApiUnderTest, subject: str
) -> None:
    await fill(each_api)
    before = await rows_about(each_api, FOREIGN)
    async with each_api.client(subject=subject) as client:
        answer = await client.delete(address())
        statuses = [
            (await client.get(f"/api/v1/groups/{BOT_ID}/{chat_id}/settings")).status_code
            for chat_id in (CHAT_ID, SECOND)
        ]
    async with each_api.client(subject=f"user:{OTHER_OWNER}") as client:
        (theirs,) = (await client.get("/api/v1/outcomes")).json()["items"]

    assert (answer.status_code, answer.json()["groups"]) == (200, 2)
    assert statuses == [404, 404]
    for chat_id in (CHAT_ID, SECOND):
        assert await rows_about(each_api, chat_id) == {"audit_events": 1, "data_keys": 1}
    assert await rows_about(each_api, FOREIGN) == before
    assert theirs["texts"][0]["text"] == "words of 3"
    assert sorted(each_api.forgotten_groups) == sorted([CHAT_ID, SECOND])
    async with each_api.ports.database.transaction() as session:
        assert list(await session.scalars(select(Workspace.id))) == [2]


async def test_nothing_of_it_opens_with_all_that_is_left(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    database, keyring = each_api.ports.database, each_api.ports.keyring
    async with database.transaction() as session:
        kept = (await session.scalars(select(Outcome))).all()
        names = list(await session.scalars(select(DataKey.id)))

    async def readable() -> set[str]:
        """Of a copy of the rows that somebody kept, with the database and the master key of today."""
        again = Keyring(database, keyring._masters, key=keyring.key, wrapped=b"")
        opened = [await open_texts(row, again) for row in kept]
        return {texts.texts[0].text for texts, state in opened if state == "readable"}

    assert await readable() == {"words of 1", "words of 2", "words of 3"}
    assert await erase(each_api, f"user:{OWNER}") == 200
    assert await readable() == {"words of 3"}
    if database.kind == "sqlite":
        assert database.engine.url.database is not None
        file = Path(database.engine.url.database)
        left = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
        found = keys_in(left, names)
        assert found == {(await keyring.of_group(BOT_ID, FOREIGN)).key_id}


def keys_in(data: bytes, names: list[str]) -> set[str]:
    """Which data keys lie in a database's file, in rows or out of them, for whoever has the master key: wrapped ones begin with its id."""
    master = Sealer(MASTER)
    begin = b"\x01" + bytes.fromhex(master.key_id)
    size = len(master.seal(bytes(32), place=""))
    found: set[str] = set()
    at = data.find(begin)
    while at >= 0:
        for name in names:
            try:
                key = master.open(data[at : at + size], place=place_of(name))
            except SealBroken:
                continue
            found.add(Sealer(key).key_id)
        at = data.find(begin, at + 1)
    return found


async def test_the_audit_log_stays_under_pseudonyms_and_tells_of_the_erasure(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    await erase(each_api, f"user:{OWNER}")
    pseudonyms = each_api.ports.operation.pseudonyms
    async with each_api.ports.database.transaction() as session:
        events = (await session.scalars(select(AuditEvent).order_by(AuditEvent.id))).all()

    owner, other = f"user:{pseudonyms.of(OWNER)}", f"user:{pseudonyms.of(77)}"
    told = [(one.kind, one.subject, one.target, one.detail) for one in events]
    assert told[:2] == [("invited", owner, other, None)] * 2
    assert told[2] == ("invited", f"user:{OTHER_OWNER}", "user:77", None)
    assert told[-1] == ("workspace_erased", owner, None, {"groups": 2})


async def test_whoever_owns_only_some_of_its_groups_erases_nothing(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await each_api.add(
        member_row(20, "owner", chat_id=CHAT_ID), member_row(20, "admin", chat_id=SECOND)
    )

    assert await erase(each_api, "user:20") == 403
    assert await erase(each_api, f"user:{OTHER_OWNER}") == 404
    async with each_api.ports.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Group)) == 3


async def test_its_owner_erases_a_group_too_that_the_bot_has_left(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    async with each_api.ports.database.transaction() as session:
        left = await session.get(Group, (BOT_ID, SECOND))
        assert left is not None
        left.left_at = NOW
        await session.execute(delete(TeamMember).where(TeamMember.chat_id == SECOND))

    assert await erase(each_api, f"user:{OWNER}") == 200
    assert "groups" not in await rows_about(each_api, SECOND)


async def test_a_group_of_no_workspace_is_erased_alone(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await each_api.add(
        group_row(chat_id=CHAT_ID - 9), member_row(OWNER, "owner", chat_id=CHAT_ID - 9)
    )

    assert await erase(each_api, f"user:{OWNER}", CHAT_ID - 9) == 200
    async with each_api.ports.database.transaction() as session:
        chats = set(await session.scalars(select(Group.chat_id)))
    assert chats == {CHAT_ID, SECOND, FOREIGN}


async def test_while_something_is_under_way_nothing_is_erased(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    outcome = outcome_row(9, chat_id=SECOND)
    await each_api.add(outcome, action_row(outcome, "ban", state="pending"))

    assert await erase(each_api, f"user:{OWNER}") == 409
    assert (await rows_about(each_api, CHAT_ID))["outcomes"] == 1


async def test_twice_is_once_and_a_group_that_comes_again_has_another_key(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    former = await each_api.ports.keyring.of_group(BOT_ID, CHAT_ID)
    await erase(each_api, f"user:{OWNER}")

    assert await erase(each_api, f"user:{OWNER}") == 404
    later = await each_api.ports.keyring.of_group(BOT_ID, CHAT_ID)
    assert later.key_id != former.key_id
    with pytest.raises(SealBroken):
        await each_api.ports.keyring.open(former.seal(b"words", place="a"), place="a")


async def test_more_rows_than_a_step_are_erased(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    values = [
        {
            "bot_id": BOT_ID,
            "chat_id": SECOND,
            "message_id": number,
            "reporter_id": 5,
            "reported_at": NOW,
        }
        for number in range(1200)
    ]
    async with each_api.ports.database.transaction() as session:
        await session.execute(insert(Model.metadata.tables["reports"]), values)
    await erase(each_api, f"user:{OWNER}")

    assert "reports" not in await rows_about(each_api, SECOND)
