"""An OpenID issuer of the tests' own: it signs whoever it is told to, and can misbehave."""

import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "42"
CLIENT_SECRET = "of the tests"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Issuer:
    """At `address`; `visit` plays the person and the browser that were sent there."""

    address: str
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    key_id: str = "first"
    claims: dict[str, Any] = field(default_factory=dict)
    """What the next tokens say instead."""
    forged: str | None = None
    """The next token itself, instead of one of its making."""
    is_down: bool = False
    asked_for_keys: int = 0
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def visit(self, address: str) -> dict[str, str]:
        """Agree to sign in; what the browser is sent back with."""
        split = urlsplit(address)
        assert f"{split.scheme}://{split.netloc}{split.path}" == f"{self.address}/auth"
        asked = {name: values[0] for name, values in parse_qs(split.query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code {len(self._codes)}"
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def id_token(self, *, nonce: str, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT_ID,
            "sub": "1234567890123",
            "id": 30,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
        }
        claims |= self.claims | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.key, "RS256", headers={"kid": self.key_id})

    async def _discovery(self, _request: web.Request) -> web.Response:
        if self.is_down:
            return web.Response(status=503)
        return web.json_response(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/auth",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
            }
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        self.asked_for_keys += 1
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        key = public | {"kid": self.key_id, "use": "sig", "alg": "RS256"}
        return web.json_response({"keys": [key]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self._codes.pop(str(form["code"]), None)
        known = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        challenge = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        made = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        if (
            asked is None
            or known != f"{CLIENT_ID}:{CLIENT_SECRET}"
            or asked["redirect_uri"] != form["redirect_uri"]
            or asked["code_challenge"] != made
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = self.forged or self.id_token(nonce=asked["nonce"])
        return web.json_response({"id_token": token, "token_type": "Bearer"})


@asynccontextmanager
async def running_issuer() -> AsyncIterator[Issuer]:
    """On a port of its own."""
    issuer = Issuer("")
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", issuer._discovery)
    app.router.add_get("/keys", issuer._keys)
    app.router.add_post("/token", issuer._token)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    issuer.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield issuer
    finally:
        await runner.cleanup()
