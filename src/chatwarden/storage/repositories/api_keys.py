"""Queries about API keys. A key is "cw_<id>_<secret>"."""

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import ApiKey, Role
from chatwarden.storage.repositories.sessions import hash_secret

_PREFIX = "cw_"
_FORM = re.compile(r"cw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
FORMER_WORKS = timedelta(hours=24)
"""After a rotation."""
_USE_IS_NOTED = timedelta(minutes=1)
MOST_KEYS = 50
"""Of one person that are not revoked."""


def is_key(text: str) -> bool:
    """Whether this is meant to be a key, rather than an access token."""
    return text.startswith(_PREFIX)


async def make(
    session: AsyncSession,
    *,
    name: str,
    subject: str,
    role: Role,
    group: tuple[int, int] | None,
    now: datetime,
    expires_at: datetime | None,
) -> tuple[ApiKey, str]:
    """The key's row, and the key itself: shown once."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    bot_id, chat_id = group or (None, None)
    row = ApiKey(
        id=key_id,
        hash=hash_secret(secret),
        former_hash=None,
        former_until=None,
        name=name,
        subject=subject,
        role=role,
        bot_id=bot_id,
        chat_id=chat_id,
        made_at=now,
        expires_at=expires_at,
        last_used_at=None,
        revoked_at=None,
    )
    session.add(row)
    await session.flush()
    return row, _written(key_id, secret)


async def use(session: AsyncSession, key: str, *, now: datetime) -> ApiKey | None:
    """The row of a key that works; None for one that is forged, revoked or has expired."""
    parts = _FORM.fullmatch(key)
    row = None if parts is None else await session.get(ApiKey, parts[1])
    if parts is None or row is None or not works(row, now):
        return None
    known = hash_secret(parts[2])
    is_former = (
        row.former_hash is not None
        and row.former_until is not None
        and row.former_until > now
        and hmac.compare_digest(row.former_hash, known)
    )
    if not (hmac.compare_digest(row.hash, known) or is_former):
        return None
    if row.last_used_at is None or now - row.last_used_at >= _USE_IS_NOTED:
        row.last_used_at = now
    return row


def works(row: ApiKey, now: datetime) -> bool:
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)


async def list_keys(session: AsyncSession, subject: str) -> Sequence[ApiKey]:
    """Somebody's keys, the newest first; revoked ones are gone from it."""
    query = select(ApiKey).where(ApiKey.subject == subject, ApiKey.revoked_at.is_(None))
    return (await session.scalars(query.order_by(ApiKey.made_at.desc(), ApiKey.id))).all()


async def find_own(session: AsyncSession, key_id: str, *, subject: str) -> ApiKey | None:
    """None where it is somebody else's, or revoked."""
    query = select(ApiKey).where(
        ApiKey.id == key_id, ApiKey.subject == subject, ApiKey.revoked_at.is_(None)
    )
    return await session.scalar(query.with_for_update())


async def rotate(session: AsyncSession, row: ApiKey, *, now: datetime) -> str:
    """Give a key another secret: the key, shown once. The former one works for FORMER_WORKS."""
    secret = secrets.token_urlsafe(32)
    row.former_hash, row.former_until = row.hash, now + FORMER_WORKS
    row.hash = hash_secret(secret)
    await session.flush()
    return _written(row.id, secret)


def _written(key_id: str, secret: str) -> str:
    return f"{_PREFIX}{key_id}_{secret}"
