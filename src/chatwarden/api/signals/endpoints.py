"""The address of the signal catalogue."""

from fastapi import APIRouter

from chatwarden.api.access import CataloguePart, SignedInPart
from chatwarden.api.problems import responses
from chatwarden.api.signals.schemas import Signal, Signals
from chatwarden.errors import NotSignedIn

router = APIRouter(prefix="/signals", tags=["signals"])


@router.get("", operation_id="listSignals", responses=responses(NotSignedIn))
async def list_signals(_caller: SignedInPart, catalogue: CataloguePart) -> Signals:
    """Everything the engine looks for, in its order."""
    return Signals(items=[Signal.model_validate(one) for one in catalogue.by_name.values()])
