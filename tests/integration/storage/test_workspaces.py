"""Workspaces and the feedback that their groups share, on both databases."""

from datetime import timedelta
from typing import Any

from tests.integration.storage.test_feedback import ALICE, BORIS, give, row
from tests.support.rows import BOT_ID, CHAT_ID, DAY, group_row

from chatwarden.storage.database import Database
from chatwarden.storage.models import Group, Workspace
from chatwarden.storage.repositories import workspaces

OTHER = CHAT_ID - 1
OWNER = 77
MODEL = 5


async def owned(database: Database, *chat_ids: int) -> int:
    """Groups of one owner; the id of their workspace."""
    async with database.transaction() as session:
        for chat_id in chat_ids:
            session.add(group_row(chat_id=chat_id))
            await session.flush()
            group = await session.get_one(Group, (BOT_ID, chat_id))
            moved = await workspaces.join_owners_workspace(session, group, owner_id=OWNER, now=DAY)
    (workspace_id,) = moved
    return workspace_id


async def heard(database: Database, workspace_id: int, **options: Any) -> list[tuple[int, int]]:
    """Group and weight of each feedback that is shared."""
    async with database.transaction() as session:
        workspace = await session.get_one(Workspace, workspace_id)
        shared = await workspaces.shared_feedback(
            session, workspace, **({"most_a_group": 100} | options)
        )
    return [(one.chat_id, one.weight) for one in shared]


async def test_a_group_joins_its_owners_workspace_once(database: Database) -> None:
    workspace_id = await owned(database, CHAT_ID, OTHER)
    async with database.transaction() as session:
        group = await session.get_one(Group, (BOT_ID, OTHER))
        again = await workspaces.join_owners_workspace(session, group, owner_id=OWNER, now=DAY)
        of_groups = await workspaces.groups_by_workspace(session, bot_id=BOT_ID)
        gone = await workspaces.join_owners_workspace(session, group, owner_id=None, now=DAY)
        left = await workspaces.groups_by_workspace(session, bot_id=BOT_ID)
    assert (again, gone) == (set(), {workspace_id})
    assert of_groups == {CHAT_ID: workspace_id, OTHER: workspace_id}
    assert left == {CHAT_ID: workspace_id}


async def test_the_newest_of_each_group_is_shared_and_no_report(database: Database) -> None:
    workspace_id = await owned(database, CHAT_ID, OTHER)
    await give(
        database,
        *(row(number, chat_id=CHAT_ID) for number in range(4)),
        row(10, BORIS, chat_id=OTHER, source="native_ban"),
        row(11, BORIS, chat_id=OTHER, source="report"),
        row(12, BORIS, chat_id=OTHER - 1),
    )
    assert await heard(database, workspace_id) == [(CHAT_ID, 1000)] * 4 + [(OTHER, 300)]
    assert await heard(database, workspace_id, most_a_group=1) == [(CHAT_ID, 1000), (OTHER, 300)]


async def test_a_workspace_is_behind_until_it_shared_over_this_model(database: Database) -> None:
    workspace_id = await owned(database, CHAT_ID)
    await give(database, row(1))
    noon = DAY + timedelta(hours=3)
    behind = []
    for model in (MODEL, MODEL, MODEL + 1):
        async with database.transaction() as session:
            behind += [await workspaces.workspaces_to_share(session, bot_id=BOT_ID, model=model)]
            await workspaces.store_shared(session, workspace_id, shared=b"s", model=MODEL, now=noon)
    await give(database, row(2, ALICE, given_at=noon + timedelta(minutes=1)))
    async with database.transaction() as session:
        behind += [await workspaces.workspaces_to_share(session, bot_id=BOT_ID, model=MODEL)]
    assert behind == [[workspace_id], [], [workspace_id], [workspace_id]]
