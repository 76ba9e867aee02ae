"""The addresses of cases."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from chatwarden import actions
from chatwarden.api.access import ModeratorPart, PortsPart
from chatwarden.api.cases import service
from chatwarden.api.cases.schemas import BatchDecided, BatchDecision, CasePage, Decided
from chatwarden.api.finding import find_outcome
from chatwarden.api.outcomes import service as outcomes
from chatwarden.api.outcomes.endpoints import ModeratorReaderPart, ReaderPart
from chatwarden.api.paths import LARGEST_ID
from chatwarden.api.problems import problem_of, responses
from chatwarden.errors import BodyTooLarge, NotFound, RequestInvalid, RoleTooLow

router = APIRouter(prefix="/cases", tags=["cases"])


@router.get("", operation_id="listCases", responses=responses(RequestInvalid))
async def list_cases(
    *,
    ports: PortsPart,
    reader: ReaderPart,
    state: Annotated[
        Literal["open", "decided"],
        Query(description="open: nobody decided yet; decided: the latest decision first."),
    ] = "open",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[
        str | None, Query(max_length=128, description="`next_cursor` of the page before.")
    ] = None,
    chat_id: Annotated[
        int | None, Query(ge=-LARGEST_ID, le=LARGEST_ID, description="Only this group's.")
    ] = None,
    appealed: Annotated[bool, Query(description="Only what its sender appealed.")] = False,
) -> CasePage:
    """Outcomes that a person has to decide, and who decided what."""
    ask = service.list_open if state == "open" else service.list_decided
    async with ports.database.transaction() as session:
        return await ask(
            session,
            reader,
            limit=limit,
            cursor=cursor,
            chat_id=chat_id,
            only_appealed=appealed,
        )


@router.post(
    "/decide", operation_id="decideCases", responses=responses(RequestInvalid, BodyTooLarge)
)
async def decide(
    batch: BatchDecision, caller: ModeratorPart, ports: PortsPart, reader: ModeratorReaderPart
) -> BatchDecided:
    """Say of several messages what they are, as `giveFeedback` does of one. What cannot be decided is told, and keeps no other from being so."""
    asked: list[actions.Action] = []
    items: list[Decided] = []
    groups: set[tuple[int, int]] = set()
    decided: list[tuple[tuple[int, int], str]] = []
    async with ports.database.transaction() as session:
        for trace_id in dict.fromkeys(batch.trace_ids):
            try:
                row = await find_outcome(session, reader.scope, trace_id)
            except (NotFound, RoleTooLow) as error:
                items.append(Decided(trace_id=trace_id, problem=problem_of(error)))
                continue
            asked += await outcomes.give_feedback_on(session, row, batch.label, reader, caller)
            key = (row.bot_id, row.chat_id)
            groups.add(key)
            decided.append((key, row.trace_id))
            items.append(Decided(trace_id=trace_id, problem=None))
    if asked:
        await ports.actions.add(asked)
        ports.wake_enforcer()
    for bot_id, chat_id in groups:
        ports.feedback_changed(bot_id, chat_id)
    for (bot_id, chat_id), trace_id in decided:
        ports.feed.publish(bot_id=bot_id, chat_id=chat_id, trace_id=trace_id)
    return BatchDecided(items=items)
