"""The addresses of the privacy noun: for whoever runs the deployment, when a person asks them instead of the bot."""

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from chatwarden.api.access import OperatorPart, PortsPart
from chatwarden.api.paths import UserId
from chatwarden.api.privacy.schemas import Erased, PersonFile, PersonHeld
from chatwarden.api.problems import responses
from chatwarden.errors import ErasureMustWait, RequestInvalid
from chatwarden.outcomes.person import as_json, person_file
from chatwarden.privacy.erasure import erase_everywhere
from chatwarden.privacy.holdings import holdings_of, subject_of

router = APIRouter(prefix="/privacy/people/{user_id}", tags=["privacy"])


@router.get("", operation_id="getPerson", responses=responses(RequestInvalid))
async def get_person(user_id: UserId, caller: OperatorPart, ports: PortsPart) -> PersonHeld:
    """How much is held about a person; of somebody unknown, nothing."""
    async with ports.database.transaction() as session:
        return PersonHeld.model_validate(await holdings_of(session, user_id))


@router.get(
    "/file",
    operation_id="exportPerson",
    responses={**responses(RequestInvalid), 200: {"model": PersonFile}},
)
async def export_person(user_id: UserId, caller: OperatorPart, ports: PortsPart) -> Response:
    """Everything that is held about a person, as the file that `/mydata` gives them. The audit log tells that it was written."""
    now = datetime.now(UTC)
    async with ports.database.transaction() as session:
        file = await person_file(session, user_id, keyring=ports.keyring, now=now)
        await caller.note(session, "person_exported", target=subject_of(user_id))
    return Response(
        as_json(file),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="person-{user_id}.json"'},
    )


@router.delete("", operation_id="erasePerson", responses=responses(RequestInvalid, ErasureMustWait))
async def erase_person(user_id: UserId, caller: OperatorPart, ports: PortsPart) -> Erased:
    """Erase a person as `/forgetme` does: what was done about them stays, under a pseudonym. It cannot be taken back."""
    operation = ports.operation
    rows = await erase_everywhere(
        ports.database,
        user_id,
        bot_id=operation.bot_id,
        pseudonyms=operation.pseudonyms,
        forget=operation.forget,
    )
    async with ports.database.transaction() as session:
        pseudonym = subject_of(operation.pseudonyms.of(user_id))
        await caller.note(session, "person_erased", target=pseudonym)
    return Erased(rows=rows)
