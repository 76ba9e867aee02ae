"""One group's turn: guards, then deletions together, then undos, then each sender once.

In: the group's due actions. Out: what became of each, stored before the next turn. Fails with RetryLater (everything waits) and
OperationalError (the database); an action found begun after either is checked against Telegram before it is repeated.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from chatwarden.errors import MissingRight, TargetGone, TelegramRefused, TelegramUnreachable
from chatwarden.feed import Feed
from chatwarden.pipeline.enforce.punish import Punisher
from chatwarden.pipeline.enforce.undo import Undoer
from chatwarden.storage.database import Database
from chatwarden.storage.models import Action, ActionState, Group, Outcome
from chatwarden.storage.repositories import actions as queries
from chatwarden.storage.repositories.counts import count_done
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.repositories.outcomes import OutcomeKey
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.rights import AdminDirectory

log = structlog.get_logger()

DELETED_AT_ONCE = 100
"""The most that deleteMessages takes."""

_TAKEN_A_TURN = 300
_SENDERS_A_TURN = 8
_TRIES = 3
_RETRY_AFTER = timedelta(seconds=10)

Due = tuple[Action, Outcome]


class Lane:
    """A group's enforcement while there is something to do."""

    def __init__(
        self,
        *,
        bot_id: int,
        chat_id: int,
        database: Database,
        telegram: TelegramClient,
        admins: AdminDirectory,
        feed: Feed,
        clock: Callable[[], datetime],
    ) -> None:
        self._bot_id = bot_id
        self._chat_id = chat_id
        self._database = database
        self._telegram = telegram
        self._admins = admins
        self._feed = feed
        self._clock = clock
        self._punisher = Punisher(database=database, telegram=telegram, clock=clock)
        self._undoer = Undoer(database=database, telegram=telegram, clock=clock)

    async def turn(self) -> bool:
        """Carry out what is due. False where nothing was."""
        due, group = await self._due()
        if not due:
            return False
        observing = group is None or group.mode == "observe"
        try:
            admin_ids = await self._admins.admin_ids(self._chat_id)
        except TelegramRefused as refusal:
            await self._refuse(due, refusal)
            return True
        allowed = await self._pass_guards(due, group, admin_ids, observing=observing)
        undos = [pair for pair in allowed if pair[0].kind == "undo"]
        # What an undo left of them is due again, with what Telegram says then.
        freed = {action.sender_id for action, _ in undos}
        punishments = [
            pair
            for pair in allowed
            if pair[0].kind in queries.PUNISHMENTS and pair[0].sender_id not in freed
        ]
        steps = [
            partial(self._delete, [pair for pair in allowed if pair[0].kind == "delete_message"]),
            *(partial(self._undo, action, outcome) for action, outcome in undos),
            partial(self._punish, punishments, observing=observing),
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
        return True

    async def _due(self) -> tuple[Sequence[Due], Group | None]:
        async with self._database.transaction() as session:
            due = await queries.due_actions(
                session,
                bot_id=self._bot_id,
                chat_id=self._chat_id,
                now=self._clock(),
                limit=_TAKEN_A_TURN,
            )
            group = await find_group(session, bot_id=self._bot_id, chat_id=self._chat_id)
        return due, group

    async def _pass_guards(
        self,
        due: Sequence[Due],
        group: Group | None,
        admin_ids: frozenset[int],
        *,
        observing: bool,
    ) -> list[Due]:
        """What may be done. The rest is cancelled, and its outcome says why."""
        allowed: list[Due] = []
        stopped: list[Due] = []
        for action, outcome in due:
            guard = self._guard(action, group, admin_ids)
            if guard is None and observing and not _may_go_on_observed(action):
                guard = "observe_mode"
            if guard is None:
                allowed.append((action, outcome))
                continue
            _end(action, "cancelled", now=self._clock())
            outcome.guard = guard
            stopped.append((action, outcome))
        await self._store(stopped)
        return allowed

    def _guard(self, action: Action, group: Group | None, admin_ids: frozenset[int]) -> str | None:
        if action.kind == "undo":
            return None
        if action.sender_id in admin_ids:
            return "admin"
        if action.sender_id == self._chat_id:
            return "anonymous_admin"
        if group is not None and action.sender_id == group.linked_chat_id:
            return "linked_channel"
        return None

    async def _delete(self, due: Sequence[Due]) -> None:
        for start in range(0, len(due), DELETED_AT_ONCE):
            await self._delete_together(due[start : start + DELETED_AT_ONCE])

    async def _delete_together(self, due: Sequence[Due]) -> None:
        begun = await self._begin_deletions(due)
        message_ids = sorted({a.message_id for a, _ in begun if a.message_id is not None})
        if not message_ids:
            return
        try:
            await self._telegram.delete_messages(self._chat_id, message_ids)
        except TelegramRefused:
            # Telegram says "can't be deleted" for a missing right and for an old message alike.
            missing = await self._missing_rights()
            if "can_delete_messages" in missing:
                await self._refuse(begun, MissingRight(", ".join(missing)))
                return
            # One that cannot be deleted spoils the call for all: ask one by one which it is.
            for action, outcome in begun:
                await self._delete_one(action, outcome)
            return
        for action, _ in begun:
            _end(action, "done", now=self._clock())
        await self._store(begun)

    async def _begin_deletions(self, due: Sequence[Due]) -> list[Due]:
        """Mark as started what still has to be done; what an earlier action did is done."""
        now = self._clock()
        wanted = {action.message_id for action, _ in due if action.message_id is not None}
        async with self._database.transaction() as session:
            gone = await queries.deleted_message_ids(
                session, bot_id=self._bot_id, chat_id=self._chat_id, message_ids=wanted
            )
            begun_ids = await queries.mark_started(
                session, [a.id for a, _ in due if a.message_id not in gone], now=now
            )
        covered = [pair for pair in due if pair[0].message_id in gone]
        for action, _ in covered:
            _end(action, "done", now=now, result={"covered_by": "gone"})
        await self._store(covered)
        return [pair for pair in due if pair[0].id in begun_ids]

    async def _delete_one(self, action: Action, outcome: Outcome) -> None:
        assert action.message_id is not None
        try:
            await self._telegram.delete_message(self._chat_id, action.message_id)
        except TargetGone:
            _end(action, "done", now=self._clock())
            await self._store([(action, outcome)])
        except TelegramRefused as refusal:
            await self._refuse([(action, outcome)], refusal)
        else:
            _end(action, "done", now=self._clock())
            await self._store([(action, outcome)])

    async def _punish(self, due: Sequence[Due], *, observing: bool) -> None:
        by_sender: dict[int, list[Due]] = {}
        for action, outcome in due:
            by_sender.setdefault(action.sender_id, []).append((action, outcome))
        # The others have another turn, before which new spam is deleted: that is what people see. Whoever was tried in vain
        # comes last, and holds up nobody.
        in_turn = sorted(by_sender.values(), key=_was_tried)
        senders = in_turn[:_SENDERS_A_TURN]
        # All of them end before an error is passed on, so that none is left in mid-call.
        results = await asyncio.gather(
            *(self._punish_sender(pairs, observing=observing) for pairs in senders),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _punish_sender(self, due: Sequence[Due], *, observing: bool) -> None:
        try:
            endings = await self._punisher.punish(due, observing=observing)
        except TelegramRefused as refusal:
            await self._refuse(due, refusal)
            return
        now = self._clock()
        for (action, outcome), ending in zip(due, endings, strict=True):
            _end(action, ending.state, now=now, result=ending.result)
            if ending.guard is not None:
                outcome.guard = ending.guard
        await self._store(due)

    async def _undo(self, action: Action, outcome: Outcome) -> None:
        try:
            undone = await self._undoer.undo(action, outcome)
        except TelegramRefused as refusal:
            await self._refuse([(action, outcome)], refusal)
            return
        now = self._clock()
        _end(action, "done", now=now, result=undone.result)
        outcome.state, outcome.updated_at = "undone", now
        for reversed_action in undone.reversed_actions:
            if reversed_action.state == "done":
                reversed_action.state = "reversed"
            else:
                _end(reversed_action, "cancelled", now=now)
        await self._store(
            [(action, outcome)], also=undone.reversed_actions, concerned=undone.concerned
        )

    async def _refuse(self, due: Sequence[Due], refusal: TelegramRefused) -> None:
        """A refusal with a known meaning ends the action; another is tried again a few times."""
        now = self._clock()
        log.warning(
            "telegram refused",
            chat_id=self._chat_id,
            reason=refusal.code,
            detail=str(refusal),
            actions=[action.id for action, _ in due],
        )
        if isinstance(refusal, MissingRight):
            await self._missing_rights()
        for action, outcome in due:
            action.attempts += 1
            if type(refusal) is TelegramRefused and action.attempts < _TRIES:
                action.due_at = now + _RETRY_AFTER * action.attempts
                continue
            _end(action, "dead", now=now)
            action.error_code, action.error_text = refusal.code, str(refusal)[:512]
            if action.kind == "undo":
                outcome.state, outcome.updated_at = "failed", now
        await self._store(due)

    async def _missing_rights(self) -> list[str]:
        """Ask which rights the bot lacks here, and remember it for the admins to see."""
        try:
            missing = await self._telegram.missing_rights(self._chat_id)
        except TelegramRefused:
            return []
        async with self._database.transaction() as session:
            group = await find_group(session, bot_id=self._bot_id, chat_id=self._chat_id)
            if group is not None:
                group.missing_rights, group.rights_checked_at = missing, self._clock()
        return missing

    async def _store(
        self,
        due: Sequence[Due],
        *,
        also: Sequence[Action] = (),
        concerned: Collection[OutcomeKey] = (),
    ) -> None:
        """Write what became of actions, settle their outcomes and those concerned, announce them."""
        if not due:
            return
        ended = (*(action for action, _ in due), *also)
        keys = {OutcomeKey(a.bot_id, a.update_id, a.round) for a in ended} | set(concerned)
        async with self._database.transaction() as session:
            session.add_all([*(a for a, _ in due), *(o for _, o in due), *also])
            await session.flush()
            await count_done(session, due)
            await queries.settle_outcomes(session, keys, now=self._clock())
        for key in keys:
            self._feed.publish(bot_id=self._bot_id, chat_id=self._chat_id, trace_id=key.trace_id)


def _was_tried(due: Sequence[Due]) -> bool:
    return any(action.started_at is not None for action, _ in due)


def _may_go_on_observed(action: Action) -> bool:
    """What a human asked for; and a punishment that may be in effect: what Telegram says of it has to be found out."""
    begun = action.kind in queries.PUNISHMENTS and action.state == "started"
    return begun or action.requested_by != "verdict"


def _end(
    action: Action,
    state: ActionState,
    *,
    now: datetime,
    result: dict[str, object] | None = None,
) -> None:
    action.state = state
    action.done_at = now
    if result is not None:
        action.result = result
