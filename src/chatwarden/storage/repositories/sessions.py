"""Queries about sign-in links and sessions."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Session, SignInLink, SignInProof
from chatwarden.storage.repositories.insert import insert_into


def hash_secret(secret: str) -> bytes:
    """What is kept of a random secret of 256 bits; such a one needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


async def make_sign_in_link(session: AsyncSession, *, subject: str, lifetime: timedelta) -> str:
    """The secret part of a new link, shown once."""
    secret = secrets.token_urlsafe(32)
    expires_at = datetime.now(UTC) + lifetime
    session.add(SignInLink(hash=hash_secret(secret), subject=subject, expires_at=expires_at))
    await session.execute(delete(SignInLink).where(SignInLink.expires_at < datetime.now(UTC)))
    return secret


async def use_sign_in_link(session: AsyncSession, secret: str) -> str | None:
    """The subject the link is for; None where it was used, has expired or never existed."""
    now = datetime.now(UTC)
    return await session.scalar(
        update(SignInLink)
        .where(
            SignInLink.hash == hash_secret(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLink.subject)
    )


async def use_proof(session: AsyncSession, proof: str, *, expires_at: datetime) -> bool:
    """Take a proof of who somebody is. False where it was used before."""
    now = datetime.now(UTC)
    await session.execute(delete(SignInProof).where(SignInProof.expires_at < now))
    taken = await session.scalar(
        insert_into(session, SignInProof)
        .values(hash=hash_secret(proof), expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(SignInProof.expires_at)
    )
    return taken is not None


async def open_session(
    session: AsyncSession, *, subject: str, refresh_secret: str, lifetime: timedelta
) -> Session:
    """A new signed-in browser, until `lifetime` is over."""
    now = datetime.now(UTC)
    opened = Session(
        id=str(uuid.uuid4()),
        subject=subject,
        refresh_hash=hash_secret(refresh_secret),
        former_hash=None,
        created_at=now,
        rotated_at=now,
        expires_at=now + lifetime,
        revoked_at=None,
    )
    session.add(opened)
    await session.execute(delete(Session).where(Session.expires_at < now))
    return opened


async def find_session(session: AsyncSession, session_id: str) -> Session | None:
    return await session.get(Session, session_id)


async def rotate_session(
    session: AsyncSession, session_id: str, *, old_secret: str, new_secret: str
) -> bool:
    """Put a new refresh secret in the place of the old; False where the old is not the present one.

    Compare and swap: of several requests with the same secret, one rotates.
    """
    old, now = hash_secret(old_secret), datetime.now(UTC)
    rotated = await session.scalar(
        update(Session)
        .where(Session.id == session_id, Session.refresh_hash == old, Session.revoked_at.is_(None))
        .values(refresh_hash=hash_secret(new_secret), former_hash=old, rotated_at=now)
        .returning(Session.id)
    )
    return rotated is not None


async def revoke_session(session: AsyncSession, session_id: str) -> None:
    """End a session for good; one that has ended keeps its time."""
    await session.execute(
        update(Session)
        .where(Session.id == session_id, Session.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
    )


async def list_sessions(session: AsyncSession, subject: str) -> Sequence[Session]:
    """The signed-in browsers of somebody, the one used last first."""
    query = select(Session).where(
        Session.subject == subject,
        Session.revoked_at.is_(None),
        Session.expires_at > datetime.now(UTC),
    )
    return (await session.scalars(query.order_by(Session.rotated_at.desc()))).all()


async def revoke_sessions(session: AsyncSession, subject: str) -> int:
    """End every session of somebody; how many those were."""
    ended = await session.scalars(
        update(Session)
        .where(Session.subject == subject, Session.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
        .returning(Session.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())
