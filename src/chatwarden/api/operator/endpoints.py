"""The addresses of the deployment itself: for its operator alone."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from chatwarden.api.access import LimitsPart, OperatorPart, PortsPart
from chatwarden.api.operator import replaying, service
from chatwarden.api.operator.schemas import (
    DeadLetter,
    DeadLetters,
    Deployment,
    Examination,
    Replayed,
    ReplayWanted,
    Setup,
)
from chatwarden.api.problems import responses
from chatwarden.errors import (
    BodyTooLarge,
    NotFound,
    NotNow,
    ReplayImpossible,
    RequestInvalid,
    TooManyChecks,
)
from chatwarden.storage.models import DeadLetterKind
from chatwarden.storage.repositories import dead_letters

router = APIRouter(prefix="/operator", tags=["operator"])
LetterId = Annotated[int, Path(ge=1, le=2**31 - 1)]
_LETTERS = "/dead-letters"


@router.get("", operation_id="getDeployment")
async def get_deployment(caller: OperatorPart, ports: PortsPart) -> Deployment:
    """Its parts, queues, database and versions."""
    return await service.describe(ports, text_model=ports.new_engine().model)


@router.get("/setup", operation_id="getSetup")
async def get_setup(caller: OperatorPart, ports: PortsPart) -> Setup:
    """What is there of a first run: the bot, and how it comes into a group."""
    return await service.setup(ports)


@router.post("/checks", operation_id="examineDeployment", responses=responses(TooManyChecks))
async def examine(caller: OperatorPart, ports: PortsPart, limits: LimitsPart) -> Examination:
    """Look at token, rights, database, Redis, backups, and say how to mend each. It takes seconds, and changes nothing."""
    limits.count_check(caller.subject)
    return await service.examine(ports)


@router.get(_LETTERS, operation_id="listDeadLetters", responses=responses(RequestInvalid))
async def list_dead_letters(
    *,
    caller: OperatorPart,
    ports: PortsPart,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="`next_cursor` of the page before.")
    ] = None,
    kind: Annotated[DeadLetterKind | None, Query(description="Only this kind.")] = None,
) -> DeadLetters:
    """What could not be judged or answered, and why."""
    async with ports.database.transaction() as session:
        rows = await dead_letters.list_letters(
            session, bot_id=ports.operation.bot_id, limit=limit + 1, before=cursor, kind=kind
        )
    shown = rows[:limit]
    return DeadLetters(
        items=[DeadLetter.model_validate(row) for row in shown],
        next_cursor=str(shown[-1].id) if len(rows) > limit else None,
    )


@router.post(
    f"{_LETTERS}/replay",
    operation_id="replayDeadLetters",
    responses=responses(RequestInvalid, BodyTooLarge, NotNow),
)
async def replay_dead_letters(
    wanted: ReplayWanted, caller: OperatorPart, ports: PortsPart
) -> Replayed:
    """Replay all of a kind that lie here, the oldest first."""
    return await replaying.replay_all(ports, caller, wanted.kind)


@router.post(
    f"{_LETTERS}/{{letter_id}}/replay",
    operation_id="replayDeadLetter",
    responses=responses(NotFound, ReplayImpossible, RequestInvalid, NotNow),
)
async def replay_dead_letter(
    letter_id: LetterId, caller: OperatorPart, ports: PortsPart
) -> DeadLetter:
    """Replay one; it is told as it is then."""
    return DeadLetter.model_validate(await replaying.replay_one(ports, caller, letter_id))


@router.delete(
    f"{_LETTERS}/{{letter_id}}",
    operation_id="dropDeadLetter",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(NotFound, RequestInvalid),
)
async def drop_dead_letter(letter_id: LetterId, caller: OperatorPart, ports: PortsPart) -> None:
    """Forget one, for good."""
    async with ports.database.transaction() as session:
        await replaying.drop(session, ports, caller, letter_id)
