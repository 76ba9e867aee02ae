"""Queries about who is in a group's team, and invitations to it."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.errors import SealBroken
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import ROLES, Invitation, Role, TeamMember
from chatwarden.storage.repositories.insert import insert_into
from chatwarden.storage.repositories.scope import Scope
from chatwarden.storage.repositories.sessions import hash_secret
from chatwarden.storage.sealing import Sealer


@dataclass(frozen=True, slots=True)
class KnownAdmin:
    """An admin as Telegram tells of them."""

    user_id: int
    role: Role
    name: str


async def take_admins(
    session: AsyncSession,
    admins: Sequence[KnownAdmin],
    *,
    bot_id: int,
    chat_id: int,
    sealer: Sealer,
    now: datetime,
) -> None:
    """Let these be a group's admins by Telegram's rights, and nobody else. `sealer`: the group's."""
    ids = [admin.user_id for admin in admins]
    await forget_admins(session, bot_id=bot_id, chat_id=chat_id, besides=ids)
    if not admins:
        return
    statement = insert_into(session, TeamMember)
    changed = {"role": statement.excluded.role, "sealed_name": statement.excluded.sealed_name}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["bot_id", "chat_id", "user_id", "source"], set_=changed
        ),
        [
            {
                "bot_id": bot_id,
                "chat_id": chat_id,
                "user_id": admin.user_id,
                "source": "telegram",
                "role": admin.role,
                "sealed_name": seal_name(admin.name, admin.user_id, sealer),
                "since": now,
                "invited_by": None,
            }
            for admin in admins
        ],
    )


async def forget_admins(
    session: AsyncSession, *, bot_id: int, chat_id: int, besides: Collection[int] = ()
) -> None:
    """Let nobody else than these be a group's admin by Telegram's rights."""
    await session.execute(
        delete(TeamMember).where(
            TeamMember.bot_id == bot_id,
            TeamMember.chat_id == chat_id,
            TeamMember.source == "telegram",
            TeamMember.user_id.not_in(besides),
        )
    )


def seal_name(name: str, user_id: int, sealer: Sealer) -> bytes:
    return sealer.seal_alike(name.encode(), place=f"team member:{user_id}")


async def open_name(member: TeamMember, keyring: Keyring) -> str | None:
    """None where there is none, or it does not open."""
    if member.sealed_name is None:
        return None
    try:
        place = f"team member:{member.user_id}"
        return (await keyring.open(member.sealed_name, place=place)).decode()
    except SealBroken:
        return None


async def roles_in_scope(session: AsyncSession, scope: Scope) -> dict[tuple[int, int], Role]:
    """The role of a person in each group of theirs, by bot and chat; nothing for the operator, who has the same one everywhere."""
    if scope.is_operator or scope.user_id is None:
        return {}
    query = select(TeamMember.bot_id, TeamMember.chat_id, TeamMember.role).where(
        TeamMember.user_id == scope.user_id, scope.covers(TeamMember)
    )
    found: dict[tuple[int, int], Role] = {}
    for bot_id, chat_id, role in await session.execute(query):
        known = found.get((bot_id, chat_id), "viewer")
        allowed = min(role, scope.ceiling, key=ROLES.index)
        found[bot_id, chat_id] = max(known, allowed, key=ROLES.index)
    return found


async def list_members(session: AsyncSession, *, bot_id: int, chat_id: int) -> Sequence[TeamMember]:
    """Everyone in a group's team, each source a row."""
    query = select(TeamMember).where(TeamMember.bot_id == bot_id, TeamMember.chat_id == chat_id)
    return (await session.scalars(query.order_by(TeamMember.since, TeamMember.user_id))).all()


async def names_of(
    session: AsyncSession, scope: Scope, subjects: Collection[str], *, keyring: Keyring
) -> dict[str, str]:
    """The names of subjects that stand in the team of a group in scope, as Telegram last told them."""
    ids = {int(subject[5:]) for subject in subjects if subject.startswith("user:")}
    if not ids:
        return {}
    query = select(TeamMember).where(
        scope.covers(TeamMember),
        TeamMember.user_id.in_(ids),
        TeamMember.sealed_name.is_not(None),
    )
    return {
        f"user:{row.user_id}": name
        for row in await session.scalars(query)
        if (name := await open_name(row, keyring)) is not None
    }


async def remove_invited(session: AsyncSession, *, bot_id: int, chat_id: int, user_id: int) -> bool:
    """Take the role back that an invitation gave. False where none did."""
    gone = await session.scalars(
        delete(TeamMember)
        .where(
            TeamMember.bot_id == bot_id,
            TeamMember.chat_id == chat_id,
            TeamMember.user_id == user_id,
            TeamMember.source == "invitation",
        )
        .returning(TeamMember.user_id)
    )
    return bool(gone.all())


async def invite(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_id: int,
    role: Role,
    secret: str,
    made_by: str,
    now: datetime,
    expires_at: datetime,
) -> Invitation:
    """An invitation that whoever has its secret may take up, once."""
    made = Invitation(
        id=str(uuid.uuid4()),
        hash=hash_secret(secret),
        bot_id=bot_id,
        chat_id=chat_id,
        role=role,
        made_by=made_by,
        made_at=now,
        expires_at=expires_at,
        used_at=None,
    )
    session.add(made)
    await session.flush()
    return made


async def list_open_invitations(
    session: AsyncSession, *, bot_id: int, chat_id: int, now: datetime
) -> Sequence[Invitation]:
    """Those that can still be taken up, the newest first."""
    query = select(Invitation).where(
        Invitation.bot_id == bot_id,
        Invitation.chat_id == chat_id,
        Invitation.expires_at > now,
        Invitation.used_at.is_(None),
    )
    return (await session.scalars(query.order_by(Invitation.made_at.desc()))).all()


async def withdraw_invitation(
    session: AsyncSession, *, bot_id: int, chat_id: int, invitation_id: str
) -> bool:
    """False where there is no open one."""
    gone = await session.scalars(
        delete(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.bot_id == bot_id,
            Invitation.chat_id == chat_id,
            Invitation.used_at.is_(None),
        )
        .returning(Invitation.id)
    )
    return bool(gone.all())


async def take_up_invitation(
    session: AsyncSession, secret: str, *, user_id: int, now: datetime
) -> Invitation | None:
    """Give somebody what an invitation offers. None where it was used, withdrawn, has expired or never existed.

    Compare and swap: of several who use it at once, one does.
    """
    taken = await session.scalar(
        update(Invitation)
        .where(
            Invitation.hash == hash_secret(secret),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(Invitation)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        return None
    statement = insert_into(session, TeamMember)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["bot_id", "chat_id", "user_id", "source"],
            set_={"role": statement.excluded.role, "invited_by": statement.excluded.invited_by},
        ),
        {
            "bot_id": taken.bot_id,
            "chat_id": taken.chat_id,
            "user_id": user_id,
            "source": "invitation",
            "role": taken.role,
            "sealed_name": None,
            "since": now,
            "invited_by": taken.made_by,
        },
    )
    return taken
