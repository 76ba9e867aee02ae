"""Sends cards, and edits them when their outcome changes.

In: the feed. Out: messages in the chats of those who answer for a group. What a card says is read from the database, so an event that is missed
costs nothing: the hour's outcomes are looked through at the start and from time to time. A card is sent at least once: a process that dies between
sending and writing it down sends it again.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.bot.call import mention
from chatwarden.bot.cards.render import SHOWN_STATES, Shown, card
from chatwarden.bot.groups import recipients
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.words import Html, say
from chatwarden.errors import (
    ChatUnreachable,
    RetryLater,
    StorageUnavailable,
    TelegramRefused,
)
from chatwarden.outcomes.appeals import open_words, refusals
from chatwarden.outcomes.texts import open_texts
from chatwarden.outcomes.verdicts import is_only_locked
from chatwarden.storage.models import Appeal, Card, Group, Outcome
from chatwarden.storage.repositories import actions as stored_actions
from chatwarden.storage.repositories import appeals, correspondents
from chatwarden.storage.repositories import cards as repository
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.repositories.outcomes import OutcomeKey, find_outcome_of_update
from chatwarden.storage.repositories.shared_bans import times_shared
from chatwarden.telegram.messages import Keyboard

log = structlog.get_logger()

CARDS_AN_HOUR = 20
"""That an admin chat is sent; what comes beyond is counted in one message, which is edited."""
_HOUR = timedelta(hours=1)
_GATHER_SECONDS = 0.7
"""Within which an outcome mostly gets from pending to done: one card instead of a card and an edit."""
_LOOK_AGAIN_SECONDS = 60.0
_DIGEST_SECONDS = 5.0
"""How often a digest is edited at most."""


class CardKeeper:
    """One bot's."""

    def __init__(self, ports: BotPorts, *, gather_seconds: float = _GATHER_SECONDS) -> None:
        self._ports = ports
        self._gather_seconds = gather_seconds
        self._waiting: deque[int] = deque()
        self._due: set[int] = set()
        """Updates whose outcomes are to be shown; those in `_waiting`."""
        self._woken = asyncio.Event()
        self._hours: dict[int, _Hour] = {}
        """By chat, what it was sent lately."""

    async def run(self) -> None:
        """Keep them until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="cards: feed")
            tasks.create_task(self._look_again(), name="cards: missed")
            tasks.create_task(self._tell_digests(), name="cards: digests")
            while True:
                await self._woken.wait()
                self._woken.clear()
                await asyncio.sleep(self._gather_seconds)
                while self._waiting:
                    await self._show_next()

    def want(self, update_id: int) -> None:
        """The outcome of this update is new, or has changed."""
        if update_id not in self._due:
            self._due.add(update_id)
            self._waiting.append(update_id)
            self._woken.set()

    async def _listen(self) -> None:
        async for event in self._ports.feed.subscribe():
            key = None if event.trace_id is None else OutcomeKey.parse(event.trace_id)
            if key is not None and key.bot_id == self._ports.bot_id:
                self.want(key.update_id)

    async def _look_again(self) -> None:
        """What has no card and should have one, because this process was not there when it happened."""
        while True:
            try:
                async with self._ports.database.transaction() as session:
                    missed = await repository.without_card(
                        session,
                        bot_id=self._ports.bot_id,
                        states=SHOWN_STATES,
                        since=self._ports.clock() - _HOUR,
                        limit=10 * CARDS_AN_HOUR,
                    )
                    waiting = await appeals.list_open(session, bot_id=self._ports.bot_id)
                for update_id in missed:
                    self.want(update_id)
                for appeal in waiting:
                    if appeal.shown_at is None:
                        self.want(appeal.update_id)
            except StorageUnavailable as error:
                log.error("cards wait for the database", detail=error.detail)
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _show_next(self) -> None:
        update_id = self._waiting.popleft()
        self._due.discard(update_id)
        try:
            await self.show(update_id)
        except RetryLater as error:
            log.info("a card waits", update_id=update_id, reason=error.code, seconds=error.seconds)
            await asyncio.sleep(min(error.seconds, 30.0))
            self.want(update_id)
        except Exception:  # One card must not stop all others.
            log.exception("a card cannot be shown", update_id=update_id)

    async def show(self, update_id: int) -> None:
        """Bring an outcome's cards up to date. Raises RetryLater."""
        ports = self._ports
        async with ports.database.transaction() as session:
            outcome = await find_outcome_of_update(
                session, bot_id=ports.bot_id, update_id=update_id
            )
            if outcome is None:
                return
            sent = await repository.cards_of(session, bot_id=ports.bot_id, update_id=update_id)
            key = (outcome.bot_id, outcome.update_id)
            appealed = (await appeals.appeals_of(session, [key])).get(key, [])
            appeal = _new_appeal(appealed)
            is_news = appeal is not None or self._is_news(outcome)
            if not sent and not is_news:
                return
            group = await find_group(session, bot_id=ports.bot_id, chat_id=outcome.chat_id)
        if group is None:
            return
        told = dict(await recipients(ports, group))
        # Who is told no more still has the cards that were sent: their buttons go on working.
        to_edit = [one for one in sent if not one.in_digest]
        # What was only counted becomes a card once it is appealed.
        has_it = {one.to_chat_id for one in (sent if appeal is None else to_edit)}
        to_send = await self._with_room(outcome, told, besides=has_it) if is_news else []
        if to_edit or to_send:
            async with ports.database.transaction() as session:
                shown = await self._shown(session, outcome, group, appealed)
            for former in to_edit:
                language = told.get(former.to_chat_id, group.language)
                await self._edit(former, *card(shown, ports.catalogue, language))
                if appeal is not None and former.to_chat_id in told:
                    await self._point_to(former, shown, language)
            for to in to_send:
                await self._send(outcome, to, *card(shown, ports.catalogue, told[to]))
        if appeal is not None:
            async with ports.database.transaction() as session:
                await appeals.note_shown(session, appeal.id, now=ports.clock())

    async def _with_room(
        self, outcome: Outcome, told: Mapping[int, str], *, besides: Collection[int]
    ) -> list[int]:
        """The chats, besides some, that are sent a card of their own; for the others it is counted."""
        new = sorted(told.keys() - besides)
        to_send = [to for to in new if await self._has_room(to)]
        for to in new:
            if to not in to_send:
                await self._count(outcome, to, told[to])
        return to_send

    def _is_news(self, outcome: Outcome) -> bool:
        """Whether it makes a new card. Nobody wants yesterday's news at once, or each sticker that a lock deletes; the dashboard has them."""
        fresh = self._ports.clock() - outcome.created_at < _HOUR
        return fresh and outcome.state in SHOWN_STATES and not is_only_locked(outcome.verdict)

    async def _shown(
        self, session: AsyncSession, outcome: Outcome, group: Group, appealed: Sequence[Appeal]
    ) -> Shown:
        texts, state = await open_texts(outcome, self._ports.keyring)
        taken = await stored_actions.actions_of(session, [outcome.trace_id])
        label, by = await repository.last_word(session, outcome)
        return Shown(
            outcome=outcome,
            actions=taken[outcome.trace_id],
            group=group.title,
            texts=texts,
            texts_state=state,
            label=label,
            label_by=by,
            reports=await repository.reports_of(session, outcome),
            shared_with=await times_shared(
                session, [one.id for one in taken[outcome.trace_id] if one.kind == "ban"]
            ),
            appeal=appealed[-1] if appealed else None,
            appeal_words=(
                await open_words(appealed[-1], self._ports.keyring) if appealed else None
            ),
            times_refused=refusals(appealed[:-1]),
        )

    async def _has_room(self, to: int) -> bool:
        """Whether a chat may be sent a card of its own: the hour's are not used up."""
        now = self._ports.clock()
        hour = self._hours.get(to)
        if hour is None:
            async with self._ports.database.transaction() as session:
                lately = await repository.sent_since(
                    session, bot_id=self._ports.bot_id, to_chat_id=to, since=now - _HOUR
                )
            hour = self._hours[to] = _Hour.of(lately)
        while hour.cards and now - hour.cards[0] >= _HOUR:
            hour.cards.popleft()
        return len(hour.cards) < CARDS_AN_HOUR

    async def _send(self, outcome: Outcome, to: int, text: Html, buttons: Keyboard) -> None:
        try:
            message_id = await self._ports.telegram.send(to, text, keyboard=buttons)
        except TelegramRefused as refusal:
            await self._note_refusal(to, refusal)
            return
        self._hours[to].cards.append(self._ports.clock())
        await self._keep(outcome, to, message_id, shown=_fingerprint(text, buttons))

    async def _point_to(self, card: Card, shown: Shown, language: str) -> None:
        """An edit rings no bell: say that an old card has news, as long as the hour has room for it."""
        if not await self._has_room(card.to_chat_id):
            return
        outcome = shown.outcome
        who = mention(outcome.sender_kind, outcome.sender_id, shown.texts.sender_name or "")
        words = say(language, "card.appeal_news", who=who, group=shown.group)
        try:
            await self._ports.telegram.send(card.to_chat_id, words, reply_to=card.message_id)
        except TelegramRefused as refusal:
            await self._note_refusal(card.to_chat_id, refusal)
            return
        self._hours[card.to_chat_id].cards.append(self._ports.clock())

    async def _count(self, outcome: Outcome, to: int, language: str) -> None:
        """Add it to the chat's digest, or begin one."""
        now, hour = self._ports.clock(), self._hours[to]
        if hour.digest is None or now - hour.digest.since >= _HOUR:
            digest = _Digest(message_id=0, since=now, language=language)
            digest.count = digest.told = 1
            try:
                digest.message_id = await self._ports.telegram.send(to, digest.text())
            except TelegramRefused as refusal:
                await self._note_refusal(to, refusal)
                return
            hour.digest = digest
        else:
            hour.digest.count += 1
        await self._keep(outcome, to, hour.digest.message_id, shown=b"", in_digest=True)

    async def _tell_digests(self) -> None:
        """Bring what was counted up to date, so often and no more."""
        while True:
            await asyncio.sleep(_DIGEST_SECONDS)
            for to, hour in self._hours.items():
                digest = hour.digest
                if digest is None or digest.told == digest.count:
                    continue
                count = digest.count
                try:
                    await self._ports.telegram.edit(to, digest.message_id, digest.text())
                except TelegramRefused as refusal:
                    log.info("a digest was refused", to=to, reason=refusal.code)
                except RetryLater:
                    continue
                digest.told = count

    async def _edit(self, former: Card, text: Html, buttons: Keyboard) -> None:
        shown = _fingerprint(text, buttons)
        if former.shown == shown:
            return
        try:
            await self._ports.telegram.edit(
                former.to_chat_id, former.message_id, text, keyboard=buttons
            )
        except TelegramRefused as refusal:
            await self._note_refusal(former.to_chat_id, refusal)
        async with self._ports.database.transaction() as session:
            await repository.note_shown(session, former, shown=shown)

    async def _keep(
        self, outcome: Outcome, to: int, message_id: int, *, shown: bytes, in_digest: bool = False
    ) -> None:
        row = {
            "bot_id": outcome.bot_id,
            "update_id": outcome.update_id,
            "to_chat_id": to,
            "message_id": message_id,
            "in_digest": in_digest,
            "shown": shown,
            "sent_at": self._ports.clock(),
        }
        async with self._ports.database.transaction() as session:
            await repository.keep(session, row)

    async def _note_refusal(self, to: int, refusal: TelegramRefused) -> None:
        log.info("a card was refused", to=to, reason=refusal.code)
        if isinstance(refusal, ChatUnreachable) and to > 0:
            async with self._ports.database.transaction() as session:
                await correspondents.note_unreachable(
                    session, bot_id=self._ports.bot_id, user_id=to, now=self._ports.clock()
                )


@dataclass(slots=True)
class _Digest:
    """What an hour brought beyond its cards."""

    message_id: int
    since: datetime
    language: str
    count: int = 0
    told: int = 0
    """As many as the message says."""

    def text(self) -> Html:
        return say(
            self.language,
            "card.digest",
            count=self.count,
            since=f"{self.since:%H:%M}",
            most=CARDS_AN_HOUR,
        )


@dataclass(slots=True)
class _Hour:
    """What a chat was sent lately."""

    cards: deque[datetime] = field(default_factory=deque)
    digest: _Digest | None = None

    @classmethod
    def of(cls, lately: Sequence[Card]) -> "_Hour":
        """As it was written down, the oldest first."""
        hour = cls(deque(one.sent_at for one in lately if not one.in_digest))
        counted = [one for one in lately if one.in_digest]
        if counted:
            newest = counted[-1].message_id
            mine = [one for one in counted if one.message_id == newest]
            hour.digest = _Digest(newest, since=mine[0].sent_at, language="en", count=len(mine))
        return hour


def _new_appeal(appealed: Sequence[Appeal]) -> Appeal | None:
    """The one of which admins are still to be told."""
    return next((one for one in appealed if one.state == "open" and one.shown_at is None), None)


def _fingerprint(text: Html, buttons: Keyboard) -> bytes:
    shown = "\n".join([text, *(button.text for row in buttons for button in row)])
    return hashlib.sha256(shown.encode()).digest()
