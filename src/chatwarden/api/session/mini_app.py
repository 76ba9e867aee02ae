"""Signing in from a Mini App: what Telegram hands to the page proves who opened it (Bot API, "Validating data received via the Mini App")."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl

import msgspec

from chatwarden.errors import ProofInvalid

LASTS = timedelta(minutes=10)
"""From when the Mini App was opened. A page that is loaded again has its session already."""
_CLOCKS_DIFFER = timedelta(minutes=1)


class _User(msgspec.Struct):
    id: int
    is_bot: bool = False


class Proof(NamedTuple):
    """Who opened the Mini App, and what this proof is known by, however it is written."""

    user_id: int
    hash: str


def read_proof(init_data: str, *, bot_token: str, now: datetime) -> Proof:
    """Raises ProofInvalid for what is forged, another bot's, or too old."""
    try:
        pairs = parse_qsl(init_data, keep_blank_values=True, strict_parsing=True, max_num_fields=64)
    except ValueError as error:
        raise ProofInvalid from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ProofInvalid
    told = fields.pop("hash", "")
    text = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    secret = hmac.digest(b"WebAppData", bot_token.encode(), "sha256")
    known = hmac.digest(secret, text.encode(), "sha256").hex()
    if not hmac.compare_digest(known.encode(), told.encode()):
        raise ProofInvalid
    try:
        made_at = datetime.fromtimestamp(int(fields.get("auth_date", "")), UTC)
        user = msgspec.json.decode(fields.get("user", ""), type=_User)
    except (ValueError, OverflowError, OSError, msgspec.DecodeError) as error:
        raise ProofInvalid from error
    if not now - LASTS <= made_at <= now + _CLOCKS_DIFFER or user.is_bot or user.id <= 0:
        raise ProofInvalid
    return Proof(user.id, known)
