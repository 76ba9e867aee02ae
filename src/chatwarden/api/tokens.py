"""Access tokens: JWT signed with Ed25519, ten minutes long, checked without the database."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chatwarden.errors import NotSignedIn

LIFETIME = timedelta(minutes=10)
_ALGORITHM = "EdDSA"
_ISSUER = "chatwarden"
_AUDIENCE = "chatwarden-api"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a valid token says."""

    subject: str
    session_id: str
    expires_at: datetime


class Tokens:
    """Issues and checks the access tokens of one signing key."""

    def __init__(self, signing_key: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(signing_key)
        self._public = self._private.public_key()
        public_bytes = self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = hashlib.sha256(public_bytes).hexdigest()[:16]
        self.refresh_key = hashlib.sha256(b"chatwarden refresh tokens" + signing_key).digest()
        """For making the next refresh token; of the signing key's making, and of no use for signing."""

    def issue(self, *, subject: str, session_id: str, now: datetime) -> tuple[str, datetime]:
        """The token and when it expires."""
        expires_at = (now + LIFETIME).replace(microsecond=0)
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": subject,
            "sid": session_id,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        token = jwt.encode(claims, self._private, _ALGORITHM, headers={"kid": self.key_id})
        return token, expires_at

    def check(self, token: str) -> AccessToken:
        """Raises NotSignedIn for a token that is forged, of another key, expired, or no token at all."""
        try:
            if jwt.get_unverified_header(token).get("kid") != self.key_id:
                raise NotSignedIn
            claims = jwt.decode(
                token,
                self._public,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={"require": ["exp", "iat", "sub", "sid"]},
            )
        except jwt.InvalidTokenError as error:
            raise NotSignedIn from error
        return AccessToken(
            subject=claims["sub"],
            session_id=claims["sid"],
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
