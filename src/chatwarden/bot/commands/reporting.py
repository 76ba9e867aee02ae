"""Members tell the admins about a message."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.bot.call import Call, Target
from chatwarden.bot.commands.registry import Commands
from chatwarden.bot.groups import may_moderate
from chatwarden.bot.moderation import announce, case_of
from chatwarden.learning.feedback import give_feedback
from chatwarden.storage.models import Outcome, Report
from chatwarden.storage.repositories.insert import insert_new

commands = Commands()

MOST_REPORTS = 5
"""Of one member within `REPORT_WINDOW`: accounts are cheap, and admins' time is not."""
REPORT_WINDOW = timedelta(minutes=10)


@commands.add("report", by="anyone", offered=("members", "admins"), about_a_message=True)
async def report(call: Call) -> None:
    """Put the message up for review. It moves words a little, and nothing else: the admins decide."""
    if call.chat.is_private:
        return
    target = call.target
    if target is None or target.message is None:
        await call.answer(call.say("target.none", command=call.name))
        return
    if target.sender_id == call.user.id:
        await call.answer(call.say("report.self"))
        return
    if await may_moderate(call.ports, call.chat.id, target.sender_id):
        await call.answer(call.say("target.admin", who=target.who))
        return
    key = await _keep(call, target)
    if key == "report.thanks":
        outcome = await case_of(call, target)
        if outcome is not None:
            await _teach(call, outcome)
            announce(call.ports, outcome)
    await call.answer(call.say(key))


async def _keep(call: Call, target: Target) -> str:
    """Keep who reported what; what to tell them."""
    assert target.message is not None
    row = {
        "bot_id": call.ports.bot_id,
        "chat_id": call.chat.id,
        "message_id": target.message.message_id,
        "reporter_id": call.user.id,
        "reported_at": call.now,
    }
    async with call.ports.database.transaction() as session:
        if await session.get(Report, [row[name] for name in _KEY]) is not None:
            return "report.again"
        if await _reported_lately(session, call) >= MOST_REPORTS:
            return "report.too_many"
        await insert_new(session, Report, [row])
    return "report.thanks"


_KEY = ("bot_id", "chat_id", "message_id", "reporter_id")


async def _reported_lately(session: AsyncSession, call: Call) -> int:
    mine = (
        (Report.bot_id == call.ports.bot_id)
        & (Report.chat_id == call.chat.id)
        & (Report.reporter_id == call.user.id)
        & (Report.reported_at > call.now - REPORT_WINDOW)
    )
    return await session.scalar(select(func.count()).select_from(Report).where(mine)) or 0


async def _teach(call: Call, outcome: Outcome) -> None:
    async with call.ports.database.transaction() as session:
        await give_feedback(
            session,
            outcome,
            "spam",
            given_by=call.subject,
            source="report",
            keyring=call.ports.keyring,
            now=call.now,
        )
    call.ports.feedback_changed(call.chat.id)
