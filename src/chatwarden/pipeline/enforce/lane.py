"""One group's turn: guards, then deletions together, then undos, then each sender once, then reactions.

In: the group's due actions. Out: what became of each, stored before the next turn. Fails with RetryLater (everything waits); an
action found begun after that is checked against Telegram before it is repeated.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from chatwarden.actions import PUNISHMENTS, Action, Ending
from chatwarden.errors import MissingRight, TelegramFailed, TelegramRefused, TelegramUnreachable
from chatwarden.pipeline.enforce.answers import Answers, after_failure, right_for
from chatwarden.pipeline.enforce.delete import Deleter
from chatwarden.pipeline.enforce.groups import GroupDirectory, GroupState
from chatwarden.pipeline.enforce.punish import Pace, Punisher
from chatwarden.pipeline.enforce.reactions import ReactionRemover
from chatwarden.pipeline.enforce.undo import Undoer
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.rights import AdminDirectory
from chatwarden.tracing import CHAT_ID, TRACER, name_outcomes

_TAKEN_A_TURN = 300

_NOT_BY_HAND = ("verdict", "workspace", "gate")
"""Who asks for what no human asked for in this very group: whom its admins allow is left alone by them."""

RIGHTS_FRESH = timedelta(minutes=5)
"""A right that was missing is asked for again after this time; at once where Telegram tells of a change."""


class Lane:
    """A group's enforcement while there is something to do."""

    def __init__(
        self,
        *,
        chat_id: int,
        queue: ActionQueue,
        groups: GroupDirectory,
        telegram: TelegramClient,
        admins: AdminDirectory,
        clock: Callable[[], datetime],
        pace: Pace | None = None,
    ) -> None:
        """`pace`: what all lanes of a bot share; None: one of its own."""
        self._chat_id = chat_id
        self._queue = queue
        self._groups = groups
        self._admins = admins
        self._clock = clock
        self._answers = Answers(
            chat_id=chat_id, queue=queue, groups=groups, telegram=telegram, clock=clock
        )
        self._deleter = Deleter(
            chat_id=chat_id, queue=queue, telegram=telegram, answers=self._answers, clock=clock
        )
        self._punisher = Punisher(
            chat_id=chat_id,
            queue=queue,
            telegram=telegram,
            answers=self._answers,
            clock=clock,
            pace=pace or Pace(),
        )
        self._reactions = ReactionRemover(
            chat_id=chat_id, queue=queue, telegram=telegram, answers=self._answers, clock=clock
        )
        self._undoer = Undoer(queue=queue, telegram=telegram, clock=clock)

    async def turn(self) -> bool:
        """Carry out what is due. False where nothing was."""
        due = await self._queue.take(self._chat_id, now=self._clock(), limit=_TAKEN_A_TURN)
        if not due:
            return False
        with TRACER.start_as_current_span("enforce", attributes={CHAT_ID: self._chat_id}):
            name_outcomes(action.trace_id for action in due)
            await self._carry_out(due)
        return True

    async def _carry_out(self, due: Sequence[Action]) -> None:
        group = await self._groups.find(self._chat_id)
        try:
            admin_ids = await self._admins.admin_ids(self._chat_id)
        except TelegramRefused as refusal:
            await self._answers.refuse(due, refusal)
            return
        unguarded = await self._pass_guards(due, group, admin_ids)
        allowed = await self._pass_rights(unguarded, group)
        undos = [action for action in allowed if action.kind == "undo"]
        # What an undo left of them is due again, with what Telegram says then.
        freed = {action.sender_id for action in undos}
        punishments = [
            action
            for action in allowed
            if action.kind in PUNISHMENTS and action.sender_id not in freed
        ]
        deletions = [action for action in allowed if action.kind == "delete_message"]
        reactions = [action for action in allowed if action.kind == "delete_reactions"]
        steps = [
            partial(self._deleter.delete, deletions),
            *(partial(self._undo, action) for action in undos),
            partial(self._punisher.punish, punishments, observing=group.mode == "observe"),
            partial(self._reactions.remove, reactions),
        ]
        trouble: TelegramUnreachable | None = None
        for step in steps:
            try:
                await step()
            except TelegramUnreachable as error:
                # A call that fails each time must not hold up what comes after it.
                trouble = error
        if trouble is not None:
            raise trouble

    async def _pass_guards(
        self, due: Sequence[Action], group: GroupState, admin_ids: frozenset[int]
    ) -> list[Action]:
        """What may be done. The rest is cancelled, and says why."""
        allowed: list[Action] = []
        stopped: list[Ending] = []
        for action in due:
            guard = self._guard(action, group, admin_ids)
            if guard is None:
                allowed.append(action)
            else:
                stopped.append(Ending(action_id=action.id, state="cancelled", guard=guard))
        await self._answers.store(stopped)
        return allowed

    def _guard(self, action: Action, group: GroupState, admin_ids: frozenset[int]) -> str | None:
        if action.kind == "undo" or action.requested_by == "bot":
            return None
        if action.sender_id in admin_ids:
            return "admin"
        if action.sender_id == self._chat_id:
            return "anonymous_admin"
        if action.sender_id == group.linked_chat_id:
            return "linked_channel"
        if action.requested_by in _NOT_BY_HAND and action.sender_id in group.allowed:
            return "allowed"
        if group.mode == "observe" and not _may_go_on_observed(action):
            return "observe_mode"
        return None

    async def _pass_rights(self, due: Sequence[Action], group: GroupState) -> Sequence[Action]:
        """What the bot has the right to do. A call that is known to fail is not made."""
        missing = group.missing_rights
        if not missing or not due:
            return due
        checked_at = group.rights_checked_at
        if checked_at is None or self._clock() - checked_at >= RIGHTS_FRESH:
            missing = await self._answers.missing_rights()
        lacking = [action for action in due if right_for(action) in missing]
        if lacking:
            lacks = MissingRight(", ".join(sorted(missing)))
            await self._answers.store(self._answers.refused(lacking, lacks))
        return [action for action in due if right_for(action) not in missing]

    async def _undo(self, action: Action) -> None:
        try:
            undone = await self._undoer.undo(action)
        except TelegramRefused as refusal:
            await self._answers.refuse([action], refusal)
        except TelegramFailed as failure:
            await self._answers.store([after_failure(action, failure, now=self._clock())])
            raise
        else:
            done = Ending(action_id=action.id, state="done", result=undone.result)
            await self._answers.store([done, *undone.taken_back])


def _may_go_on_observed(action: Action) -> bool:
    """What a human asked for; and a punishment that may be in effect: what Telegram says of it has to be found out."""
    begun = action.kind in PUNISHMENTS and action.state == "started"
    return begun or action.requested_by != "verdict"
