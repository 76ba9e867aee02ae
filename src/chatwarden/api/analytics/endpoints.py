"""The addresses of analytics."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.exceptions import RequestValidationError

from chatwarden.api.access import PortsPart, ViewerPart
from chatwarden.api.analytics import service
from chatwarden.api.analytics.schemas import Analytics
from chatwarden.api.finding import find_group
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.problems import responses
from chatwarden.errors import NotFound, NotSignedIn, RequestInvalid
from chatwarden.storage.repositories.statistics import Days

router = APIRouter(tags=["analytics"])
_ADDRESS = "/groups/{bot_id}/{chat_id}/analytics"
_MOST_DAYS = 400
_USUAL_DAYS = 30


async def _days(
    bot_id: BotId,
    chat_id: ChatId,
    first: Annotated[
        date | None, Query(alias="from", description="The first day, UTC; else 29 before the last.")
    ] = None,
    last: Annotated[date | None, Query(alias="to", description="The last day; else today.")] = None,
) -> Days:
    last = last or datetime.now(UTC).date()
    if first is None:
        first = date.fromordinal(max(1, last.toordinal() - _USUAL_DAYS + 1))
    if not 0 <= (last - first).days < _MOST_DAYS or last == date.max:
        raise RequestValidationError(
            [
                {
                    "type": "value_error",
                    "loc": ("query", "from"),
                    "msg": f"`from` to `to` has to be 1 to {_MOST_DAYS} days",
                    "input": str(first),
                }
            ]
        )
    return Days(bot_id, chat_id, first, last)


DaysPart = Annotated[Days, Depends(_days)]


class _Csv(Response):
    media_type = "text/csv"


@router.get(
    _ADDRESS,
    operation_id="getAnalytics",
    responses=responses(NotSignedIn, NotFound, RequestInvalid),
)
async def get_analytics(days: DaysPart, caller: ViewerPart, ports: PortsPart) -> Analytics:
    """What was done in a group, whether it was right, and what was missed; 400 days at most."""
    async with ports.database.transaction() as session:
        await find_group(session, caller.scope, bot_id=days.bot_id, chat_id=days.chat_id)
        return await service.analytics_of(session, days)


@router.get(
    f"{_ADDRESS}.csv",
    operation_id="exportAnalytics",
    response_class=_Csv,
    responses={
        **responses(NotSignedIn, NotFound, RequestInvalid),
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
    },
)
async def export_analytics(days: DaysPart, caller: ViewerPart, ports: PortsPart) -> Response:
    """The same as a file: a line a day, kind and name, with how often it was so."""
    async with ports.database.transaction() as session:
        await find_group(session, caller.scope, bot_id=days.bot_id, chat_id=days.chat_id)
        text = await service.csv_of(session, days)
    name = f"analytics-{days.first}-{days.last}.csv"
    return Response(
        text,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
