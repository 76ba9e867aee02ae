"""The addresses of signing in and out."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Cookie, Request, Response

from chatwarden.api.access import PortsPart, TokensPart
from chatwarden.api.ports import Ports
from chatwarden.api.problems import responses
from chatwarden.api.session import service
from chatwarden.api.session.schemas import Access, SignIn
from chatwarden.api.tokens import Tokens
from chatwarden.errors import (
    BodyTooLarge,
    RequestInvalid,
    SessionExpired,
    SignInLinkInvalid,
    TooManyAttempts,
)

COOKIE = "chatwarden_refresh"
_COOKIE_PATH = "/api/v1/session"

router = APIRouter(prefix="/session", tags=["session"])
RefreshCookie = Annotated[str | None, Cookie(alias=COOKIE, max_length=256)]


@router.post(
    "",
    operation_id="signIn",
    status_code=HTTPStatus.CREATED,
    responses=responses(SignInLinkInvalid, BodyTooLarge, RequestInvalid, TooManyAttempts),
)
async def sign_in(
    body: SignIn, request: Request, response: Response, ports: PortsPart, tokens: TokensPart
) -> Access:
    """Use a one-time link. The refresh token comes as a cookie that no script can read."""
    request.app.state.attempts.count(request.client.host if request.client else "")
    async with ports.database.transaction() as session:
        signed = await service.sign_in(session, body.link)
    if signed is None:
        raise SignInLinkInvalid
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


def _is_https(ports: Ports) -> bool:
    return (ports.settings.public_url or "").startswith("https://")
