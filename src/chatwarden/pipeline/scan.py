"""Judges batches of raw updates.

In: raw updates in order; later some of them again, with facts. Out: stored outcomes and actions; announced on the feed. Fails with StorageUnavailable where the
database cannot be written: then nothing changed, neither on disk nor in the engine's memory, and the batch can be given again.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import msgspec
import structlog

from chatwarden._engine import Batch, Engine, Item, validate_policy
from chatwarden.feed import Feed
from chatwarden.learning.native_bans import native_ban_of
from chatwarden.pipeline.record import (
    actions_of,
    flagged_chats,
    outcome_of,
    rows_of,
    trace_id_of,
)
from chatwarden.pipeline.store import BatchStore, NewGroup
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Group, GroupMode
from chatwarden.storage.repositories.standing import Standing
from chatwarden.telegram.membership import Admin
from chatwarden.tracing import TRACER, name_outcomes

log = structlog.get_logger()

SECOND_ROUND = 2
"""With facts that were fetched since the first."""


class _Member(msgspec.Struct, frozen=True):
    status: str = ""


class _MemberChange(msgspec.Struct, frozen=True):
    old_chat_member: _Member = _Member()
    new_chat_member: _Member = _Member()


class _MemberUpdate(msgspec.Struct, frozen=True):
    chat_member: _MemberChange = _MemberChange()


_MEMBER_UPDATE = msgspec.json.Decoder(_MemberUpdate)
_ADMINS = frozenset({"creator", "administrator"})


def changes_rights(raw: bytes, kind: str | None) -> bool:
    """True where the bot's own rights changed, or somebody became an admin or is one no more. Joins are neither."""
    if kind == "my_chat_member":
        return True
    if kind != "chat_member":
        return False
    try:
        change = _MEMBER_UPDATE.decode(raw).chat_member
    except msgspec.DecodeError:
        return True  # Better asked in vain than a new admin punished.
    return bool({change.old_chat_member.status, change.new_chat_member.status} & _ADMINS)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the next steps want to know of a batch."""

    next_offset: int
    judged: int
    actions: int
    enrichments: int
    """Events that wait for slow evidence."""
    new_chats: tuple[int, ...]
    rights_changed: frozenset[int]
    """Groups in which somebody's rights changed."""
    feedback_changed: frozenset[int]
    """Groups that have new feedback: what admins did in Telegram itself is some."""
    interactions: int
    """What was said to the bot."""


class Scanner:
    """One bot's engine with what it needs to know of the groups."""

    def __init__(
        self,
        *,
        bot_id: int,
        store: BatchStore,
        keyring: Keyring,
        feed: Feed,
        new_group_mode: GroupMode,
        obtainable: frozenset[str] = frozenset(),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`obtainable`: the kinds of slow evidence that somebody fetches for this scanner."""
        self._bot_id = bot_id
        self._store = store
        self._keyring = keyring
        self._feed = feed
        self._new_group_mode = new_group_mode
        self._obtainable = obtainable
        self._clock = clock
        self._turn = asyncio.Lock()
        """Between judging a batch and committing it no other one is judged."""
        self._engine = self.engine = Engine()
        self.next_offset = 0
        """The first update not yet taken."""
        self._settings: dict[int, dict[str, Any]] = {}
        """What the engine was told of each group."""
        self._admins: dict[int, Sequence[Admin]] = {}
        self._allowed: dict[int, frozenset[int]] = {}
        self._stored: set[int] = set()
        """Groups that have a row."""
        self._default_policy = msgspec.json.decode(validate_policy(b"{}"))

    async def start(
        self, groups: Sequence[Group], standings: Mapping[int, Standing] = MappingProxyType({})
    ) -> None:
        """Load the context and the groups' settings. Call once, before the first batch."""
        self.next_offset = await self._store.offset()
        records = await self._store.context_records()
        skipped = await asyncio.to_thread(self._engine.load_context, records)
        if skipped:
            log.warning(
                "context records cannot be read: their senders count as new", records=skipped
            )
        for group in groups:
            self.set_group(group, standings.get(group.chat_id, Standing()))

    async def take_groups(self, chat_ids: Collection[int]) -> None:
        """Take these groups' settings as they are stored now. Between two batches: what a batch is about to store, such as a raid that begins,
        is not stored yet, and must not be taken back. Raises StorageUnavailable, PolicyError.
        """
        async with self._turn:
            for group, standing in await self._store.groups(chat_ids):
                self.set_group(group, standing)

    async def forget_group(self, chat_id: int) -> None:
        """A group was erased: it is a new one from the next batch on. Raises StorageUnavailable."""
        async with self._turn:
            for key in await self._store.forget_context(chat_id):
                self._engine.forget_record(key)
            for known in (self._settings, self._admins, self._allowed):
                known.pop(chat_id, None)
            self._stored.discard(chat_id)
            self._tell(chat_id, mode=self._new_group_mode)

    def set_group(self, group: Group, standing: Standing) -> None:
        """Take a group's settings, from now on. Raises PolicyError."""
        self._allowed[group.chat_id] = standing.allowed
        self._tell(
            group.chat_id,
            is_raided=standing.is_raided,
            protected=self._protected(group.chat_id),
            mode=group.mode,
            policy=group.policy,
            policy_version=group.policy_version,
            linked_chat_id=group.linked_chat_id,
        )
        self._stored.add(group.chat_id)

    def protect(self, chat_id: int, admins: Sequence[Admin]) -> None:
        """Name a group's admins: what they write is left alone, and told as such; who looks like them is noticed.

        The enforcer asks afresh all the same.
        """
        self._admins[chat_id] = admins
        self._tell(chat_id, protected=self._protected(chat_id), admins=admins)

    def _protected(self, chat_id: int) -> list[int]:
        admins = {admin.id for admin in self._admins.get(chat_id, ())}
        return sorted(admins | self._allowed.get(chat_id, frozenset()))

    def _tell(self, chat_id: int, **settings: Any) -> None:
        """Give the engine what has changed of a group's settings. Raises PolicyError."""
        told = self._settings.get(chat_id, {}) | settings
        self._engine.set_chat(self._bot_id, chat_id, msgspec.json.encode(told))
        self._settings[chat_id] = told

    async def _judge(
        self, updates: Sequence[bytes], round: int = 1, facts: Sequence[bytes | None] | None = None
    ) -> Batch:
        judge = self._engine.judge_batch
        return await asyncio.to_thread(judge, self._bot_id, updates, round, facts)

    async def scan(self, updates: Sequence[bytes]) -> Scanned:
        """Judge and store a batch; the offset behind it is stored in the same transaction.

        What lies before the offset was stored already: Telegram may give an update twice.
        """
        async with self._turn:
            with TRACER.start_as_current_span(
                "judge", attributes={"chatwarden.updates": len(updates)}
            ):
                return await self._scan(updates)

    async def replay(self, updates: Sequence[bytes]) -> Scanned:
        """As `scan`, for updates from before the offset that were set aside unjudged; the offset stays where it is."""
        async with self._turn:
            return await self._scan(updates, is_replay=True)

    async def scan_again(self, raw: bytes, facts: bytes) -> int:
        """Judge an event in the second round, with facts, and store what is stricter. How many actions that asks for."""
        async with self._turn:
            batch = await self._judge([raw], SECOND_ROUND, [facts])
            (item,) = batch.items
            assert item.update_id is not None
            now = self._clock()
            assert item.chat_id is not None
            sealer = await self._keyring.of_group(self._bot_id, item.chat_id)
            outcome = None
            if item.flagged:
                outcome = outcome_of(self._bot_id, item, sealer=sealer, now=now, round=SECOND_ROUND)
            actions = (
                []
                if outcome is None
                else list(actions_of(self._bot_id, item, now=now, round=SECOND_ROUND))
            )
            is_shown = await self._store.store_again(
                item.update_id,
                outcome=outcome,
                actions=actions,
                picture=item.picture,
                keyring=self._keyring,
                sealer=sealer,
                context=batch.changes,
                forgotten=batch.forgotten,
                now=now,
            )
            self._engine.commit(batch)
        if outcome is None or not is_shown:
            return 0
        self._announce([outcome])
        return len(actions)

    async def _scan(self, updates: Sequence[bytes], *, is_replay: bool = False) -> Scanned:
        batch = await self._judge(updates)
        new_groups = self._new_groups(batch.items)
        if new_groups:
            # Judged under another mode than the group's own, a batch would be acted upon: judge it again under that.
            for group in new_groups:
                self._tell(group.chat_id, mode=self._new_group_mode, policy_version=1)
            batch = await self._judge(updates)
        if raided := await self._raided_by(batch.items):
            # Those who came first in the batch are met as those who came last.
            for chat_id in raided:
                self._tell(chat_id, is_raided=True)
            batch = await self._judge(updates)
        now = self._clock()
        items: Sequence[Item] = batch.items
        next_offset = self.next_offset
        if not is_replay:
            updates, items = self._new(updates, items)
            numbers = [item.update_id for item in items if item.update_id is not None]
            next_offset = max([next_offset, *(number + 1 for number in numbers)])
        rows = rows_of(
            self._bot_id,
            updates,
            items,
            sealer=self._keyring.deployment,
            of_groups=await self._keyring.of_groups(self._bot_id, flagged_chats(items)),
            now=now,
            obtainable=self._obtainable,
        )
        stored = await self._store.store(
            rows=rows,
            context=batch.changes,
            forgotten=batch.forgotten,
            new_groups=new_groups,
            mode=self._new_group_mode,
            policy=self._default_policy,
            next_offset=next_offset,
            native_bans=[
                ban
                for raw, item in zip(updates, items, strict=True)
                if (ban := native_ban_of(raw, item.kind, bot_id=self._bot_id)) is not None
            ],
            keyring=self._keyring,
            now=now,
        )
        self._engine.commit(batch)
        self.next_offset = next_offset
        self._stored.update(group.chat_id for group in new_groups)
        self._announce(rows.outcomes)
        name_outcomes(map(trace_id_of, rows.outcomes))
        for chat_id in stored.raided:
            log.warning("a raid begins", chat_id=chat_id)
        for letter in rows.dead_letters:
            log.warning("update unreadable", update_id=letter["update_id"], reason=letter["reason"])
        return Scanned(
            next_offset=next_offset,
            judged=sum(item.status == "judged" for item in items),
            actions=len(rows.actions),
            enrichments=len(rows.enrichments),
            new_chats=tuple(group.chat_id for group in new_groups),
            rights_changed=frozenset(
                item.chat_id
                for raw, item in zip(updates, items, strict=True)
                if item.chat_id is not None and changes_rights(raw, item.kind)
            ),
            feedback_changed=stored.taught,
            interactions=len(rows.interactions),
        )

    async def _raided_by(self, items: Iterable[Item]) -> set[int]:
        """Groups in which a raid begins with these."""
        found: dict[int, int] = {}
        for item in items:
            if item.is_mass_join and item.chat_id is not None and item.date is not None:
                found[item.chat_id] = max(item.date, found.get(item.chat_id, 0))
        return {
            chat_id
            for chat_id, last in found.items()
            if not self._settings[chat_id].get("is_raided", False)
            and await self._store.raid_may_begin(
                chat_id, last=datetime.fromtimestamp(last, UTC), now=self._clock()
            )
        }

    def _new(
        self, updates: Sequence[bytes], items: Sequence[Item]
    ) -> tuple[Sequence[bytes], Sequence[Item]]:
        """What lies at the offset or behind it, or has no usable number."""
        pairs = [
            (update, item)
            for update, item in zip(updates, items, strict=True)
            if item.update_id is None or item.update_id >= self.next_offset
        ]
        return [update for update, _ in pairs], [item for _, item in pairs]

    def _new_groups(self, items: Sequence[Item]) -> list[NewGroup]:
        found: dict[int, NewGroup] = {}
        for item in items:
            # Groups have negative ids; private chats with the bot are no groups.
            if item.chat_id is not None and item.chat_id < 0 and item.chat_id not in self._stored:
                found[item.chat_id] = NewGroup(item.chat_id, item.chat_title or str(item.chat_id))
        return list(found.values())

    def _announce(self, outcomes: Iterable[Mapping[str, Any]]) -> None:
        for outcome in outcomes:
            trace_id = trace_id_of(outcome)
            self._feed.publish(
                bot_id=outcome["bot_id"], chat_id=outcome["chat_id"], trace_id=trace_id
            )
            if outcome["state"] in ("pending", "observed"):
                log.info(
                    "spam",
                    chat_id=outcome["chat_id"],
                    message=outcome["message_verdict"],
                    sender=outcome["sender_verdict"],
                    score=outcome["score"],
                    state=outcome["state"],
                    trace_id=trace_id,
                )
