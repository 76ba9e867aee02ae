"""Asks whoever is to prove to be a person, and sees to it that a question comes to an end.

In: actions that took somebody's writing until they answer. Out: questions, and what follows where nobody answers. A question is asked at least once: a process
that dies between asking and writing it down asks again. It is seen by them alone where Telegram sends such messages; else it comes in private, where they have
written to the bot; else, and where many are to be asked at once, one question stands in the group for all of them, and is cleaned up.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.bot.call import mention, tidy
from chatwarden.bot.gate.decisions import decide, follow_up
from chatwarden.bot.gate.question import Question, gate_of, join_words, question_of
from chatwarden.bot.groups import find
from chatwarden.bot.looking import LookBack, keep_looking
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.words import Html, say
from chatwarden.errors import RetryLater, TelegramRefused
from chatwarden.storage.models import Action, Challenge, ChallengeCause, Group
from chatwarden.storage.repositories import challenges, correspondents
from chatwarden.storage.repositories.insert import insert_new
from chatwarden.storage.repositories.outcomes import event_of

log = structlog.get_logger()

LOOK_SECONDS = 1.0
ASKED_AT_ONCE = 3
"""Of one group; more of them read the same question, that stands in the group for all: into one group a bot may send 20 messages a minute."""
ASKED_A_MINUTE = 10
"""The same, over a minute."""
UNSEEN_FOR = timedelta(seconds=45)
"""Telegram does not say whether a message for one member arrived: after this time without an answer the question stands in the group as well."""
SHARED_FOR = timedelta(minutes=10)
"""For how long one question serves all who come."""
SHOWN_AGAIN_AFTER = timedelta(days=1)
"""Whoever is still muted then, and has no question to answer any more, gets another."""
_MINUTE = timedelta(minutes=1)
_ASKED_SINCE = timedelta(days=1)
_AT_A_LOOK = 200


@dataclass(frozen=True, slots=True)
class _Shared:
    """A question that stands in a group for all."""

    message_id: int
    seed: str
    until: datetime


class GateKeeper:
    """One bot's. One process at a time asks; answers are taken by any."""

    def __init__(self, ports: BotPorts) -> None:
        self._ports = ports
        self._shared: dict[int, _Shared] = {}
        self._asked: dict[int, deque[datetime]] = defaultdict(deque)
        """When somebody was asked alone lately, by group."""
        self._back = LookBack(_ASKED_SINCE)

    async def run(self) -> None:
        """Ask until cancelled."""
        await keep_looking(self.look, every_seconds=LOOK_SECONDS, what="the gate")

    async def look(self) -> None:
        """Ask whoever is new, ask again where nobody saw it, end what is over. Raises RetryLater, after all that could be done was done."""
        trouble: RetryLater | None = None
        for step in (
            self._take_new,
            self._end_those_due,
            self._ask_all,
            self._show_to_all,
            self._follow_up,
        ):
            try:
                await step()
            except RetryLater as error:
                trouble = error
            except Exception:  # One question must not stop all others.
                log.exception("a step of the gate failed", step=step.__name__)
        if trouble is not None:
            raise trouble

    async def _take_new(self) -> None:
        """Write down who is to be asked."""
        ports, now = self._ports, self._ports.clock()
        since = self._back.since(now)
        async with ports.database.transaction() as session:
            actions = await challenges.unasked(
                session, bot_id=ports.bot_id, since=since, now=now, limit=_AT_A_LOOK
            )
            rows = [await _row(session, action, now) for action in actions]
            await insert_new(session, Challenge, rows)
        if not actions:
            self._back.found_nothing()

    async def _end_those_due(self) -> None:
        async with self._ports.database.transaction() as session:
            due = await challenges.due(
                session, bot_id=self._ports.bot_id, now=self._ports.clock(), limit=_AT_A_LOOK
            )
        for one in due:
            await decide(self._ports, one, "expired")

    async def _follow_up(self) -> None:
        """What follows from a decision, where Telegram or a process did not last so long."""
        async with self._ports.database.transaction() as session:
            open_ends = await challenges.to_follow_up(
                session, bot_id=self._ports.bot_id, limit=_AT_A_LOOK
            )
        for one in open_ends:
            await follow_up(self._ports, one)

    async def _ask_all(self) -> None:
        ports = self._ports
        async with ports.database.transaction() as session:
            await challenges.show_again(
                session, bot_id=ports.bot_id, before=ports.clock() - SHOWN_AGAIN_AFTER
            )
            waiting = await challenges.not_shown(session, bot_id=ports.bot_id, limit=_AT_A_LOOK)
        by_chat: dict[int, list[Challenge]] = defaultdict(list)
        for one in waiting:
            by_chat[one.chat_id].append(one)
        trouble: RetryLater | None = None
        for chat_id, some in by_chat.items():
            group = await find(ports, chat_id)
            if group is None or group.left_at is not None:
                for one in some:
                    await decide(ports, one, "lifted")
                continue
            try:
                await self._ask(group, some)
            except RetryLater as error:
                trouble = error
        if trouble is not None:
            raise trouble

    async def _ask(self, group: Group, some: Sequence[Challenge]) -> None:
        shared = self._standing(group.chat_id)
        # Whoever answered that one wrongly gets another.
        own = [one for one in some if one.tries > 0]
        if shared is None and len(some) <= ASKED_AT_ONCE and self._has_room(group.chat_id):
            own = list(some)
        for one in own:
            if not await self._ask_alone(group, one):
                await self._show_shared(group, [one])
        rest = [one for one in some if one not in own]
        if rest:
            await self._show_shared(group, rest)

    def _has_room(self, chat_id: int) -> bool:
        asked, since = self._asked[chat_id], self._ports.clock() - _MINUTE
        while asked and asked[0] <= since:
            asked.popleft()
        return len(asked) < ASKED_A_MINUTE

    async def _ask_alone(self, group: Group, challenge: Challenge) -> bool:
        """Where nobody else sees it; False where that cannot be."""
        ports = self._ports
        seed = seed_of(challenge)
        question = self._question(group, seed)
        words = _words(group, challenge, question.text)
        keyboard = question.keyboard(group.chat_id, seed)
        for to, only_for in (
            (group.chat_id, challenge.user_id),
            (challenge.user_id, None),
        ):
            if only_for is None and not await self._is_reachable(to):
                continue
            try:
                message_id = await ports.telegram.send(
                    to, words, keyboard=keyboard, only_for=only_for
                )
            except TelegramRefused as refusal:
                log.debug("a question was refused", chat_id=to, reason=refusal.code)
                continue
            if only_for is not None:
                self._asked[group.chat_id].append(ports.clock())
            await self._note(group, challenge, asked_in=to, message_id=message_id, seed=seed)
            return True
        return False

    def _question(self, group: Group, seed: str) -> Question:
        return question_of(
            gate_of(group.policy),
            seed,
            chat_id=group.chat_id,
            secret=self._ports.gate_secret,
            language=group.language,
        )

    async def _is_reachable(self, user_id: int) -> bool:
        async with self._ports.database.transaction() as session:
            known = await correspondents.find(session, bot_id=self._ports.bot_id, user_id=user_id)
        return known is not None and known.unreachable_at is None

    def _standing(self, chat_id: int) -> _Shared | None:
        """The question that stands in a group for all, with enough time left for whoever comes now."""
        shared = self._shared.get(chat_id)
        return None if shared is None or shared.until <= self._ports.clock() else shared

    async def _show_shared(self, group: Group, some: Sequence[Challenge]) -> None:
        """Have these read the question that stands in the group for all; send it where there is none."""
        ports, now = self._ports, self._ports.clock()
        shared = self._standing(group.chat_id)
        if shared is None:
            seed = f"s{int(now.timestamp()):x}"
            question = self._question(group, seed)
            who = mention("user", some[0].user_id) if len(some) == 1 else None
            async with ports.database.transaction() as session:
                await challenges.note_to_be_shown(session, [one.id for one in some], seed=seed)
            try:
                message_id = await ports.telegram.send(
                    group.chat_id,
                    _words_for_all(group, question.text, who),
                    keyboard=question.keyboard(group.chat_id, seed),
                    silent=True,
                )
            except TelegramRefused as refusal:
                log.warning(
                    "nobody can be asked in the group", chat_id=group.chat_id, reason=refusal.code
                )
                # Silencing somebody who is never asked would be a mute without end: they are let go.
                for one in some:
                    await decide(ports, one, "passed")
                return
            shared = _Shared(message_id, seed, now + SHARED_FOR)
            self._shared[group.chat_id] = shared
            stays = SHARED_FOR + timedelta(minutes=gate_of(group.policy).minutes)
            await tidy(ports, group.chat_id, message_id, due_at=now + stays)
        for one in some:
            await self._note(
                group,
                one,
                asked_in=group.chat_id,
                message_id=shared.message_id,
                seed=shared.seed,
                is_for_all=True,
            )

    async def _show_to_all(self) -> None:
        """What was asked where nobody else sees it, and got no answer, may never have arrived."""
        ports = self._ports
        async with ports.database.transaction() as session:
            unseen = await challenges.unanswered_unseen(
                session,
                bot_id=ports.bot_id,
                before=ports.clock() - UNSEEN_FOR,
                limit=_AT_A_LOOK,
            )
        by_chat: dict[int, list[Challenge]] = defaultdict(list)
        for one in unseen:
            by_chat[one.chat_id].append(one)
        for chat_id, some in by_chat.items():
            group = await find(ports, chat_id)
            if group is not None and group.left_at is None:
                await self._show_shared(group, some)

    async def _note(
        self,
        group: Group,
        challenge: Challenge,
        *,
        asked_in: int,
        message_id: int,
        seed: str,
        is_for_all: bool = False,
    ) -> None:
        now = self._ports.clock()
        minutes = gate_of(group.policy).minutes
        due_at = now + timedelta(minutes=minutes) if challenge.cause == "join" else None
        async with self._ports.database.transaction() as session:
            await challenges.note_shown(
                session,
                challenge.id,
                asked_in=asked_in,
                message_id=message_id,
                seed=seed,
                is_for_all_to_see=is_for_all,
                due_at=due_at,
                now=now,
            )


def seed_of(challenge: Challenge) -> str:
    """Another one after each wrong answer."""
    return f"{challenge.id.partition('-')[2][:24]}.{challenge.tries}"


async def _row(session: AsyncSession, action: Action, now: datetime) -> dict[str, object]:
    is_covered = "covered_by" in (action.result or {})
    cause = await _cause(session, action)
    return {
        "id": action.id,
        "bot_id": action.bot_id,
        "chat_id": action.chat_id,
        "user_id": action.sender_id,
        "cause": cause,
        # Who is banned already, or was silenced by somebody else, is not ours to ask.
        "state": "lifted" if is_covered else "open",
        "is_for_all_to_see": False,
        "tries": 0,
        "last_press": 0,
        "asked_at": now,
        # Of what somebody wrote it is over when the mute ends by itself; whoever joined has time from when they are asked.
        "due_at": None if cause == "join" else action.until_date,
        "decided_at": now if is_covered else None,
        "followed_up_at": now if is_covered else None,
    }


async def _cause(session: AsyncSession, action: Action) -> ChallengeCause:
    """A join may have no outcome; whatever else somebody is asked for has one, and that was recorded before."""
    event = None if action.trace_id is None else await event_of(session, action.trace_id)
    return "join" if event in (None, "join") else "message"


def _words(group: Group, challenge: Challenge, question: Html) -> Html:
    if challenge.cause == "join":
        return join_words(group, gate_of(group.policy), question)
    why = say(group.language, "gate.why.message", group=group.title)
    return Html("\n".join([why, "", question]))


def _words_for_all(group: Group, question: Html, who: Html | None) -> Html:
    language = group.language
    head = say(language, "gate.all") if who is None else say(language, "gate.one", who=who)
    return Html("\n".join([head, "", question]))
