"""The addresses of the session."""

import base64
import binascii
import hmac
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, cast

import msgspec
from fastapi import APIRouter, Cookie, Request, Response

from chatwarden.api.access import OPEN, LimitsPart, PortsPart, TokensPart
from chatwarden.api.ports import Ports
from chatwarden.api.problems import responses
from chatwarden.api.session import mini_app, service
from chatwarden.api.session.oidc import PENDING_SECONDS, OidcClient, Pending
from chatwarden.api.session.schemas import (
    Access,
    MiniAppSignIn,
    SignIn,
    SignInWays,
    TelegramReturn,
    TelegramSignIn,
)
from chatwarden.api.tokens import Tokens
from chatwarden.errors import (
    BodyTooLarge,
    ProofInvalid,
    RequestInvalid,
    SealBroken,
    SessionExpired,
    SignInLinkInvalid,
    SignInUnavailable,
    TooManyAttempts,
)

COOKIE = "chatwarden_refresh"
PENDING_COOKIE = "chatwarden_sign_in"
_COOKIE_PATH = "/api/v1/session"
_PLACE = "sign-in with telegram"

router = APIRouter(prefix="/session", tags=["session"], dependencies=[OPEN])
RefreshCookie = Annotated[str | None, Cookie(alias=COOKIE, max_length=256)]


@router.post(
    "",
    operation_id="signIn",
    status_code=HTTPStatus.CREATED,
    responses=responses(SignInLinkInvalid, BodyTooLarge, RequestInvalid, TooManyAttempts),
)
async def sign_in(
    body: SignIn,
    request: Request,
    response: Response,
    ports: PortsPart,
    tokens: TokensPart,
    limits: LimitsPart,
) -> Access:
    """Use a one-time link. The refresh token comes as a cookie that no script can read."""
    limits.count_attempt(_address(request))
    async with ports.database.transaction() as session:
        signed = await service.sign_in(session, body.link)
    if signed is None:
        raise SignInLinkInvalid
    return _answer(signed, response, ports=ports, tokens=tokens)


@router.get("/ways", operation_id="getSignInWays")
async def get_ways(request: Request) -> SignInWays:
    """How people may sign in here."""
    return SignInWays(telegram=request.app.state.oidc is not None)


@router.post(
    "/mini-app",
    operation_id="signInFromMiniApp",
    status_code=HTTPStatus.CREATED,
    responses=responses(ProofInvalid, BodyTooLarge, RequestInvalid, TooManyAttempts),
)
async def sign_in_from_mini_app(
    body: MiniAppSignIn,
    request: Request,
    response: Response,
    ports: PortsPart,
    tokens: TokensPart,
    limits: LimitsPart,
) -> Access:
    """Sign in by what Telegram hands to a Mini App. It counts once, and for ten minutes."""
    limits.count_attempt(_address(request))
    token, now = ports.settings.bot_token, datetime.now(UTC)
    if token is None:
        raise ProofInvalid
    proof = mini_app.read_proof(body.init_data, bot_token=token.get_secret_value(), now=now)
    async with ports.database.transaction() as session:
        signed = await service.sign_in_by_proof(
            session,
            proof.user_id,
            f"mini app {proof.hash}",
            way="mini app",
            expires_at=now + 2 * mini_app.LASTS,
        )
    return _answer(signed, response, ports=ports, tokens=tokens)


@router.post(
    "/telegram",
    operation_id="startTelegramSignIn",
    responses=responses(SignInUnavailable, TooManyAttempts),
)
async def start_telegram_sign_in(
    request: Request, response: Response, ports: PortsPart, limits: LimitsPart
) -> TelegramSignIn:
    """Where to send the browser to sign in with Telegram. What it must bring back is kept in a cookie no script can read."""
    limits.count_attempt(_address(request))
    address, pending = await _oidc(request).start()
    sealed = ports.keyring.deployment.seal(msgspec.json.encode(pending), place=_PLACE)
    response.set_cookie(
        PENDING_COOKIE,
        base64.urlsafe_b64encode(sealed).decode(),
        path=_COOKIE_PATH,
        max_age=PENDING_SECONDS,
        secure=_is_https(ports),
        httponly=True,
        samesite="strict",
    )
    return TelegramSignIn(address=address)


@router.post(
    "/telegram/return",
    operation_id="finishTelegramSignIn",
    status_code=HTTPStatus.CREATED,
    responses=responses(
        ProofInvalid, BodyTooLarge, RequestInvalid, SignInUnavailable, TooManyAttempts
    ),
)
async def finish_telegram_sign_in(
    body: TelegramReturn,
    request: Request,
    response: Response,
    ports: PortsPart,
    tokens: TokensPart,
    limits: LimitsPart,
    sealed: Annotated[str | None, Cookie(alias=PENDING_COOKIE, max_length=2048)] = None,
) -> Access:
    """Sign in with what Telegram sent back. Only the browser that began it can end it, once."""
    limits.count_attempt(_address(request))
    pending = _opened(sealed, ports)
    if not hmac.compare_digest(pending.state.encode(), body.state.encode()):
        raise ProofInvalid
    user_id = await _oidc(request).finish(body.code, pending)
    async with ports.database.transaction() as session:
        signed = await service.sign_in_by_proof(
            session,
            user_id,
            f"openid {pending.state}",
            way="telegram",
            expires_at=datetime.fromtimestamp(pending.expires_at, UTC),
        )
    response.delete_cookie(PENDING_COOKIE, path=_COOKIE_PATH)
    return _answer(signed, response, ports=ports, tokens=tokens)


@router.post(
    "/refresh",
    operation_id="refreshSession",
    responses=responses(SessionExpired, RequestInvalid),
)
async def refresh_session(
    response: Response, ports: PortsPart, tokens: TokensPart, refresh_token: RefreshCookie = None
) -> Access:
    """A new access token for the cookie, which changes with every use. A used cookie ends the session."""
    if refresh_token is None:
        raise SessionExpired
    async with ports.database.transaction() as session:
        signed = await service.refresh(session, refresh_token, key=tokens.refresh_key)
    if signed is None:
        raise SessionExpired
    return _answer(signed, response, ports=ports, tokens=tokens)


@router.delete(
    "",
    operation_id="signOut",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(RequestInvalid),
)
async def sign_out(
    response: Response, ports: PortsPart, refresh_token: RefreshCookie = None
) -> None:
    """End the session of the cookie. Where there is none, nothing happens."""
    if refresh_token is not None:
        async with ports.database.transaction() as session:
            await service.sign_out(session, refresh_token)
    response.delete_cookie(
        COOKIE, path=_COOKIE_PATH, secure=_is_https(ports), httponly=True, samesite="strict"
    )


def _answer(signed: service.Signed, response: Response, *, ports: Ports, tokens: Tokens) -> Access:
    now = datetime.now(UTC)
    response.set_cookie(
        COOKIE,
        signed.refresh_token,
        path=_COOKIE_PATH,
        expires=signed.expires_at,
        secure=_is_https(ports),
        httponly=True,
        samesite="strict",
    )
    token, expires_at = tokens.issue(subject=signed.subject, session_id=signed.session_id, now=now)
    return Access(access_token=token, expires_at=expires_at)


def _oidc(request: Request) -> OidcClient:
    client = cast("OidcClient | None", request.app.state.oidc)
    if client is None:
        raise SignInUnavailable
    return client


def _opened(sealed: str | None, ports: Ports) -> Pending:
    try:
        clear = ports.keyring.deployment.open(base64.urlsafe_b64decode(sealed or ""), place=_PLACE)
    except (binascii.Error, ValueError, SealBroken) as error:
        raise ProofInvalid from error
    pending = msgspec.json.decode(clear, type=Pending)
    if pending.expires_at < datetime.now(UTC).timestamp():
        raise ProofInvalid
    return pending


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _is_https(ports: Ports) -> bool:
    return (ports.settings.public_url or "").startswith("https://")
