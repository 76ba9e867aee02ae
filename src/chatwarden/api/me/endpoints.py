"""The address of the signed-in person."""

from fastapi import APIRouter

from chatwarden.api.access import CallerPart, PortsPart
from chatwarden.api.me.schemas import Me
from chatwarden.api.problems import responses
from chatwarden.errors import NotSignedIn

router = APIRouter(prefix="/me", tags=["me"])


@router.get("", operation_id="getMe", responses=responses(NotSignedIn))
async def get_me(caller: CallerPart, ports: PortsPart) -> Me:
    """Who is signed in."""
    role = "operator" if caller.scope.is_operator else "user"
    return Me(subject=caller.subject, role=role, demo=ports.demo)
