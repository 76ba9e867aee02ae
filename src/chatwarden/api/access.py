"""What endpoints are given: the ports, the catalogue, and who calls with which scope.

An endpoint names the lowest role that may use it by the part it takes: `ViewerPart`, `ModeratorPart`, … The scope that comes with it holds only
groups in which the caller has that role. What needs no role says so too: `SignedInPart`, `PersonPart`, or `OPEN`. The OpenAPI document tells it
as `x-minimum-role`, and a test goes through all of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api import idempotency
from chatwarden.api.limits import RateLimits
from chatwarden.api.ports import Ports
from chatwarden.api.tokens import Tokens
from chatwarden.errors import NotSignedIn, PersonNeeded, RoleTooLow
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.storage.models import AuditKind, Role
from chatwarden.storage.repositories import api_keys, audit
from chatwarden.storage.repositories.scope import Scope

Minimum = Literal["anyone", "signed_in"] | Role


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person, until the access token expires; or a program with an API key of theirs."""

    subject: str
    scope: Scope
    token_expires_at: datetime
    session_id: str | None = None
    key_id: str | None = None

    async def note(
        self,
        session: AsyncSession,
        kind: AuditKind,
        *,
        group: tuple[int, int] | None = None,
        target: str | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Write into the audit log that the caller did this. `group`: bot and chat."""
        await audit.note(
            session,
            kind,
            subject=self.subject,
            key_id=self.key_id,
            now=datetime.now(UTC),
            group=group,
            target=target,
            detail=detail,
        )


# All of these are coroutines: FastAPI sends every other dependency to a thread, and waits for it.
async def _ports(request: Request) -> Ports:
    return cast("Ports", request.app.state.ports)


async def _catalogue(request: Request) -> Catalogue:
    return cast("Catalogue", request.app.state.catalogue)


async def _tokens(request: Request) -> Tokens:
    return cast("Tokens", request.app.state.tokens)


async def _limits(request: Request) -> RateLimits:
    return cast("RateLimits", request.app.state.limits)


PortsPart = Annotated[Ports, Depends(_ports)]
CataloguePart = Annotated[Catalogue, Depends(_catalogue)]
TokensPart = Annotated[Tokens, Depends(_tokens)]
LimitsPart = Annotated[RateLimits, Depends(_limits)]

_bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    description="The access token of POST /api/v1/session, or an API key.",
)
_KEY_STREAMS_LAST = timedelta(minutes=10)
"""As long as an access token, so that a revoked key's stream ends."""


class Needs:
    """A dependency that refuses whoever may not: who is nobody, and whose key may do too little in any group."""

    def __init__(self, minimum: Minimum, *, person: bool = False) -> None:
        """`person`: no API key may do this."""
        self.minimum = minimum
        self.person = person

    async def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        tokens: TokensPart,
        ports: PortsPart,
        limits: LimitsPart,
    ) -> Caller:
        if credentials is None:
            raise NotSignedIn
        minimum: Role = (
            "viewer" if self.minimum in ("anyone", "signed_in") else cast("Role", self.minimum)
        )
        if api_keys.is_key(credentials.credentials):
            caller = await _program(credentials.credentials, request, ports, limits, minimum)
            if self.person:
                raise PersonNeeded
        else:
            token = tokens.check(credentials.credentials)
            caller = Caller(
                subject=token.subject,
                scope=Scope.of_subject(token.subject).at_least(minimum),
                token_expires_at=token.expires_at,
                session_id=token.session_id,
            )
        if not caller.scope.is_possible or (minimum == "operator" and not caller.scope.is_operator):
            raise RoleTooLow
        await idempotency.claim(request, ports, caller=f"{caller.subject} {caller.key_id or ''}")
        return caller


async def _program(
    key: str, request: Request, ports: Ports, limits: RateLimits, minimum: Role
) -> Caller:
    now = datetime.now(UTC)
    async with ports.database.transaction() as session:
        found = await api_keys.use(session, key, now=now)
    if found is None:
        limits.count_attempt(request.client.host if request.client else "")
        raise NotSignedIn
    limits.count_request(found.id)
    only = None if found.bot_id is None or found.chat_id is None else (found.bot_id, found.chat_id)
    until = now + _KEY_STREAMS_LAST
    return Caller(
        subject=found.subject,
        scope=Scope.of_subject(found.subject)
        .narrowed(ceiling=found.role, only=only)
        .at_least(minimum),
        token_expires_at=until if found.expires_at is None else min(until, found.expires_at),
        key_id=found.id,
    )


async def _open() -> None:
    """Needs nobody: for what signs in, and for orchestrators."""


OPEN = Depends(_open)
"""For routers and endpoints that whoever is not signed in may use."""

SignedInPart = Annotated[Caller, Depends(Needs("signed_in"))]
PersonPart = Annotated[Caller, Depends(Needs("signed_in", person=True))]
ViewerPart = Annotated[Caller, Depends(Needs("viewer"))]
ModeratorPart = Annotated[Caller, Depends(Needs("moderator"))]
AdminPart = Annotated[Caller, Depends(Needs("admin"))]
AdminPersonPart = Annotated[Caller, Depends(Needs("admin", person=True))]
OwnerPersonPart = Annotated[Caller, Depends(Needs("owner", person=True))]
OperatorPart = Annotated[Caller, Depends(Needs("operator"))]


def needs_of(calls: list[Any]) -> "tuple[Minimum, bool] | None":
    """The minimum role among an endpoint's dependencies, and whether it must be a person; None where none is declared."""
    for call in calls:
        if isinstance(call, Needs):
            return call.minimum, call.person
    return ("anyone", False) if _open in calls else None
