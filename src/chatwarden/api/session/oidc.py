"""Signing in by OpenID Connect: authorization code with PKCE (RFC 7636), the id token checked by the issuer's published keys.

In: settings; a browser that was sent to the issuer and came back with a code. Out: a Telegram id. Fails with ProofInvalid for what proves nothing,
SignInUnavailable where the issuer does not answer as it should.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
import msgspec

from chatwarden.errors import ProofInvalid, SignInUnavailable
from chatwarden.settings import Settings

_ALGORITHMS = ("RS256",)
"""Telegram's. No other is taken, whatever a token says of itself."""
_SECONDS = 10
_KEYS_ARE_FRESH_SECONDS = 3600.0
_ASK_AGAIN_SECONDS = 30.0
"""A token of a key that is not known has the keys fetched anew, but not by every token."""
_LEEWAY_SECONDS = 60
"""Clocks differ."""


class Pending(msgspec.Struct, frozen=True):
    """What the browser keeps, sealed, while it is at the issuer's."""

    state: str
    nonce: str
    verifier: str
    expires_at: float
    """Seconds since 1970."""


PENDING_SECONDS = 600


@dataclass(frozen=True, slots=True)
class _Issuer:
    authorization_endpoint: str
    token_endpoint: str
    keys: jwt.PyJWKSet
    fetched_at: float


class OidcClient:
    """One issuer's. `issuer` is compared with what tokens say, to the letter."""

    def __init__(self, *, issuer: str, client_id: str, client_secret: str, redirect: str) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect = redirect
        self._known: _Issuer | None = None

    @classmethod
    def of(cls, settings: Settings) -> "OidcClient | None":
        """None where the deployment is not set up for it."""
        secret, token = settings.oidc_client_secret, settings.bot_token
        client_id = settings.oidc_client_id
        if client_id is None and token is not None:
            client_id = token.get_secret_value().partition(":")[0]
        if secret is None or settings.public_url is None or client_id is None:
            return None
        return cls(
            issuer=settings.oidc_issuer,
            client_id=client_id,
            client_secret=secret.get_secret_value(),
            redirect=f"{settings.public_url.rstrip('/')}/sign-in",
        )

    async def start(self) -> tuple[str, Pending]:
        """Where to send the browser, and what it must bring back. Raises SignInUnavailable."""
        issuer = await self._discovered()
        pending = Pending(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            expires_at=time.time() + PENDING_SECONDS,
        )
        challenge = hashlib.sha256(pending.verifier.encode()).digest()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._client_id,
                "redirect_uri": self._redirect,
                "scope": "openid profile",
                "state": pending.state,
                "nonce": pending.nonce,
                "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
                "code_challenge_method": "S256",
            }
        )
        return f"{issuer.authorization_endpoint}?{query}", pending

    async def finish(self, code: str, pending: Pending) -> int:
        """The Telegram id of whoever comes back with a code. Raises ProofInvalid, SignInUnavailable."""
        issuer = await self._discovered()
        status, answer = await _post(
            issuer.token_endpoint,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect,
                "client_id": self._client_id,
                "code_verifier": pending.verifier,
            },
            credentials=f"{self._client_id}:{self._client_secret}",
        )
        if status >= 500:
            raise SignInUnavailable
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise ProofInvalid
        return await self._check(token, nonce=pending.nonce)

    async def _check(self, token: str, *, nonce: str) -> int:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in _ALGORITHMS:
                raise ProofInvalid
            claims: dict[str, Any] = jwt.decode(
                token,
                await self._key(header.get("kid")),
                algorithms=list(_ALGORITHMS),
                issuer=self._issuer,
                audience=self._client_id,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.InvalidTokenError as error:
            raise ProofInvalid from error
        user_id = claims.get("id")
        # `sub` is the issuer's own name of somebody: only `id` is Telegram's.
        if isinstance(user_id, str) and user_id.isascii() and user_id.isdigit():
            user_id = int(user_id)
        if (
            not secrets.compare_digest(str(claims.get("nonce", "")), nonce)
            or not isinstance(user_id, int)
            or isinstance(user_id, bool)
            or user_id <= 0
        ):
            raise ProofInvalid
        return user_id

    async def _key(self, key_id: Any) -> jwt.PyJWK:
        for may_ask in (True, False):
            issuer = await self._discovered()
            found = next((key for key in issuer.keys.keys if key.key_id == key_id), None)
            if found is not None:
                return found
            if not may_ask or time.monotonic() - issuer.fetched_at < _ASK_AGAIN_SECONDS:
                break
            self._known = None
        raise ProofInvalid

    async def _discovered(self) -> _Issuer:
        known = self._known
        if known is not None and time.monotonic() - known.fetched_at < _KEYS_ARE_FRESH_SECONDS:
            return known
        document = await _get(f"{self._issuer}/.well-known/openid-configuration")
        try:
            if document["issuer"] != self._issuer:
                raise SignInUnavailable
            keys = jwt.PyJWKSet.from_dict(await _get(document["jwks_uri"]))
            self._known = _Issuer(
                authorization_endpoint=str(document["authorization_endpoint"]),
                token_endpoint=str(document["token_endpoint"]),
                keys=keys,
                fetched_at=time.monotonic(),
            )
        except (KeyError, jwt.PyJWTError) as error:
            raise SignInUnavailable from error
        return self._known


async def _get(url: str) -> dict[str, Any]:
    status, answer = await _ask("GET", url)
    if status != 200:
        raise SignInUnavailable
    return answer


async def _post(url: str, form: dict[str, str], *, credentials: str) -> tuple[int, dict[str, Any]]:
    encoded = base64.b64encode(credentials.encode()).decode()
    headers = {"Authorization": f"Basic {encoded}"}
    return await _ask("POST", url, form=form, headers=headers)


async def _ask(
    method: str,
    url: str,
    *,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    # Slow to import, and only where people sign in this way.
    from aiohttp import ClientError, ClientSession, ClientTimeout

    timeout = ClientTimeout(total=_SECONDS)
    try:
        async with (
            ClientSession(timeout=timeout, headers=headers) as client,
            client.request(method, url, data=form, allow_redirects=False) as answer,
        ):
            body = await answer.content.read(1 << 20)
            decoded = msgspec.json.decode(body) if body else {}
            return answer.status, decoded if isinstance(decoded, dict) else {}
    except (ClientError, TimeoutError, msgspec.DecodeError) as error:
        raise SignInUnavailable from error
