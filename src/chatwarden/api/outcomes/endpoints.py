"""The addresses of outcomes."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from chatwarden.api.access import Caller, CataloguePart, ModeratorPart, PortsPart, ViewerPart
from chatwarden.api.outcomes import service
from chatwarden.api.outcomes.schemas import FeedbackGiven, Outcome, OutcomePage
from chatwarden.api.outcomes.stream import MEDIA_TYPE, stream_outcomes
from chatwarden.api.paths import LARGEST_ID
from chatwarden.api.ports import Ports
from chatwarden.api.problems import responses
from chatwarden.errors import NotFound, NotSignedIn, RequestInvalid, UndoImpossible
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.storage.models import OutcomeState

router = APIRouter(prefix="/outcomes", tags=["outcomes"])


def _reader(caller: Caller, ports: Ports, catalogue: Catalogue) -> service.Reader:
    return service.Reader(scope=caller.scope, keyring=ports.keyring, catalogue=catalogue)


async def _viewing(
    caller: ViewerPart, ports: PortsPart, catalogue: CataloguePart
) -> service.Reader:
    return _reader(caller, ports, catalogue)


async def _moderating(
    caller: ModeratorPart, ports: PortsPart, catalogue: CataloguePart
) -> service.Reader:
    return _reader(caller, ports, catalogue)


ReaderPart = Annotated[service.Reader, Depends(_viewing)]
ModeratorReaderPart = Annotated[service.Reader, Depends(_moderating)]


@router.get("", operation_id="listOutcomes", responses=responses(NotSignedIn, RequestInvalid))
async def list_outcomes(
    *,
    ports: PortsPart,
    reader: ReaderPart,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[
        str | None, Query(max_length=128, description="`next_cursor` of the page before.")
    ] = None,
    chat_id: Annotated[
        int | None, Query(ge=-LARGEST_ID, le=LARGEST_ID, description="Only this group's.")
    ] = None,
    sender_id: Annotated[
        int | None, Query(ge=-LARGEST_ID, le=LARGEST_ID, description="Only this sender's.")
    ] = None,
    state: Annotated[
        list[OutcomeState] | None, Query(description="Only these states; may be repeated.")
    ] = None,
) -> OutcomePage:
    """A page of outcomes, the newest first. Rows that come meanwhile shift nothing."""
    async with ports.database.transaction() as session:
        return await service.list_outcomes(
            session,
            reader,
            limit=limit,
            cursor=cursor,
            chat_id=chat_id,
            sender_id=sender_id,
            states=state or (),
        )


@router.get(
    "/stream",
    operation_id="streamOutcomes",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Lines of JSON, each a StreamEvent, until the access token expires.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/StreamEvent"}}},
        },
        **responses(NotSignedIn, RequestInvalid),
    },
)
async def stream(
    caller: ViewerPart,
    ports: PortsPart,
    reader: ReaderPart,
    after: Annotated[
        int | None, Query(ge=0, le=2**53, description="`id` of the last event that was seen.")
    ] = None,
) -> StreamingResponse:
    """Outcomes as they come and change. Resume with `after`; a `reset` line says to fetch afresh."""
    return StreamingResponse(
        stream_outcomes(ports, caller, reader, after=after),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get(
    "/{trace_id}",
    operation_id="getOutcome",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def get_outcome(trace_id: str, ports: PortsPart, reader: ReaderPart) -> Outcome:
    """One outcome."""
    async with ports.database.transaction() as session:
        return await service.get_outcome(session, trace_id, reader)


@router.post(
    "/{trace_id}/undo",
    operation_id="undoOutcome",
    status_code=HTTPStatus.ACCEPTED,
    responses=responses(NotSignedIn, NotFound, UndoImpossible, RequestInvalid),
)
async def undo_outcome(
    trace_id: str, caller: ModeratorPart, ports: PortsPart, reader: ModeratorReaderPart
) -> Outcome:
    """Take back what was done about it. Asked twice, it is done once; the stream tells when."""
    async with ports.database.transaction() as session:
        undo = await service.undo_of(session, trace_id, reader, caller)
    if undo is not None:
        await ports.actions.add([undo])
        ports.wake_enforcer()
    async with ports.database.transaction() as session:
        return await service.get_outcome(session, trace_id, reader)


@router.post(
    "/{trace_id}/feedback",
    operation_id="giveFeedback",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def give_feedback(
    trace_id: str,
    feedback: FeedbackGiven,
    caller: ModeratorPart,
    ports: PortsPart,
    reader: ModeratorReaderPart,
) -> Outcome:
    """Say what the message is. Spam is deleted where it still stands, what befell ham is taken back, and the group learns from it.

    It takes the place of what the caller said before; said twice, it counts once.
    """
    async with ports.database.transaction() as session:
        asked = await service.give_feedback(session, trace_id, feedback.label, reader, caller)
    if asked:
        await ports.actions.add(asked)
        ports.wake_enforcer()
    return await _with_new_feedback(trace_id, ports, reader)


@router.delete(
    "/{trace_id}/feedback",
    operation_id="takeFeedbackBack",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def take_feedback_back(
    trace_id: str, caller: ModeratorPart, ports: PortsPart, reader: ModeratorReaderPart
) -> Outcome:
    """Take back what the caller said: the group judges as if it had never been said. What was done about the message stays."""
    async with ports.database.transaction() as session:
        await service.take_feedback_back(session, trace_id, reader, caller)
    return await _with_new_feedback(trace_id, ports, reader)


async def _with_new_feedback(trace_id: str, ports: Ports, reader: service.Reader) -> Outcome:
    async with ports.database.transaction() as session:
        outcome = await service.get_outcome(session, trace_id, reader)
    group = outcome.group
    ports.feedback_changed(group.bot_id, group.chat_id)
    ports.feed.publish(bot_id=group.bot_id, chat_id=group.chat_id, trace_id=outcome.trace_id)
    return outcome
