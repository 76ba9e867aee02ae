"""A group's team: read, invited to, joined, left."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.access import Caller
from chatwarden.api.team.schemas import Invitation, InvitationMade, InvitationOffer, Joined, Member
from chatwarden.errors import InvitationInvalid, MemberByTelegram, NotFound
from chatwarden.storage import models
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import ROLES, Group
from chatwarden.storage.repositories import groups
from chatwarden.storage.repositories import team as repository


async def list_members(
    session: AsyncSession, group: Group, caller: Caller, *, keyring: Keyring
) -> list[Member]:
    """Each person once, with the higher of their roles; the highest role first, then by name."""
    rows = await repository.list_members(session, bot_id=group.bot_id, chat_id=group.chat_id)
    by_user: dict[int, list[models.TeamMember]] = {}
    for row in rows:
        by_user.setdefault(row.user_id, []).append(row)
    members = [
        Member(
            user_id=user_id,
            name=await _name_of(own, keyring),
            role=max((row.role for row in own), key=ROLES.index),
            sources=sorted({row.source for row in own}, reverse=True),
            since=min(row.since for row in own),
            invited_by=next((row.invited_by for row in own if row.invited_by), None),
            is_you=user_id == caller.scope.user_id,
        )
        for user_id, own in by_user.items()
    ]
    return sorted(
        members, key=lambda one: (-ROLES.index(one.role), (one.name or "").lower(), one.user_id)
    )


async def _name_of(rows: Sequence[models.TeamMember], keyring: Keyring) -> str | None:
    names = [await repository.open_name(row, keyring) for row in rows]
    return next((name for name in names if name), None)


async def list_invitations(session: AsyncSession, group: Group) -> list[Invitation]:
    rows = await repository.list_open_invitations(
        session, bot_id=group.bot_id, chat_id=group.chat_id, now=datetime.now(UTC)
    )
    return [_describe(row) for row in rows]


async def invite(
    session: AsyncSession, group: Group, caller: Caller, offer: InvitationOffer
) -> InvitationMade:
    """A link that gives one person a role, once."""
    now, secret = datetime.now(UTC), secrets.token_urlsafe(32)
    row = await repository.invite(
        session,
        bot_id=group.bot_id,
        chat_id=group.chat_id,
        role=offer.role,
        secret=secret,
        made_by=caller.subject,
        now=now,
        expires_at=now + timedelta(days=offer.days),
    )
    await caller.note(
        session,
        "invited",
        group=(group.bot_id, group.chat_id),
        target=row.id,
        detail={"role": offer.role},
    )
    return InvitationMade(**_describe(row).model_dump(), secret=secret)


async def withdraw(session: AsyncSession, group: Group, caller: Caller, invitation_id: str) -> None:
    """Raises NotFound where none is open."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    if not await repository.withdraw_invitation(session, invitation_id=invitation_id, **key):
        raise NotFound
    await caller.note(
        session,
        "invitation_withdrawn",
        group=(group.bot_id, group.chat_id),
        target=invitation_id,
    )


async def take_up(session: AsyncSession, caller: Caller, secret: str) -> Joined:
    """Give the caller what an invitation offers. Raises InvitationInvalid; the operator, who needs none, gets nothing by one either."""
    user_id = caller.scope.user_id
    if user_id is None:
        raise InvitationInvalid
    taken = await repository.take_up_invitation(
        session, secret, user_id=user_id, now=datetime.now(UTC)
    )
    if taken is None:
        raise InvitationInvalid
    key = (taken.bot_id, taken.chat_id)
    await caller.note(
        session, "joined_team", group=key, target=caller.subject, detail={"role": taken.role}
    )
    group = await groups.find_group(session, bot_id=taken.bot_id, chat_id=taken.chat_id)
    title = str(taken.chat_id) if group is None else group.title
    return Joined(bot_id=key[0], chat_id=key[1], title=title, role=taken.role)


async def remove(session: AsyncSession, group: Group, caller: Caller, user_id: int) -> None:
    """Take the role back that an invitation gave. Raises MemberByTelegram, NotFound."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    if not await repository.remove_invited(session, user_id=user_id, **key):
        rows = await repository.list_members(session, **key)
        raise MemberByTelegram if any(row.user_id == user_id for row in rows) else NotFound
    await caller.note(
        session,
        "left_team",
        group=(group.bot_id, group.chat_id),
        target=f"user:{user_id}",
    )


def _describe(row: models.Invitation) -> Invitation:
    return Invitation(
        id=row.id,
        role=row.role,
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
    )
