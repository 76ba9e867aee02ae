"""Sessions: a short access token, and a refresh token that changes with every use.

A refresh token is "<session id>.<secret>". The next secret is made from the present one with a key, so that an answer
which got lost can be asked for once more: within some seconds the former token gives the same successor. Later it can only
be a copy in other hands, and the session ends.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.errors import ProofInvalid
from chatwarden.storage.models import Session
from chatwarden.storage.repositories import audit
from chatwarden.storage.repositories import sessions as repository

LIFETIME = timedelta(days=30)
LOST_ANSWER = timedelta(seconds=30)
"""How long the former refresh token still counts as an answer that got lost."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A session that goes on, with the refresh token to hand out."""

    subject: str
    session_id: str
    refresh_token: str
    expires_at: datetime


async def sign_in(session: AsyncSession, link: str) -> Signed | None:
    """Use a one-time link; None where it is no good."""
    subject = await repository.use_sign_in_link(session, link)
    return None if subject is None else await _open(session, subject, way="link")


async def sign_in_by_proof(
    session: AsyncSession, user_id: int, proof: str, *, way: str, expires_at: datetime
) -> Signed:
    """Sign in who has proved who they are. `expires_at`: from when on the proof is too old by itself. Raises ProofInvalid for one that was used."""
    if not await repository.use_proof(session, proof, expires_at=expires_at):
        raise ProofInvalid
    return await _open(session, f"user:{user_id}", way=way)


async def _open(session: AsyncSession, subject: str, *, way: str) -> Signed:
    now = datetime.now(UTC)
    await audit.note(session, "signed_in", subject=subject, now=now, detail={"way": way})
    secret = secrets.token_urlsafe(32)
    opened = await repository.open_session(
        session, subject=subject, refresh_secret=secret, lifetime=LIFETIME
    )
    return _signed(opened, secret)


async def refresh(session: AsyncSession, refresh_token: str, *, key: bytes) -> Signed | None:
    """The session with its next refresh token; None where it has ended.

    A token that was used before ends the session: commit in that case too.
    """
    session_id, _, secret = refresh_token.partition(".")
    next_secret = _next_secret(secret, key=key)
    now = datetime.now(UTC)
    if await repository.rotate_session(
        session, session_id, old_secret=secret, new_secret=next_secret
    ):
        found = await repository.find_session(session, session_id)
        if found is not None and found.expires_at > now:
            return _signed(found, next_secret)
        return None
    found = await repository.find_session(session, session_id)
    if found is None or found.revoked_at is not None or found.expires_at <= now:
        return None
    is_former = found.former_hash == repository.hash_secret(secret)
    if is_former and now - found.rotated_at < LOST_ANSWER:
        return _signed(found, next_secret)
    await repository.revoke_session(session, session_id)
    return None


async def sign_out(session: AsyncSession, refresh_token: str) -> None:
    """End the session. Whoever holds a part of the token only, ends nothing."""
    session_id, _, secret = refresh_token.partition(".")
    found = await repository.find_session(session, session_id)
    known = repository.hash_secret(secret)
    if found is not None and known in (found.refresh_hash, found.former_hash):
        await repository.revoke_session(session, session_id)


def _signed(session: Session, secret: str) -> Signed:
    return Signed(
        subject=session.subject,
        session_id=session.id,
        refresh_token=f"{session.id}.{secret}",
        expires_at=session.expires_at,
    )


def _next_secret(secret: str, *, key: bytes) -> str:
    return hmac.new(key, b"refresh " + secret.encode(), hashlib.sha256).hexdigest()
