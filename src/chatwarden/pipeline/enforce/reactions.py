"""Takes off the reactions of senders in one group, all of a sender's in one call.

In: due removals. Out: what became of each, stored. Fails with RetryLater. A call repeated after a crash does no harm: what is
gone is gone.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from chatwarden.actions import Action, Beginning, Ending
from chatwarden.errors import TargetGone, TelegramFailed, TelegramRefused
from chatwarden.pipeline.enforce.answers import Answers, after_failure
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.telegram.client import TelegramClient


class ReactionRemover:
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

    async def remove(self, due: Sequence[Action]) -> None:
        """Raises RetryLater."""
        by_sender: dict[tuple[str, int], list[Action]] = defaultdict(list)
        for action in due:
            by_sender[action.sender_kind, action.sender_id].append(action)
        for together in by_sender.values():
            await self._remove_of_one(together)

    async def _remove_of_one(self, due: Sequence[Action]) -> None:
        beginnings = [Beginning(action.id) for action in due]
        begun_ids = await self._queue.begin(self._chat_id, beginnings, now=self._clock())
        begun = [action for action in due if action.id in begun_ids]
        if not begun:
            return
        sender = begun[0]
        try:
            await self._telegram.delete_reactions(
                self._chat_id, sender.sender_id, of_channel=sender.sender_kind == "channel"
            )
        except TargetGone:
            await self._store_done(begun)
        except TelegramRefused as refusal:
            await self._answers.refuse(begun, refusal)
        except TelegramFailed as failure:
            now = self._clock()
            await self._answers.store([after_failure(one, failure, now=now) for one in begun])
            raise
        else:
            await self._store_done(begun)

    async def _store_done(self, actions: Sequence[Action]) -> None:
        await self._answers.store([Ending(action_id=one.id, state="done") for one in actions])
