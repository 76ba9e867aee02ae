"""Queries about sign-in links and sessions."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import Session, SignInLink


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


async def find_session(session: AsyncSession, session_id: str) -> Session | None:
    return await session.get(Session, session_id)
