"""Mutes, kicks and bans the senders of one group, each once, however many messages asked for it.

In: due punishments. Out: what became of each, stored. Fails with RetryLater, after all that could be done was done.
All senders of a pass go together: their memberships are looked up at once, one transaction marks what is begun, the calls are
made at once, one transaction marks what has ended. The membership before is stored before the call: an undo needs it, and after a
crash it shows whether the call was made.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from chatwarden.actions import Action, Beginning, Ending, EndState, Retry
from chatwarden.errors import (
    MissingRight,
    RetryLater,
    TargetGone,
    TargetProtected,
    TelegramBusy,
    TelegramFailed,
    TelegramRefused,
)
from chatwarden.pipeline.enforce.answers import Answers, Result, after_failure
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.membership import Membership

_T = TypeVar("_T")
_STRENGTH = {"challenge": 0, "mute": 1, "kick": 2, "ban": 3}
_MUTING = ("challenge", "mute")

_MOST_A_PASS = 32
"""The others have another turn, before which new spam is deleted: that is what people see."""
_CALLS_AT_ONCE = 16
"""As many lanes run at the same time; together they stay below the client's hundred connections or wait for one."""


@dataclass(slots=True)
class _Case:
    """One sender of a pass. Either `ending` says what became of it, or a call is made."""

    action: Action
    """The strongest of the sender's due actions."""
    covered: Sequence[Action]
    """The others: they share its ending."""
    earlier: Sequence[Action] = ()
    """What we did, or began, that does as much; itself too."""
    now_is: Membership | None = None
    """None for a channel: Telegram cannot be asked about one."""
    ending: Ending | None = None
    to_unban: bool = False
    """A kick of which the first half was carried out."""
    unsure: bool = True
    """A call may have been carried out, now or by a process that died."""
    error: BaseException | None = None


class Pace:
    """How many senders are taken in a pass. All groups of a bot share it, as they share Telegram's patience.

    Each sender takes two calls, a look and an act: were all looks made and no act let through, nothing would ever be done.
    """

    def __init__(self) -> None:
        self.senders = _MOST_A_PASS

    def note(self, *, is_busy: bool) -> None:
        """A pass is over; half as many where Telegram asked to wait, else one more."""
        if is_busy:
            self.senders = max(1, self.senders // 2)
        else:
            self.senders = min(_MOST_A_PASS, self.senders + 1)


class Punisher:
    def __init__(
        self,
        *,
        chat_id: int,
        queue: ActionQueue,
        telegram: TelegramClient,
        answers: Answers,
        clock: Callable[[], datetime],
        pace: Pace,
    ) -> None:
        self._chat_id = chat_id
        self._queue = queue
        self._telegram = telegram
        self._answers = answers
        self._clock = clock
        self._pace = pace

    async def punish(self, due: Sequence[Action], *, observing: bool) -> None:
        """One pass. `observing`: only find out what has been done. Raises RetryLater."""
        cases = _cases(due)[: self._pace.senders]
        if not cases:
            return
        sender_ids = [case.action.sender_id for case in cases]
        in_force = await self._queue.in_force(self._chat_id, sender_ids, now=self._clock())
        for case in cases:
            case.earlier = _as_strong(case.action, in_force.get(case.action.sender_id, ()))
        await _together(self._look, [case for case in cases if _is_person(case)])
        for case in cases:
            if case.error is None:
                self._decide(case, observing=observing)
        await self._begin([case for case in cases if case.error is None and case.ending is None])
        await _together(self._call, [case for case in cases if _is_to_call(case)])
        self._pace.note(is_busy=any(isinstance(case.error, TelegramBusy) for case in cases))
        await self._end(cases)

    async def _look(self, case: _Case) -> None:
        case.now_is = await self._telegram.membership(self._chat_id, case.action.sender_id)

    def _decide(self, case: _Case, *, observing: bool) -> None:
        """Set the ending where no call is to be made."""
        action, now_is = case.action, case.now_is
        if now_is is None:
            case.ending = _channel_is_banned(case)
            return
        # An admin may have lifted it since, or a process died before its call: Telegram's word counts, not ours.
        applied = next((one for one in case.earlier if is_applied(one, now_is)), None)
        if now_is.is_admin:
            case.ending = _end(action, "cancelled", guard="admin")
        elif applied is not None and applied.id != action.id:
            case.ending = _end(action, "done", covered_by=applied.id)
        elif applied is not None and action.kind == "kick" and now_is.status == "kicked":
            case.to_unban = True
        elif applied is not None:
            case.ending = _end(action, "done")  # The answer was lost, the call was carried out.
        elif _is_covered(action, now_is):
            case.ending = _end(action, "done", covered_by="telegram")
        elif observing:
            case.ending = _end(action, "cancelled", guard="observe_mode")
        elif _has_ended(action, self._clock()):
            case.ending = _end(action, "cancelled", covered_by="time")

    async def _begin(self, cases: Sequence[_Case]) -> None:
        """Store that calls are about to be made. Where an undo was faster, none is."""
        new = [case for case in cases if not case.to_unban]
        beginnings = [
            Beginning(case.action.id, None if case.now_is is None else case.now_is.to_json())
            for case in new
        ]
        begun = await self._queue.begin(self._chat_id, beginnings, now=self._clock())
        for case in new:
            case.unsure = False
            if case.action.id not in begun:
                case.ending = _end(case.action, "cancelled")

    async def _call(self, case: _Case) -> None:
        action, chat_id, sender_id = case.action, self._chat_id, case.action.sender_id
        if case.now_is is None:
            # A channel cannot be muted or banned for a time: Telegram knows only banChatSenderChat.
            await self._telegram.ban_channel(chat_id, sender_id)
        elif action.kind in _MUTING:
            assert action.until_date is not None
            await self._telegram.mute(chat_id, sender_id, until=action.until_date)
        else:
            if not case.to_unban:
                await self._telegram.ban(chat_id, sender_id, until=action.until_date)
            case.unsure = True
            if action.kind == "kick":
                await self._telegram.unban(chat_id, sender_id)

    async def _end(self, cases: Sequence[_Case]) -> None:
        """Write what became of all of them, then pass trouble on."""
        if any(isinstance(case.error, MissingRight) for case in cases):
            await self._answers.missing_rights()
        await self._answers.store([result for case in cases for result in self._results(case)])
        errors = [case.error for case in cases if case.error is not None]
        for error in sorted(errors, key=lambda error: isinstance(error, RetryLater)):
            if not isinstance(error, TelegramRefused):
                raise error

    def _results(self, case: _Case) -> list[Result]:
        action, now = case.action, self._clock()
        match case.error:
            case None:
                ending = case.ending or _end(action, "done")
            case TargetProtected():
                ending = _end(action, "cancelled", guard="admin")
            case TargetGone():
                ending = _end(action, "done", covered_by="gone")
            case TelegramRefused() as refusal:
                return self._answers.refused([action, *case.covered], refusal, made=case.unsure)
            case TelegramBusy():
                # Nothing was carried out: not even a channel's ban counts as begun.
                return [Retry(action_id=action.id, due_at=now, failed=False, made=case.unsure)]
            case TelegramFailed() as failure:
                return [after_failure(action, failure, now=now)]
            case _:
                return []  # It stays begun: what became of it is found out when it is taken again.
        return [ending, *_shared(ending, case)]


async def _together(step: Callable[[_Case], Awaitable[None]], cases: Sequence[_Case]) -> None:
    """Take a step for all, so many at once. All of them end before anything else: none is left in mid-call."""
    free = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def one(case: _Case) -> None:
        async with free:
            await step(case)

    answers = await asyncio.gather(*(one(case) for case in cases), return_exceptions=True)
    for case, answer in zip(cases, answers, strict=True):
        case.error = answer


def _cases(due: Sequence[Action]) -> list[_Case]:
    """A case a sender. Whoever was tried in vain comes last, and holds up nobody."""
    by_sender: dict[int, list[Action]] = defaultdict(list)
    for action in due:
        by_sender[action.sender_id].append(action)
    cases = []
    for actions in by_sender.values():
        strongest = max(actions, key=_rank)
        cases.append(_Case(strongest, [one for one in actions if one is not strongest]))
    return sorted(
        cases, key=lambda case: case.action.state == "started" or case.action.attempts > 0
    )


def _is_person(case: _Case) -> bool:
    return case.action.sender_kind != "channel"


def _is_to_call(case: _Case) -> bool:
    return case.error is None and case.ending is None


def _as_strong(action: Action, in_force: Sequence[Action]) -> list[Action]:
    """Another kick is over and covers nothing."""
    return [
        earlier
        for earlier in in_force
        if earlier.id == action.id
        or action.sender_kind == "channel"
        or (earlier.kind != "kick" and _STRENGTH[earlier.kind] >= _STRENGTH[action.kind])
    ]


def _channel_is_banned(case: _Case) -> Ending | None:
    """None where the channel has to be banned. See docs/decisions/0006."""
    for earlier in case.earlier:
        if earlier.id == case.action.id:
            return Ending(action_id=earlier.id, state="done", result={"unconfirmed": True})
        # A banned channel cannot write: what it wrote after a ban shows that an admin lifted that.
        if earlier.started_at is not None and earlier.started_at >= case.action.date:
            return _end(case.action, "done", covered_by=earlier.id)
    return None


def _end(
    action: Action, state: EndState, *, guard: str | None = None, covered_by: str | None = None
) -> Ending:
    result = None if covered_by is None else {"covered_by": covered_by}
    return Ending(action_id=action.id, state=state, guard=guard, result=result)


def _shared(ending: Ending, case: _Case) -> list[Ending]:
    """The endings of what the sender's strongest action covers."""
    state, covered_by = ending.state, case.action.id if ending.state == "done" else None
    return [
        _end(action, state, guard=ending.guard, covered_by=covered_by) for action in case.covered
    ]


_NEVER = datetime.max.replace(tzinfo=UTC)

SHORTEST = timedelta(seconds=60)
"""Telegram takes a ban or restriction that ends within 30 seconds for one without end (Bot API); twice that is safe."""


def _rank(action: Action) -> tuple[int, bool, datetime]:
    """The strongest first; of equals the one that has begun, then the longest."""
    return _STRENGTH[action.kind], action.state == "started", action.until_date or _NEVER


def is_applied(action: Action, now_is: Membership) -> bool:
    """True where the sender's membership is what this action makes of it: it ends at exactly our time."""
    match action.kind:
        case "challenge" | "mute":
            return now_is.status == "restricted" and now_is.ends_at(action.until_date)
        case "ban":
            return now_is.status == "kicked" and now_is.ends_at(action.until_date)
        case _:
            return now_is.status == "left" or (
                now_is.status == "kicked" and now_is.ends_at(action.until_date)
            )


def _has_ended(action: Action, now: datetime) -> bool:
    return action.until_date is not None and action.until_date - now < SHORTEST


def _is_covered(action: Action, now_is: Membership) -> bool:
    """True where somebody else did as much already: an admin's own ban or mute is never shortened."""
    if now_is.status == "kicked":
        return True
    if action.kind not in _MUTING or now_is.status != "restricted":
        return False
    silenced = not (now_is.permissions or {}).get("can_send_messages", False)
    wanted = None if action.until_date is None else action.until_date.timestamp()
    return silenced and (
        now_is.until_date is None or (wanted is not None and now_is.until_date >= wanted)
    )
