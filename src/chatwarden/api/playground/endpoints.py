"""The address of the playground."""

import asyncio

from fastapi import APIRouter

from chatwarden.api.access import CataloguePart, PortsPart, ViewerPart
from chatwarden.api.finding import find_group
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.playground import service
from chatwarden.api.playground.schemas import PlaygroundTry, PlaygroundVerdict
from chatwarden.api.problems import responses
from chatwarden.errors import BodyTooLarge, NotFound, NotSignedIn, PolicyInvalid, RequestInvalid
from chatwarden.policies.checking import check

router = APIRouter(tags=["playground"])


@router.post(
    "/groups/{bot_id}/{chat_id}/playground",
    operation_id="tryInPlayground",
    responses=responses(NotSignedIn, NotFound, PolicyInvalid, RequestInvalid, BodyTooLarge),
)
async def try_in_playground(
    *,
    bot_id: BotId,
    chat_id: ChatId,
    tried: PlaygroundTry,
    caller: ViewerPart,
    ports: PortsPart,
    catalogue: CataloguePart,
) -> PlaygroundVerdict:
    """What a message would get under a policy: nothing is stored, and nothing is done."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        policy = group.policy if tried.policy is None else tried.policy
    return await asyncio.to_thread(service.judge, tried, check(policy), catalogue, ports.new_engine)
