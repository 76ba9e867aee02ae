"""Signatures as the Standard Webhooks specification 1.0 has them (standardwebhooks.com)."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

_PREFIX = "whsec_"


def written(secret: bytes) -> str:
    """A secret as people copy it."""
    return _PREFIX + base64.b64encode(secret).decode()


def signed_headers(
    message_id: str, body: bytes, *, secrets: Sequence[bytes], now: datetime
) -> dict[str, str]:
    """The specification's three headers; a signature by each secret."""
    timestamp = int(now.timestamp())
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (hmac.digest(secret, signed, "sha256") for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }
