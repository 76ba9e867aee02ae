"""What Telegram's answers mean for an action: an end, or another try later."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from chatwarden.actions import Action, Ending, Retry
from chatwarden.errors import MissingRight, TelegramFailed, TelegramRefused
from chatwarden.pipeline.enforce.groups import GroupDirectory
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.telegram.client import TelegramClient

log = structlog.get_logger()

Result = Ending | Retry

REFUSALS = 3
"""Times that a refusal of unknown meaning is taken before the action is dead."""
_AFTER_REFUSAL = timedelta(seconds=10)

FAILURES = 12
"""Tries that may end in an error of Telegram's own: with the pauses between them somewhat more than an hour."""
_AFTER_FAILURE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=30)

NEEDED_RIGHT = {
    "delete_message": "can_delete_messages",
    "delete_reactions": "can_delete_messages",
}
"""By kind of action; the others need `can_restrict_members` (Bot API)."""


def right_for(action: Action) -> str:
    return NEEDED_RIGHT.get(action.kind, "can_restrict_members")


def after_refusal(
    action: Action, refusal: TelegramRefused, *, now: datetime, made: bool = True
) -> Result:
    """A refusal with a known meaning ends the action; another is tried again a few times."""
    attempts = action.attempts + 1
    if type(refusal) is TelegramRefused and attempts < REFUSALS:
        due_at = now + _AFTER_REFUSAL * attempts
        return Retry(action_id=action.id, due_at=due_at, failed=True, made=made)
    return _dead(action, refusal)


def after_failure(action: Action, failure: TelegramFailed, *, now: datetime) -> Result:
    """Tried again with growing pauses, and dead in the end. The call may have been carried out all the same."""
    attempts = action.attempts + 1
    if attempts >= FAILURES:
        return _dead(action, failure)
    pause = min(_AFTER_FAILURE * 2 ** (attempts - 1), _LONGEST_PAUSE)
    return Retry(action_id=action.id, due_at=now + pause, failed=True, made=True)


def _dead(action: Action, error: TelegramRefused | TelegramFailed) -> Ending:
    return Ending(
        action_id=action.id, state="dead", error_code=error.code, error_text=str(error)[:512]
    )


class Answers:
    """Writes down what became of a group's actions."""

    def __init__(
        self,
        *,
        chat_id: int,
        queue: ActionQueue,
        groups: GroupDirectory,
        telegram: TelegramClient,
        clock: Callable[[], datetime],
    ) -> None:
        self._chat_id = chat_id
        self._queue = queue
        self._groups = groups
        self._telegram = telegram
        self._clock = clock

    async def store(self, results: Sequence[Result]) -> None:
        """Ends in one transaction, tries to be made again in another."""
        endings = [result for result in results if isinstance(result, Ending)]
        await self._queue.end(self._chat_id, endings, now=self._clock())
        await self._queue.retry(
            self._chat_id, [result for result in results if isinstance(result, Retry)]
        )

    async def refuse(self, actions: Sequence[Action], refusal: TelegramRefused) -> None:
        """Telegram refused a call for all of these."""
        if isinstance(refusal, MissingRight):
            await self.missing_rights()
        await self.store(self.refused(actions, refusal))

    def refused(
        self, actions: Sequence[Action], refusal: TelegramRefused, *, made: bool = True
    ) -> list[Result]:
        """What becomes of them. `made`: a call may have been carried out, so what is begun stays so."""
        log.warning(
            "telegram refused",
            chat_id=self._chat_id,
            reason=refusal.code,
            detail=str(refusal),
            actions=[action.id for action in actions],
        )
        now = self._clock()
        return [after_refusal(action, refusal, now=now, made=made) for action in actions]

    async def missing_rights(self) -> frozenset[str]:
        """Ask which rights the bot lacks here, and remember it for the admins to see."""
        try:
            missing = await self._telegram.missing_rights(self._chat_id)
        except TelegramRefused:
            return frozenset()
        await self._groups.note_rights(self._chat_id, missing, now=self._clock())
        return frozenset(missing)
