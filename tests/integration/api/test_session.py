import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update
from tests.support.api import SIGNING_KEY, ApiUnderTest

from chatwarden.api.session.endpoints import COOKIE
from chatwarden.api.tokens import Tokens
from chatwarden.storage.models import Session, SignInLink

ADDRESS = "/api/v1/session"


async def test_a_link_signs_in_once(api: ApiUnderTest) -> None:
    link = await api.make_link()
    async with api.client(subject=None) as client:
        first = await client.post(ADDRESS, json={"link": link})
        second = await client.post(ADDRESS, json={"link": link})
    assert first.status_code == 201
    assert second.status_code == 401
    assert second.json()["code"] == "sign_in_link_invalid"


async def test_an_expired_link_does_not_sign_in(api: ApiUnderTest) -> None:
    link = await api.make_link()
    async with api.ports.database.transaction() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(update(SignInLink).values(expires_at=past))
    async with api.client(subject=None) as client:
        answer = await client.post(ADDRESS, json={"link": link})
    assert answer.json()["code"] == "sign_in_link_invalid"


async def test_the_refresh_cookie_is_out_of_reach_for_scripts_and_other_sites(
    api: ApiUnderTest,
) -> None:
    async with api.client(subject=None) as client:
        answer = await client.post(ADDRESS, json={"link": await api.make_link()})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/api/v1/session" in cookie
    assert "secure" not in cookie


async def test_the_refresh_cookie_is_secure_behind_https(api: ApiUnderTest) -> None:
    api.ports.settings.public_url = "https://warden.example"
    async with api.client(subject=None) as client:
        answer = await client.post(ADDRESS, json={"link": await api.make_link()})
    assert "; secure" in answer.headers["set-cookie"].lower()


async def test_a_refresh_gives_a_new_cookie_and_a_token_that_works(api: ApiUnderTest) -> None:
    async with api.client() as client:
        before = client.cookies[COOKIE]
        refreshed = await client.post(f"{ADDRESS}/refresh")
        assert client.cookies[COOKIE] != before
        client.headers["Authorization"] = f"Bearer {refreshed.json()['access_token']}"
        assert (await client.get("/api/v1/me")).json()["subject"] == "operator"


async def test_an_answer_that_got_lost_can_be_asked_for_again(api: ApiUnderTest) -> None:
    async with api.client() as client:
        used = client.cookies[COOKIE]
        await client.post(f"{ADDRESS}/refresh")
        received = client.cookies[COOKIE]
        client.cookies.clear()
        again = await client.post(f"{ADDRESS}/refresh", headers={"Cookie": f"{COOKIE}={used}"})
        assert again.status_code == 200
        assert again.cookies[COOKIE] == received


async def test_a_refresh_token_used_again_later_ends_the_session(api: ApiUnderTest) -> None:
    async with api.client() as client:
        stolen = client.cookies[COOKIE]
        await client.post(f"{ADDRESS}/refresh")
        fresh = client.cookies[COOKIE]
        client.cookies.clear()
        async with api.ports.database.transaction() as session:
            a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
            await session.execute(update(Session).values(rotated_at=a_minute_ago))
        for cookie in (stolen, fresh):
            answer = await client.post(
                f"{ADDRESS}/refresh", headers={"Cookie": f"{COOKIE}={cookie}"}
            )
            assert answer.json()["code"] == "session_expired"


async def test_a_refresh_token_from_two_turns_ago_ends_the_session(api: ApiUnderTest) -> None:
    async with api.client() as client:
        stolen = client.cookies[COOKIE]
        await client.post(f"{ADDRESS}/refresh")
        await client.post(f"{ADDRESS}/refresh")
        fresh = client.cookies[COOKIE]
        client.cookies.clear()
        for cookie in (stolen, fresh):
            answer = await client.post(
                f"{ADDRESS}/refresh", headers={"Cookie": f"{COOKIE}={cookie}"}
            )
            assert answer.status_code == 401


async def test_a_session_past_its_time_cannot_be_refreshed(api: ApiUnderTest) -> None:
    async with api.client() as client:
        async with api.ports.database.transaction() as session:
            past = datetime.now(UTC) - timedelta(seconds=1)
            await session.execute(update(Session).values(expires_at=past))
        assert (await client.post(f"{ADDRESS}/refresh")).status_code == 401


async def test_a_refresh_without_a_cookie_is_refused(api: ApiUnderTest) -> None:
    async with api.client(subject=None) as client:
        assert (await client.post(f"{ADDRESS}/refresh")).json()["code"] == "session_expired"


async def test_signing_out_ends_the_session_and_takes_the_cookie_back(api: ApiUnderTest) -> None:
    async with api.client() as client:
        kept = client.cookies[COOKIE]
        answer = await client.delete(ADDRESS)
        assert answer.status_code == 204
        assert COOKIE not in client.cookies
        again = await client.post(f"{ADDRESS}/refresh", headers={"Cookie": f"{COOKIE}={kept}"})
        assert again.status_code == 401


async def test_the_eleventh_attempt_of_a_minute_has_to_wait(api: ApiUnderTest) -> None:
    async with api.client(subject=None) as client:
        answers = [await client.post(ADDRESS, json={"link": "wrong"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert answers[-1].json()["code"] == "too_many_attempts"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


def _claims(**changes: object) -> dict[str, object]:
    now = datetime.now(UTC)
    claims: dict[str, object] = {
        "iss": "chatwarden",
        "aud": "chatwarden-api",
        "sub": "operator",
        "sid": "a",
        "iat": now,
        "exp": now + timedelta(minutes=5),
    }
    return claims | changes


def _signed(key: bytes = SIGNING_KEY, **changes: object) -> str:
    private = Ed25519PrivateKey.from_private_bytes(key)
    kid = Tokens(SIGNING_KEY).key_id
    return jwt.encode(_claims(**changes), private, "EdDSA", headers={"kid": kid})


def _unsigned() -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    header = {"alg": "none", "typ": "JWT", "kid": Tokens(SIGNING_KEY).key_id}
    exp = int(datetime.now(UTC).timestamp()) + 300
    return f"{part(header)}.{part(_claims(iat=exp - 300, exp=exp))}."


def _signed_with_the_public_key_as_secret() -> str:
    public = Ed25519PrivateKey.from_private_bytes(SIGNING_KEY).public_key().public_bytes_raw()
    kid = Tokens(SIGNING_KEY).key_id
    return jwt.encode(_claims(), public, "HS256", headers={"kid": kid})


async def test_a_token_as_we_sign_it_is_taken(api: ApiUnderTest) -> None:
    async with api.client(subject=None) as client:
        answer = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {_signed()}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(_signed(key=bytes(32)), id="another key"),
        pytest.param(_signed(exp=datetime.now(UTC) - timedelta(seconds=1)), id="expired"),
        pytest.param(_signed(aud="another"), id="another audience"),
        pytest.param(_signed(iss="another"), id="another issuer"),
        pytest.param(_unsigned(), id="alg none"),
        pytest.param(_signed_with_the_public_key_as_secret(), id="public key as secret"),
        pytest.param(_signed()[:-4] + "AAAA", id="changed signature"),
        pytest.param("no.token.atall", id="no token"),
        pytest.param("", id="empty"),
    ],
)
async def test_a_token_that_is_not_ours_is_refused(api: ApiUnderTest, token: str) -> None:
    async with api.client(subject=None) as client:
        answer = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"
    assert answer.headers["www-authenticate"] == "Bearer"
