"""Signing in by Telegram's word: OpenID Connect, and what a Mini App is handed."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr
from tests.support.api import ApiUnderTest, api_over
from tests.support.issuer import CLIENT_SECRET, Issuer, new_key, running_issuer

from chatwarden.api.session.endpoints import COOKIE, PENDING_COOKIE
from chatwarden.api.session.oidc import OidcClient
from chatwarden.settings import Settings

SESSION = "/api/v1/session"
TOKEN = "42:TEST"


def _settings(issuer: str = "https://issuer.example") -> Settings:
    return Settings(
        _env_file=None,
        bot_token=SecretStr(TOKEN),
        public_url="https://warden.example",
        oidc_issuer=issuer,
        oidc_client_secret=SecretStr(CLIENT_SECRET),
    )


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with running_issuer() as issuer:
        yield issuer


@pytest.fixture
async def guarded(sqlite_url: str, issuer: Issuer) -> AsyncIterator[ApiUnderTest]:
    """Set up for signing in by the issuer."""
    settings = _settings(issuer.address)
    async with api_over(sqlite_url, settings=settings) as api:
        yield api


async def _go(client: httpx.AsyncClient, issuer: Issuer) -> dict[str, str]:
    """To the issuer and back."""
    client.base_url = httpx.URL("https://api.test")  # Its cookies are secure ones.
    answer = await client.post(f"{SESSION}/telegram")
    assert answer.status_code == 200, answer.text
    assert PENDING_COOKIE in answer.cookies
    return issuer.visit(answer.json()["address"])


async def _return(client: httpx.AsyncClient, back: dict[str, str]) -> httpx.Response:
    return await client.post(f"{SESSION}/telegram/return", json=back)


async def test_who_comes_back_from_the_issuer_is_signed_in_as_their_telegram_id(
    guarded: ApiUnderTest, issuer: Issuer
) -> None:
    async with guarded.client(subject=None) as client:
        assert (await client.get(f"{SESSION}/ways")).json() == {"telegram": True}
        answer = await _return(client, await _go(client, issuer))
        assert answer.status_code == 201, answer.text
        assert COOKIE in answer.cookies
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        assert (await client.get("/api/v1/me")).json()["subject"] == "user:30"


async def test_a_code_counts_once_and_only_in_the_browser_that_asked(
    guarded: ApiUnderTest, issuer: Issuer
) -> None:
    async with guarded.client(subject=None) as client, guarded.client(subject=None) as other:
        back = await _go(client, issuer)
        assert (await _return(other, back)).json()["code"] == "proof_invalid"
        assert (await _return(client, back | {"state": "another"})).status_code == 401
        assert (await _return(client, back)).status_code == 201
        assert (await _return(client, back)).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://another.example"}, id="another issuer"),
        pytest.param({"aud": "43"}, id="another client"),
        pytest.param({"exp": int(time.time()) - 600}, id="expired"),
        pytest.param({"nonce": "another"}, id="another sign-in's"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"id": None}, id="no Telegram id"),
        pytest.param({"id": True}, id="an id that is none"),
        pytest.param({"id": -100}, id="a group's id"),
        pytest.param({"sub": None}, id="no subject"),
    ],
)
async def test_a_token_that_is_not_for_us_proves_nothing(
    guarded: ApiUnderTest, issuer: Issuer, claims: dict[str, Any]
) -> None:
    issuer.claims = claims
    async with guarded.client(subject=None) as client:
        answer = await _return(client, await _go(client, issuer))
    assert (answer.status_code, answer.json()["code"]) == (401, "proof_invalid")


def _forgeries(issuer: Issuer, nonce: str) -> dict[str, str]:
    """Tokens that say the right things and prove nothing."""

    def encoded(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    def part(value: object) -> str:
        return encoded(json.dumps(value).encode())

    good = issuer.id_token(nonce=nonce)
    claims = jwt.decode(good, options={"verify_signature": False})
    public = issuer.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    signed = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(claims)}"
    stranger = Issuer(issuer.address, key=new_key())
    return {
        "alg none": f"{part({'alg': 'none', 'kid': 'first'})}.{part(claims)}.",
        "public key as secret": f"{signed}.{encoded(hmac.digest(public, signed.encode(), 'sha256'))}",
        "another key": stranger.id_token(nonce=nonce),
        "changed signature": good[:-6] + "AAAAAA",
        "no token": "no.token.atall",
    }


@pytest.mark.parametrize(
    "forgery",
    ["alg none", "public key as secret", "another key", "changed signature", "no token"],
)
async def test_a_token_of_another_key_or_of_none_proves_nothing(
    guarded: ApiUnderTest, issuer: Issuer, forgery: str
) -> None:
    async with guarded.client(subject=None) as client:
        back = await _go(client, issuer)
        issuer.forged = _forgeries(issuer, issuer._codes[back["code"]]["nonce"])[forgery]
        answer = await _return(client, back)
    assert (answer.status_code, answer.json()["code"]) == (401, "proof_invalid")


async def test_an_issuer_that_changes_its_key_is_asked_anew(issuer: Issuer) -> None:
    client = OidcClient.of(_settings(issuer.address))
    assert client is not None
    address, pending = await client.start()
    assert await client.finish(issuer.visit(address)["code"], pending) == 30
    issuer.key, issuer.key_id = new_key(), "second"
    assert client._known is not None
    object.__setattr__(client._known, "fetched_at", time.monotonic() - 60)
    address, pending = await client.start()
    assert await client.finish(issuer.visit(address)["code"], pending) == 30
    assert issuer.asked_for_keys == 2


async def test_an_issuer_that_is_down_is_said_to_be(guarded: ApiUnderTest, issuer: Issuer) -> None:
    issuer.is_down = True
    async with guarded.client(subject=None) as client:
        answer = await client.post(f"{SESSION}/telegram")
    assert (answer.status_code, answer.json()["code"]) == (503, "sign_in_unavailable")


async def test_a_deployment_that_is_not_set_up_for_it_offers_no_sign_in_with_telegram(
    api: ApiUnderTest,
) -> None:
    async with api.client(subject=None) as client:
        assert (await client.get(f"{SESSION}/ways")).json() == {"telegram": False}
        assert (await client.post(f"{SESSION}/telegram")).status_code == 503


# --- Mini Apps


def _init_data(*, token: str = TOKEN, ago: float = 5, **changes: str) -> str:
    fields = {
        "auth_date": str(int(datetime.now(UTC).timestamp() - ago)),
        "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
        "signature": "of Ed25519, for others",
        "user": json.dumps({"id": 30, "first_name": "Rosa & Ben"}),
    }
    fields |= changes
    text = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    secret = hmac.digest(b"WebAppData", token.encode(), "sha256")
    made = hmac.digest(secret, text.encode(), "sha256").hex()
    return urlencode(fields | {"hash": made})


async def _open(api: ApiUnderTest, init_data: str) -> httpx.Response:
    async with api.client(subject=None) as client:
        return await client.post(f"{SESSION}/mini-app", json={"init_data": init_data})


async def test_a_mini_app_signs_in_whoever_opened_it_once(guarded: ApiUnderTest) -> None:
    init_data = _init_data()
    first = await _open(guarded, init_data)
    assert first.status_code == 201, first.text
    claims = jwt.decode(first.json()["access_token"], options={"verify_signature": False})
    assert claims["sub"] == "user:30"
    again = await _open(guarded, init_data)
    turned = "&".join(reversed(init_data.split("&")))
    name, _, value = init_data.rpartition("&hash=")
    spelled = [f"{name}&%68ash={value}", f"{name}&hash=%{ord(value[0]):02x}{value[1:]}"]
    others = [await _open(guarded, written) for written in (turned, *spelled)]
    for answer in (again, *others):
        assert (answer.status_code, answer.json()["code"]) == (401, "proof_invalid")


@pytest.mark.parametrize(
    "init_data",
    [
        pytest.param(_init_data(token="43:OTHER"), id="of another bot"),
        pytest.param(_init_data().replace("30", "31"), id="changed"),
        pytest.param(_init_data(ago=3600), id="an hour old"),
        pytest.param(_init_data(ago=-3600), id="of the future"),
        pytest.param(_init_data(auth_date=""), id="without a date"),
        pytest.param(_init_data(user="{}"), id="without a user"),
        pytest.param(_init_data(user='{"id":30,"is_bot":true}'), id="of a bot"),
        pytest.param(_init_data() + "&user=%7B%22id%22%3A31%7D", id="a user twice"),
        pytest.param("hash=", id="only a hash"),
        pytest.param("nothing", id="nothing"),
    ],
)
async def test_what_is_forged_or_too_old_signs_nobody_in(
    guarded: ApiUnderTest, init_data: str
) -> None:
    answer = await _open(guarded, init_data)
    assert (answer.status_code, answer.json()["code"]) == (401, "proof_invalid")


# --- Everywhere


async def test_signing_out_everywhere_ends_every_browser_of_that_person_only(
    each_api: ApiUnderTest,
) -> None:
    async with (
        each_api.client(subject="user:30") as here,
        each_api.client(subject="user:30") as there,
        each_api.client(subject="user:31") as other,
    ):
        listed = (await here.get("/api/v1/me/sessions")).json()["items"]
        assert sorted(one["is_this"] for one in listed) == [False, True]
        assert (await here.delete("/api/v1/me/sessions")).status_code == 204
        for client, status in ((here, 401), (there, 401), (other, 200)):
            assert (await client.post(f"{SESSION}/refresh")).status_code == status
