"""Asks whoever is to prove to be a person, and sees to it that a question comes to an end.

In: actions that took somebody's writing until they answer. Out: questions, and what follows where nobody answers. A question is asked at least once: a process
that dies between asking and writing it down asks again. It is seen by them alone where Telegram sends such messages; else it comes in private, where they have
written to the bot; else, and where many are to be asked at once, one question stands in the group for all of them, and is cleaned up.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from chatwarden.bot.call import mention, tidy
from chatwarden.bot.gate.decisions import decide, follow_up
from chatwarden.bot.gate.question import Gate, gate_of, question_of
from chatwarden.bot.groups import find
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.words import Html, say
from chatwarden.errors import RetryLater, StorageUnavailable, TelegramRefused
from chatwarden.storage.models import Action, Challenge, Group
from chatwarden.storage.repositories import challenges, correspondents
from chatwarden.storage.repositories.insert import insert_new

log = structlog.get_logger()

LOOK_SECONDS = 1.0
ASKED_AT_ONCE = 3
"""Of one group; more of them read the same question, that stands in the group for all: into one group a bot may send 20 messages a minute."""
UNSEEN_FOR = timedelta(seconds=45)
"""Telegram does not say whether a message for one member arrived: after this time without an answer the question stands in the group as well."""
SHARED_FOR = timedelta(minutes=10)
"""For how long one question serves all who come."""
_ASKED_SINCE = timedelta(days=1)
_FOLLOWED_UP = timedelta(hours=1)
_AT_A_LOOK = 200


@dataclass(frozen=True, slots=True)
class _Shared:
    """A question that stands in a group for all."""

    message_id: int
    until: datetime


class GateKeeper:
    """One bot's. One process at a time asks; answers are taken by any."""

    def __init__(self, ports: BotPorts) -> None:
        self._ports = ports
        self._shared: dict[int, _Shared] = {}

    async def run(self) -> None:
        """Ask until cancelled."""
        is_caught_up = False
        while True:
            pause = LOOK_SECONDS
            try:
                if not is_caught_up:
                    await self.catch_up()
                    is_caught_up = True
                await self.look()
            except StorageUnavailable as error:
                log.error("questions wait for the database", detail=error.detail)
                pause = error.seconds
            except RetryLater as error:
                pause = error.seconds
            except Exception:  # One question must not stop all others.
                log.exception("questions cannot be asked")
            await asyncio.sleep(pause)

    async def catch_up(self) -> None:
        """A process may have died between a decision and what follows from it: that is asked for again, and twice is once."""
        since = self._ports.clock() - _FOLLOWED_UP
        async with self._ports.database.transaction() as session:
            decided = await challenges.decided_since(
                session, bot_id=self._ports.bot_id, since=since
            )
        for one in decided:
            if one.state not in ("open", "lifted"):
                await follow_up(self._ports, one, one.state)

    async def look(self) -> None:
        """Ask whoever is new, ask again where nobody saw it, end what is over. Raises RetryLater."""
        trouble: RetryLater | None = None
        for step in (self._take_new, self._end_those_due, self._ask_all, self._show_to_all):
            try:
                await step()
            except StorageUnavailable:
                raise
            except RetryLater as error:  # Telegram asks one step to wait: the others go on.
                trouble = error
        if trouble is not None:
            raise trouble

    async def _take_new(self) -> None:
        """Write down who is to be asked."""
        ports, now = self._ports, self._ports.clock()
        async with ports.database.transaction() as session:
            actions = await challenges.unasked(
                session, bot_id=ports.bot_id, since=now - _ASKED_SINCE, limit=_AT_A_LOOK
            )
        if not actions:
            return
        groups = {chat_id: await find(ports, chat_id) for chat_id in {a.chat_id for a in actions}}
        rows = [
            _row(action, gate_of(group.policy), now)
            for action in actions
            if (group := groups[action.chat_id]) is not None
        ]
        async with ports.database.transaction() as session:
            await insert_new(session, Challenge, rows)

    async def _end_those_due(self) -> None:
        async with self._ports.database.transaction() as session:
            due = await challenges.due(session, bot_id=self._ports.bot_id, now=self._ports.clock())
        for one in due:
            await decide(self._ports, one, "expired")

    async def _ask_all(self) -> None:
        async with self._ports.database.transaction() as session:
            waiting = await challenges.not_shown(
                session, bot_id=self._ports.bot_id, limit=_AT_A_LOOK
            )
        by_chat: dict[int, list[Challenge]] = defaultdict(list)
        for one in waiting:
            by_chat[one.chat_id].append(one)
        trouble: RetryLater | None = None
        for chat_id, some in by_chat.items():
            group = await find(self._ports, chat_id)
            if group is None or group.left_at is not None:
                for one in some:
                    await decide(self._ports, one, "lifted")
                continue
            try:
                await self._ask(group, some)
            except StorageUnavailable:
                raise
            except RetryLater as error:
                trouble = error
        if trouble is not None:
            raise trouble

    async def _ask(self, group: Group, some: Sequence[Challenge]) -> None:
        shared = self._standing(group.chat_id)
        if shared is not None or len(some) > ASKED_AT_ONCE:
            await self._show_shared(group, some)
            return
        for one in some:
            if not await self._ask_alone(group, one):
                await self._show_shared(group, [one])

    async def _ask_alone(self, group: Group, challenge: Challenge) -> bool:
        """Where nobody else sees it; False where that cannot be."""
        ports = self._ports
        seed = seed_of(challenge)
        question = question_of(
            gate_of(group.policy), seed, secret=ports.gate_secret, language=group.language
        )
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
            await self._note([challenge], asked_in=to, message_id=message_id, is_for_all=False)
            return True
        return False

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
            gate = gate_of(group.policy)
            seed = f"s{int(now.timestamp()):x}"
            question = question_of(gate, seed, secret=ports.gate_secret, language=group.language)
            who = mention("user", some[0].user_id) if len(some) == 1 else None
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
            shared = _Shared(message_id, now + SHARED_FOR)
            self._shared[group.chat_id] = shared
            stays = SHARED_FOR + timedelta(minutes=gate.minutes)
            await tidy(ports, group.chat_id, message_id, due_at=now + stays)
        await self._note(
            some, asked_in=group.chat_id, message_id=shared.message_id, is_for_all=True
        )

    async def _show_to_all(self) -> None:
        """What was asked where nobody else sees it, and got no answer, may never have arrived."""
        ports, now = self._ports, self._ports.clock()
        async with ports.database.transaction() as session:
            unseen = await challenges.unanswered_unseen(
                session, bot_id=ports.bot_id, before=now - UNSEEN_FOR, now=now
            )
        by_chat: dict[int, list[Challenge]] = defaultdict(list)
        for one in unseen:
            if one.asked_in == one.chat_id:  # In private it arrived.
                by_chat[one.chat_id].append(one)
        for chat_id, some in by_chat.items():
            group = await find(ports, chat_id)
            if group is not None and group.left_at is None:
                await self._show_shared(group, some)

    async def _note(
        self, some: Sequence[Challenge], *, asked_in: int, message_id: int, is_for_all: bool
    ) -> None:
        async with self._ports.database.transaction() as session:
            await challenges.note_shown(
                session,
                [one.id for one in some],
                asked_in=asked_in,
                message_id=message_id,
                is_for_all_to_see=is_for_all,
            )


def seed_of(challenge: Challenge) -> str:
    """Another one after each wrong answer."""
    return f"{challenge.id.partition('-')[2][:24]}.{challenge.tries}"


def _row(action: Action, gate: Gate, now: datetime) -> dict[str, object]:
    # A message of theirs caused it, or nothing but their coming.
    cause = "join" if action.message_id is None else "message"
    due_at = now + timedelta(minutes=gate.minutes) if cause == "join" else action.until_date
    return {
        "id": action.id,
        "bot_id": action.bot_id,
        "chat_id": action.chat_id,
        "user_id": action.sender_id,
        "cause": cause,
        "state": "open",
        "asked_in": None,
        "message_id": None,
        "is_for_all_to_see": False,
        "tries": 0,
        "asked_at": now,
        "due_at": due_at,
        "decided_at": None,
    }


def _words(group: Group, challenge: Challenge, question: Html) -> Html:
    language = group.language
    why = "gate.why.join" if challenge.cause == "join" else "gate.why.message"
    lines: list[str] = [say(language, why, group=group.title), "", question]
    if challenge.cause == "join":
        minutes = gate_of(group.policy).minutes
        lines.append(say(language, "gate.time", minutes=minutes))
    return Html("\n".join(lines))


def _words_for_all(group: Group, question: Html, who: Html | None) -> Html:
    language = group.language
    head = say(language, "gate.all") if who is None else say(language, "gate.one", who=who)
    return Html("\n".join([head, "", question]))
