"""What endpoints are given: the ports, the catalogue, and who calls with which scope."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chatwarden.api.ports import Ports
from chatwarden.api.tokens import Tokens
from chatwarden.errors import NotSignedIn
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.storage.repositories.scope import Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person, until the access token expires."""

    subject: str
    scope: Scope
    token_expires_at: datetime


def _ports(request: Request) -> Ports:
    return cast("Ports", request.app.state.ports)


def _catalogue(request: Request) -> Catalogue:
    return cast("Catalogue", request.app.state.catalogue)


def _tokens(request: Request) -> Tokens:
    return cast("Tokens", request.app.state.tokens)


PortsPart = Annotated[Ports, Depends(_ports)]
CataloguePart = Annotated[Catalogue, Depends(_catalogue)]
TokensPart = Annotated[Tokens, Depends(_tokens)]

_bearer = HTTPBearer(
    auto_error=False, bearerFormat="JWT", description="The access token of POST /api/v1/session."
)


def _caller(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    tokens: TokensPart,
) -> Caller:
    if credentials is None:
        raise NotSignedIn
    token = tokens.check(credentials.credentials)
    return Caller(
        subject=token.subject,
        scope=Scope.of_subject(token.subject),
        token_expires_at=token.expires_at,
    )


CallerPart = Annotated[Caller, Depends(_caller)]
"""Refuses whoever is not signed in."""
