"""A message that people bring up by themselves: it becomes an outcome for review, as if evidence had fired on it.

In: a command that replies to it. Out: the outcome about it, the one that is there or a new one under the command's update id.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.bot.call import Call, Target
from chatwarden.storage.models import Outcome
from chatwarden.storage.repositories.outcomes import find_outcome_of_message, find_outcome_of_update
from chatwarden.storage.repositories.settling import record_outcomes
from chatwarden.storage.sealing import Sealer


async def open_case(session: AsyncSession, call: Call, target: Target) -> Outcome | None:
    """The outcome about a message; None where there is none, or it says nothing that could be judged."""
    ports, message = call.ports, target.message
    if message is None:
        return None
    found = await find_outcome_of_message(
        session, bot_id=ports.bot_id, chat_id=call.chat.id, message_id=message.message_id
    )
    if found is not None:
        return found
    row = _row(call, target, await ports.keyring.of_group(ports.bot_id, call.chat.id))
    if row is None:
        return None
    await record_outcomes(session, [row], now=call.now)
    return await find_outcome_of_update(session, bot_id=ports.bot_id, update_id=call.update_id)


def _row(call: Call, target: Target, sealer: Sealer) -> dict[str, Any] | None:
    ports, message = call.ports, target.message
    if message is None or target.raw is None:
        return None
    item = ports.judge(b'{"update_id":%d,"message":%b}' % (call.update_id, target.raw))
    if item.status != "judged" or item.verdict is None or item.date is None:
        return None
    texts = [
        {"place": place, "text": text}
        for place, text in (("text", message.text), ("caption", message.caption))
        if text
    ]
    clear = {"sender_name": target.name, "texts": texts, "picture": None}
    trace_id = f"{ports.bot_id}-{call.update_id}-1"
    return {
        "bot_id": ports.bot_id,
        "update_id": call.update_id,
        "round": 1,
        "date": datetime.fromtimestamp(item.date, UTC),
        "chat_id": call.chat.id,
        "message_id": message.message_id,
        "event": "message",
        "sender_kind": item.sender_kind,
        "sender_id": item.sender_id,
        "score": item.score,
        "message_verdict": "review",
        "sender_verdict": "none",
        "verdict": msgspec.json.decode(item.verdict),
        "sealed": sealer.seal(msgspec.json.encode(clear), place=f"outcome:{trace_id}"),
        "state": "review",
        "guard": None,
        "created_at": call.now,
        "updated_at": call.now,
    }
