"""Queries about workspaces: which groups they hold, and the feedback that these may share."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Feedback, Group, Workspace
from chatwarden.storage.models.feedback import FeedbackLabel, FeedbackSource
from chatwarden.storage.repositories.feedback import (
    FULL_WEIGHT,
    changed_at,
    trust_in,
    weight_of_source,
)

_LEAST_TRUST = FULL_WEIGHT // 2
"""Whoever is contradicted more often than not is heard in their own group only."""
_OPERATOR = "operator"


class SharedFeedback(NamedTuple):
    """Feedback that other groups may learn from, weighed; what is not told here is as in `Feedback`. There may be thousands at once."""

    id: int
    given_by: str
    chat_id: int
    label: FeedbackLabel
    source: FeedbackSource
    features: bytes | None
    sketch: bytes | None
    picture: str | None
    vector: bytes | None
    """Sealed."""
    given_at: datetime
    message_date: datetime
    is_owner: bool
    """Whether its giver answers for the whole workspace."""
    weight: int
    """Of FULL_WEIGHT."""


async def join_owners_workspace(
    session: AsyncSession, group: Group, *, owner_id: int | None, now: datetime
) -> set[int]:
    """Put a group to the others of its owner. The workspaces that changed by it: none where the operator put it somewhere."""
    former = (
        None if group.workspace_id is None else await session.get(Workspace, group.workspace_id)
    )
    if former is not None and (former.owner_id is None or former.owner_id == owner_id):
        return set()
    later = None
    if owner_id is not None:
        query = select(Workspace).where(
            Workspace.bot_id == group.bot_id, Workspace.owner_id == owner_id
        )
        later = await session.scalar(query)
        if later is None:
            later = await _add(session, bot_id=group.bot_id, owner_id=owner_id, now=now)
    return _move([group], {former} if former else set(), later)


async def put_together(
    session: AsyncSession, groups: Sequence[Group], *, now: datetime
) -> Workspace:
    """Make a workspace of groups of one bot, whoever owns them: the operator's word goes before Telegram's rights."""
    former = await _of_groups(session, groups)
    later = await _add(session, bot_id=groups[0].bot_id, owner_id=None, now=now)
    _move(groups, former, later)
    return later


async def set_apart(session: AsyncSession, groups: Sequence[Group]) -> None:
    """Take groups out of their workspaces; Telegram's rights count for them again."""
    _move(groups, await _of_groups(session, groups), None)


async def workspaces_of_bot(session: AsyncSession, *, bot_id: int) -> Sequence[Workspace]:
    query = select(Workspace).where(Workspace.bot_id == bot_id).order_by(Workspace.id)
    return (await session.scalars(query)).all()


async def shared_state(
    session: AsyncSession, workspace_id: int
) -> tuple[datetime | None, int | None]:
    """When a workspace last came to what it shares, and over which text model."""
    query = select(Workspace.shared_at, Workspace.model).where(Workspace.id == workspace_id)
    row = (await session.execute(query)).one_or_none()
    return (None, None) if row is None else (row.shared_at, row.model)


async def find_shared(session: AsyncSession, workspace_id: int) -> bytes | None:
    return await session.scalar(select(Workspace.shared).where(Workspace.id == workspace_id))


async def groups_by_workspace(session: AsyncSession, *, bot_id: int) -> dict[int, int]:
    """The workspace of each group that is in one."""
    query = select(Group.chat_id, Workspace.id).join(Workspace, Workspace.id == Group.workspace_id)
    rows = await session.execute(query.where(Group.bot_id == bot_id))
    return {row.chat_id: row.id for row in rows}


async def workspaces_to_share(session: AsyncSession, *, bot_id: int, model: int) -> Sequence[int]:
    """Workspaces whose feedback or groups changed after they last shared, or that shared over another model than this one."""
    query = (
        select(Workspace.id)
        .join(Group, Group.workspace_id == Workspace.id)
        .outerjoin(
            Feedback, and_(Feedback.bot_id == Group.bot_id, Feedback.chat_id == Group.chat_id)
        )
        .where(Workspace.bot_id == bot_id)
        .group_by(Workspace.id, Workspace.shared_at, Workspace.model)
        .having(
            or_(
                Workspace.shared_at.is_(None),
                Workspace.model != model,
                func.max(changed_at()) >= Workspace.shared_at,
            )
        )
    )
    return (await session.scalars(query)).all()


async def shared_feedback(
    session: AsyncSession, workspace: Workspace, *, most_a_group: int
) -> list[SharedFeedback]:
    """The newest feedback of each of its groups that counts and may be shared. Reports are not: accounts are cheap."""
    chats = set(
        await session.scalars(select(Group.chat_id).where(Group.workspace_id == workspace.id))
    )
    newest = (
        func.row_number()
        .over(
            partition_by=Feedback.chat_id,
            order_by=(Feedback.given_at.desc(), Feedback.id.desc()),
        )
        .label("newest")
    )
    told = (  # in the order of SharedFeedback
        Feedback.id,
        Feedback.given_by,
        Feedback.chat_id,
        Feedback.label,
        Feedback.source,
        Feedback.features,
        Feedback.sketch,
        Feedback.picture,
        Feedback.vector,
        Feedback.given_at,
        Feedback.message_date,
    )
    ranked = (
        select(*told, newest)
        .where(
            Feedback.bot_id == workspace.bot_id,
            Feedback.chat_id.in_(chats),
            Feedback.taken_back_at.is_(None),
            Feedback.source != "report",
        )
        .subquery()
    )
    query = select(*(ranked.c[one.key] for one in told))
    rows = await session.execute(query.where(ranked.c.newest <= most_a_group).order_by(ranked.c.id))
    trust = await trust_in(session, bot_id=workspace.bot_id, chat_ids=chats)
    owners = {_OPERATOR, f"user:{workspace.owner_id}"}
    return [
        SharedFeedback._make(
            (
                *row,
                row.given_by in owners,
                weight_of_source(row.source) * trust[row.given_by] // FULL_WEIGHT,
            )
        )
        for row in rows
        if trust[row.given_by] >= _LEAST_TRUST
    ]


async def store_shared(
    session: AsyncSession, workspace_id: int, *, shared: bytes, model: int, now: datetime
) -> None:
    """Put it in place of what the workspace shared before."""
    await session.execute(
        update(Workspace)
        .where(Workspace.id == workspace_id)
        .values(shared=shared, model=model, shared_at=now)
    )


async def _of_groups(session: AsyncSession, groups: Collection[Group]) -> set[Workspace]:
    ids = {group.workspace_id for group in groups} - {None}
    return set(await session.scalars(select(Workspace).where(Workspace.id.in_(ids))))


async def _add(
    session: AsyncSession, *, bot_id: int, owner_id: int | None, now: datetime
) -> Workspace:
    made = Workspace(bot_id=bot_id, owner_id=owner_id, created_at=now)
    session.add(made)
    await session.flush()
    return made


def _move(groups: Sequence[Group], former: set[Workspace], later: Workspace | None) -> set[int]:
    changed = former | ({later} if later else set())
    for group in groups:
        group.workspace_id = None if later is None else later.id
    for workspace in changed:
        workspace.shared_at = None
    return {workspace.id for workspace in changed}
