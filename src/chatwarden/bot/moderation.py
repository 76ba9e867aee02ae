"""What admins have done by hand: the same queue, the same guards, the same undo as for verdicts."""

from collections.abc import Sequence
from datetime import datetime

from chatwarden.actions import Action, ActionKind
from chatwarden.bot.call import Call, Target
from chatwarden.bot.cases import open_case
from chatwarden.bot.ports import BotPorts
from chatwarden.learning.feedback import give_feedback
from chatwarden.outcomes.feedback import actions_of_feedback, decide_appeal
from chatwarden.storage.models import FeedbackLabel, Outcome
from chatwarden.storage.repositories import actions as stored_actions


def action_on(
    ports: BotPorts,
    kind: ActionKind,
    target: Target,
    *,
    chat_id: int,
    cause: str,
    requested_by: str,
    now: datetime,
    until: datetime | None = None,
    trace_id: str | None = None,
) -> Action:
    """What to queue. Its id is made from the cause: the same command acts once."""
    message = target.message
    return Action(
        id=f"{ports.bot_id}-{cause}-{kind}",
        bot_id=ports.bot_id,
        chat_id=chat_id,
        kind=kind,
        sender_kind=target.sender_kind,
        sender_id=target.sender_id,
        date=now,
        message_id=None if message is None else message.message_id,
        message_date=None if message is None else datetime.fromtimestamp(message.date, now.tzinfo),
        trace_id=trace_id,
        until_date=None if until is None else until.replace(microsecond=0),
        requested_by=requested_by,
        due_at=now,
    )


async def ask_for(ports: BotPorts, actions: Sequence[Action]) -> None:
    """Have these carried out, each once."""
    if actions:
        await ports.actions.add(actions)
        ports.actions_added()


async def tell_feedback(
    ports: BotPorts, outcome: Outcome, label: FeedbackLabel, *, by: str, now: datetime
) -> bool:
    """Keep what an admin says of an outcome, teach the group, and do what follows: spam goes, what befell ham is undone, an appeal is decided. False where
    they had said just that and nobody had appealed since.
    """
    async with ports.database.transaction() as session:
        is_decided = await decide_appeal(session, outcome, label, now=now)
        given = await give_feedback(
            session, outcome, label, given_by=by, source="admin", keyring=ports.keyring, now=now
        )
        if given is None and not is_decided:
            return False
        taken = await stored_actions.actions_of(session, [outcome.trace_id])
        todo = actions_of_feedback(
            outcome, taken[outcome.trace_id], label, given=given, by=by, now=now
        )
    await ask_for(ports, todo)
    ports.feedback_changed(outcome.chat_id)
    announce(ports, outcome)
    return True


async def case_of(call: Call, target: Target) -> Outcome | None:
    """The outcome about the message that a command replies to; one is made where evidence never fired."""
    async with call.ports.database.transaction() as session:
        return await open_case(session, call, target)


def announce(ports: BotPorts, outcome: Outcome) -> None:
    """An outcome changed: cards and dashboards show it anew."""
    ports.feed.publish(bot_id=ports.bot_id, chat_id=outcome.chat_id, trace_id=outcome.trace_id)
