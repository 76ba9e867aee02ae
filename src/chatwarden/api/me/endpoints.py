"""The addresses of the signed-in person."""

from http import HTTPStatus

from fastapi import APIRouter

from chatwarden.api.access import PersonPart, PortsPart, SignedInPart
from chatwarden.api.me.schemas import Me, SignedInSession, SignedInSessions
from chatwarden.api.problems import responses
from chatwarden.errors import NotSignedIn
from chatwarden.storage.repositories import sessions

router = APIRouter(prefix="/me", tags=["me"])


@router.get("", operation_id="getMe", responses=responses(NotSignedIn))
async def get_me(caller: SignedInPart, ports: PortsPart) -> Me:
    """Who is signed in."""
    role = "operator" if caller.scope.is_operator else "user"
    return Me(subject=caller.subject, role=role, demo=ports.demo)


@router.get("/sessions", operation_id="listSessions", responses=responses(NotSignedIn))
async def list_sessions(caller: PersonPart, ports: PortsPart) -> SignedInSessions:
    """Where the caller is signed in, the browser used last first."""
    async with ports.database.transaction() as session:
        rows = await sessions.list_sessions(session, caller.subject)
    return SignedInSessions(
        items=[
            SignedInSession(
                signed_in_at=row.created_at,
                last_used_at=row.rotated_at,
                expires_at=row.expires_at,
                is_this=row.id == caller.session_id,
            )
            for row in rows
        ]
    )


@router.delete(
    "/sessions",
    operation_id="signOutEverywhere",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(NotSignedIn),
)
async def sign_out_everywhere(caller: PersonPart, ports: PortsPart) -> None:
    """End every session of the caller, this one too. Access tokens that are out work until they expire, ten minutes at most."""
    async with ports.database.transaction() as session:
        ended = await sessions.revoke_sessions(session, caller.subject)
        await caller.note(session, "signed_out_everywhere", detail={"sessions": ended})
