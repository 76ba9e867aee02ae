"""The address of the gate's preview."""

import html
import re

from fastapi import APIRouter

from chatwarden.api.access import PortsPart, ViewerPart
from chatwarden.api.finding import find_group
from chatwarden.api.gate.schemas import NewcomerQuestion
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.policy.schemas import PolicyDraft
from chatwarden.api.problems import responses
from chatwarden.errors import BodyTooLarge, NotFound, PolicyInvalid, RequestInvalid
from chatwarden.policies.checking import check

router = APIRouter(tags=["gate"])
_TAG = re.compile(r"<[^>]+>")


@router.post(
    "/groups/{bot_id}/{chat_id}/gate/preview",
    operation_id="previewGate",
    responses=responses(NotFound, PolicyInvalid, RequestInvalid, BodyTooLarge),
)
async def preview_gate(
    bot_id: BotId, chat_id: ChatId, draft: PolicyDraft, caller: ViewerPart, ports: PortsPart
) -> NewcomerQuestion:
    """What somebody who joins would be asked under a policy. Nobody is asked, and nothing changes."""
    policy = check(draft.policy)
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
    question = ports.newcomer_question(group, policy)
    return NewcomerQuestion(
        language=group.language,
        text=html.unescape(_TAG.sub("", question.text)),
        options=list(question.options),
        in_a_row=question.in_a_row,
    )
