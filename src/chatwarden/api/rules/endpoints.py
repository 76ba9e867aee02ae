"""The address at which a rule is tried."""

import asyncio

from fastapi import APIRouter

from chatwarden.api.access import PortsPart, ViewerPart
from chatwarden.api.finding import find_group
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.problems import responses
from chatwarden.api.rules import service
from chatwarden.api.rules.schemas import RuleTried, RuleTry
from chatwarden.errors import BodyTooLarge, NotFound, PolicyInvalid, RequestInvalid

router = APIRouter(tags=["rules"])


@router.post(
    "/groups/{bot_id}/{chat_id}/rules/try",
    operation_id="tryRule",
    responses=responses(NotFound, PolicyInvalid, RequestInvalid, BodyTooLarge),
)
async def try_rule(
    bot_id: BotId, chat_id: ChatId, tried: RuleTry, caller: ViewerPart, ports: PortsPart
) -> RuleTried:
    """What a rule meets, before it counts: nothing is stored, and nothing is done."""
    rule = service.check(tried.rule)
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        seen = await service.look(session, group, ports.keyring)
    return await asyncio.to_thread(
        service.try_rule, rule, tried.text, seen, new_engine=ports.new_engine
    )
