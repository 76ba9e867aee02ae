"""Deletes messages of one group, as many in a call as Telegram takes.

In: due deletions. Out: what became of each, stored. Fails with RetryLater, after all calls that can be made were made.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from chatwarden.actions import Action, Beginning, Ending
from chatwarden.errors import (
    MessageTooOld,
    MissingRight,
    TargetGone,
    TelegramFailed,
    TelegramRefused,
)
from chatwarden.pipeline.enforce.answers import Answers, after_failure
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.telegram.client import TelegramClient

DELETED_AT_ONCE = 100
"""The most that deleteMessages takes."""

OLDEST = timedelta(hours=48)
"""Telegram deletes no older message (Bot API)."""


class Deleter:
    def __init__(
        self,
        *,
        chat_id: int,
        queue: ActionQueue,
        telegram: TelegramClient,
        answers: Answers,
        clock: Callable[[], datetime],
    ) -> None:
        self._chat_id = chat_id
        self._queue = queue
        self._telegram = telegram
        self._answers = answers
        self._clock = clock

    async def delete(self, due: Sequence[Action]) -> None:
        """Raises RetryLater."""
        failure: TelegramFailed | None = None
        for together in _calls(await self._wanted(due)):
            try:
                await self._delete_together(together)
            except TelegramFailed as error:
                failure = error
        if failure is not None:
            raise failure

    async def _wanted(self, due: Sequence[Action]) -> list[Action]:
        """What has to be deleted and can be. The rest ends."""
        if not due:
            return []
        ids = {action.message_id for action in due if action.message_id is not None}
        gone = await self._queue.deleted(self._chat_id, ids)
        old = [action for action in due if self._is_too_old(action)]
        young = [action for action in due if not self._is_too_old(action)]
        covered = [
            Ending(action_id=action.id, state="done", result={"covered_by": "gone"})
            for action in young
            if action.message_id in gone
        ]
        await self._answers.store(covered)
        if old:
            await self._answers.refuse(old, MessageTooOld())
        return [action for action in young if action.message_id not in gone]

    def _is_too_old(self, action: Action) -> bool:
        sent = action.message_date
        return sent is not None and self._clock() - sent >= OLDEST

    async def _delete_together(self, due: Sequence[Action]) -> None:
        beginnings = [Beginning(action.id) for action in due]
        begun_ids = await self._queue.begin(self._chat_id, beginnings, now=self._clock())
        begun = [action for action in due if action.id in begun_ids]
        message_ids = sorted({one.message_id for one in begun if one.message_id is not None})
        if not message_ids:
            return
        try:
            await self._telegram.delete_messages(self._chat_id, message_ids)
        except TelegramRefused:
            await self._find_out(begun)
        except TelegramFailed as failure:
            now = self._clock()
            await self._answers.store([after_failure(one, failure, now=now) for one in begun])
            raise
        else:
            await self._answers.store([_done(action) for action in begun])

    async def _find_out(self, begun: Sequence[Action]) -> None:
        """Telegram says "can't be deleted" for a missing right and for an old message alike."""
        missing = await self._answers.missing_rights()
        if "can_delete_messages" in missing:
            lacks = MissingRight(", ".join(sorted(missing)))
            await self._answers.store(self._answers.refused(begun, lacks))
            return
        # One that cannot be deleted spoils the call for all: ask one by one which it is.
        for action in begun:
            await self._delete_one(action)

    async def _delete_one(self, action: Action) -> None:
        assert action.message_id is not None
        try:
            await self._telegram.delete_message(self._chat_id, action.message_id)
        except TargetGone:
            await self._answers.store([_done(action)])
        except TelegramRefused as refusal:
            await self._answers.store(self._answers.refused([action], refusal))
        else:
            await self._answers.store([_done(action)])


def _calls(actions: Sequence[Action]) -> list[list[Action]]:
    """What goes together. One that Telegram chokes on must not spoil the others for long: what has failed goes in smaller calls."""
    calls: list[list[Action]] = []
    for attempts, tried in groupby(sorted(actions, key=_attempts), key=_attempts):
        alike, size = list(tried), max(1, DELETED_AT_ONCE >> 2 * attempts)
        calls.extend(alike[start : start + size] for start in range(0, len(alike), size))
    return calls


def _attempts(action: Action) -> int:
    return action.attempts


def _done(action: Action) -> Ending:
    return Ending(action_id=action.id, state="done")
