"""Tells people what was done to them and what came of their appeals, as far as Telegram lets a bot.

In: what was done, undone and decided. Out: a message in private to whoever has written to the bot; else one in the group that they alone see, where they are still
there. To somebody who was banned and never wrote to the bot Telegram lets it say nothing. Each is told at least once: a process that dies between telling and
writing it down tells again.
"""

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import ActionKind
from chatwarden.bot.appeals.listing import APPEAL, Held, held_by, then, what, written
from chatwarden.bot.groups import find
from chatwarden.bot.looking import LookBack, keep_looking
from chatwarden.bot.moderation import announce
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.words import Html, plain, say
from chatwarden.errors import ChatUnreachable, RetryLater, TelegramRefused
from chatwarden.outcomes.appeals import BETWEEN, MOST_REFUSALS, is_over, refusals
from chatwarden.outcomes.undo import stands
from chatwarden.storage.models import Action, Appeal, Group, Outcome
from chatwarden.storage.repositories import actions as stored_actions
from chatwarden.storage.repositories import appeals, correspondents
from chatwarden.storage.repositories.outcomes import OutcomeKey, find_outcome_of_update
from chatwarden.telegram.messages import Button, Keyboard

log = structlog.get_logger()

LOOK_SECONDS = 2.0
NOTICES_A_MINUTE = 5
"""In one group: of the 20 messages a minute that Telegram lets a bot send there, the gate's questions need more."""
_MINUTE = timedelta(minutes=1)
_BACK = timedelta(hours=1)
"""What is older is news no more."""
_AT_A_LOOK = 100
_Said = tuple[Html, Keyboard]


class AppealKeeper:
    """One bot's. One process at a time tells."""

    def __init__(self, ports: BotPorts) -> None:
        self._ports = ports
        self._looked_through_at: datetime | None = None
        """When it was looked last whether what is appealed still holds."""
        self._noticed: dict[int, deque[datetime]] = defaultdict(deque)
        """When somebody was told something in a group lately."""
        self._back = LookBack(_BACK)

    async def run(self) -> None:
        """Tell until cancelled."""
        await keep_looking(self.look, every_seconds=LOOK_SECONDS, what="appeals")

    async def look(self) -> None:
        """Tell what is new. Raises RetryLater, after all that could be told was told."""
        ports, now = self._ports, self._ports.clock()
        bot_id, since = ports.bot_id, self._back.since(now)
        async with ports.database.transaction() as session:
            undone = await appeals.undos_to_notice(
                session, bot_id=bot_id, since=since, limit=_AT_A_LOOK
            )
            punished = await appeals.punishments_to_notice(
                session, bot_id=bot_id, since=since, limit=_AT_A_LOOK
            )
        if not undone and not punished:
            self._back.found_nothing()
        steps = [partial(self._notice_undo, one) for one in undone]
        steps += [partial(self._notice_punishment, one) for one in punished]
        if self._looked_through_at is None or now - self._looked_through_at >= _MINUTE:
            self._looked_through_at = now
            async with ports.database.transaction() as session:
                waiting = await appeals.list_open(session, bot_id=bot_id)
            steps += [partial(self._end_if_over, one) for one in waiting]
        trouble = await _each(steps)
        async with ports.database.transaction() as session:
            decided = await appeals.untold(session, bot_id=bot_id, limit=_AT_A_LOOK)
        trouble = await _each([partial(self._tell_decision, one) for one in decided]) or trouble
        if trouble is not None:
            raise trouble

    async def _end_if_over(self, appeal: Appeal) -> None:
        """What it is about may have ended, or was taken back by the way."""
        ports, now = self._ports, self._ports.clock()
        async with ports.database.transaction() as session:
            outcome, taken = await _outcome_of(session, appeal)
            if outcome is not None and (
                outcome.state == "undoing" or not is_over(appeal, outcome, taken, now=now)
            ):
                return
            was_taken_back = any(one.state == "reversed" for one in taken)
            await appeals.decide(
                session,
                [(appeal.bot_id, appeal.update_id)],
                "accepted" if was_taken_back else "lapsed",
                now=now,
            )
        if outcome is not None:
            announce(ports, outcome)

    async def _tell_decision(self, appeal: Appeal) -> None:
        ports, now = self._ports, self._ports.clock()
        async with ports.database.transaction() as session:
            _, taken = await _outcome_of(session, appeal)
            before = await appeals.appeals_of(session, [(appeal.bot_id, appeal.update_id)])
            group = await session.get(Group, (appeal.bot_id, appeal.chat_id))
        if appeal.state == "accepted" and any(stands(one, now) for one in taken):
            return  # Said once it is true: its undo is under way, or waits for a right that the bot lacks.
        if group is not None:
            times = refusals(before[appeal.bot_id, appeal.update_id])
            await self._tell_in_private(
                appeal.user_id, partial(_decision, appeal, group, times_refused=times)
            )
        async with ports.database.transaction() as session:
            await appeals.note_told(session, appeal.id, now=now)

    async def _notice_punishment(self, action: Action) -> None:
        ports, now = self._ports, self._ports.clock()
        key = OutcomeKey.parse(action.trace_id or "")
        if key is None:
            return
        async with ports.database.transaction() as session:
            outcome = await find_outcome_of_update(
                session, bot_id=key.bot_id, update_id=key.update_id
            )
            is_known = await appeals.is_begun(session, bot_id=key.bot_id, update_id=key.update_id)
        if outcome is None:
            return  # It is recorded in a moment.
        held = None if is_known else await held_by(ports, key.update_id, action.sender_id)
        if held is not None:
            is_told = await self._tell_in_private(action.sender_id, partial(_notice, held))
            if not is_told and action.kind == "mute":
                button = Button(
                    plain(held.group.language, "button.appeal"),
                    url=ports.link(f"{APPEAL}{action.chat_id}"),
                )
                words, _ = _notice(held, held.group.language)
                await self._tell_in_group(action, words, [[button]])
        async with ports.database.transaction() as session:
            await appeals.note_noticed(session, action, now=now)

    async def _notice_undo(self, undo: Action) -> None:
        """Whoever appealed is told by the answer to that."""
        ports, now = self._ports, self._ports.clock()
        async with ports.database.transaction() as session:
            kinds = await appeals.taken_back_by(session, undo)
            mine = await appeals.of_person(
                session, bot_id=undo.bot_id, chat_id=undo.chat_id, user_id=undo.sender_id
            )
        for appeal in mine:
            if appeal.state == "open":
                await self._end_if_over(appeal)
        is_answer = any(
            one.state == "open"
            or (one.state == "accepted" and one.decided_at and now - one.decided_at < _BACK)
            for one in mine
        )
        group = await find(ports, undo.chat_id)
        if kinds and not is_answer and group is not None and group.left_at is None:
            kind = "ban" if "ban" in kinds else kinds[0]
            is_told = await self._tell_in_private(undo.sender_id, partial(_undone, group, kind))
            if not is_told and kind != "ban":
                await self._tell_in_group(undo, *_undone(group, kind, group.language))
        async with ports.database.transaction() as session:
            await appeals.note_noticed(session, undo, now=now)

    async def _tell_in_private(self, user_id: int, said: Callable[[str], _Said]) -> bool:
        """In their language; False where the bot may not write to them. Raises RetryLater."""
        ports = self._ports
        async with ports.database.transaction() as session:
            found = await correspondents.reachable(session, bot_id=ports.bot_id, ids=[user_id])
        if not found:
            return False
        words, keyboard = said(found[0].language or "en")
        try:
            await ports.telegram.send(user_id, words, keyboard=keyboard)
        except TelegramRefused as refusal:
            log.info("somebody could not be told", to=user_id, reason=refusal.code)
            if isinstance(refusal, ChatUnreachable):
                async with ports.database.transaction() as session:
                    await correspondents.note_unreachable(
                        session, bot_id=ports.bot_id, user_id=user_id, now=ports.clock()
                    )
            return False
        return True

    async def _tell_in_group(self, action: Action, words: Html, keyboard: Keyboard) -> None:
        """Where they alone see it, as long as the group has room for it. Whether it arrives Telegram does not say. Raises RetryLater."""
        ports, now = self._ports, self._ports.clock()
        noticed = self._noticed[action.chat_id]
        while noticed and noticed[0] <= now - _MINUTE:
            noticed.popleft()
        if len(noticed) >= NOTICES_A_MINUTE:
            return
        noticed.append(now)
        try:
            await ports.telegram.send(
                action.chat_id, words, keyboard=keyboard, only_for=action.sender_id
            )
        except TelegramRefused as refusal:
            log.debug("a notice was refused", chat_id=action.chat_id, reason=refusal.code)


async def _each(steps: Sequence[Callable[[], Awaitable[None]]]) -> RetryLater | None:
    """Take all of them; what the last that has to wait says."""
    trouble: RetryLater | None = None
    for step in steps:
        try:
            await step()
        except RetryLater as error:
            trouble = error
        except Exception:  # One of them must not stop all others.
            log.exception("somebody could not be told")
    return trouble


async def _outcome_of(
    session: AsyncSession, appeal: Appeal
) -> tuple[Outcome | None, Sequence[Action]]:
    outcome = await find_outcome_of_update(
        session, bot_id=appeal.bot_id, update_id=appeal.update_id
    )
    if outcome is None:
        return None, []
    taken = await stored_actions.actions_of(session, [outcome.trace_id])
    return outcome, taken[outcome.trace_id]


def _decision(appeal: Appeal, group: Group, language: str, *, times_refused: int) -> _Said:
    key, values = f"appeal.{appeal.state}", {"group": group.title}
    if appeal.state == "accepted":
        return say(language, key, **values, then=then(appeal.about, language)), ()
    if appeal.state != "refused":
        return say(language, key, **values), ()
    again = say(language, "appeal.final")
    if times_refused < MOST_REFUSALS and appeal.opened_at is not None:
        again = say(language, "appeal.later", date=written(appeal.opened_at + BETWEEN))
    return say(language, key, **values, then=again), ()


def _notice(held: Held, language: str) -> _Said:
    words = say(
        language,
        "notice",
        group=held.group.title,
        what=what(held.grievance, language),
        why=say(language, held.reason),
    )
    if not held.may_be_appealed or held.outcome is None:
        return words, ()
    data = f"appeal:{held.outcome.update_id}"
    return words, [[Button(plain(language, "button.appeal"), data=data)]]


def _undone(group: Group, kind: ActionKind, language: str) -> _Said:
    words = say(language, "notice.undone", group=group.title, then=then(kind, language))
    return words, ()
