"""Writes into the database what processors judged and what became of actions: the distributed profile's half of `store.py`.

In: a partition's stream of records, until it is empty. Out: outcomes, actions as they are, roll-ups, groups, enrichments, dead letters,
all of a look in one transaction; then the feed. A look that was stored and not yet taken out of the stream comes again: batches are known
by their ids, actions by their revisions. One recorder works on a partition, by a lease. While the database is away the stream keeps all.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden._engine import validate_policy
from chatwarden.actions import PUNISHMENTS, ActionKind, ActionSink
from chatwarden.errors import StorageUnavailable
from chatwarden.health import PartHealth
from chatwarden.learning.learner import Learner
from chatwarden.learning.native_bans import native_ban_of
from chatwarden.pipeline.judged import JudgedItem
from chatwarden.pipeline.queue.redis import read_action
from chatwarden.pipeline.record import (
    BatchRows,
    actions_of,
    flagged_chats,
    outcome_of,
    rows_of,
    trace_id_of,
)
from chatwarden.pipeline.scan import changes_rights
from chatwarden.pipeline.store import NewGroup, add_groups, store_rows, take_second_round
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import GroupMode
from chatwarden.storage.repositories import recording
from chatwarden.storage.repositories.groups import find_group
from chatwarden.storage.repositories.recording import ActionCopy
from chatwarden.storage.repositories.team import KnownAdmin, take_admins
from chatwarden.storage.repositories.webhooks import note_rights
from chatwarden.storage.repositories.workspaces import join_owners_workspace
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.chats import PublishedChats
from chatwarden.streams.connection import passing_trouble, read_stream
from chatwarden.streams.feed import RedisFeed
from chatwarden.streams.partitions import Argument, Partitions
from chatwarden.tracing import TRACER, name_outcomes

log = structlog.get_logger()

_ENTRIES_A_LOOK = 200
_BLOCK_MILLISECONDS = 1000
_LEASE_MILLISECONDS = 10_000
_OTHERS_LEASE_SECONDS = 2.0
_NONCE = slice(5, 17)
"""Where an envelope holds its nonce (`storage/sealing.py`): new for each batch, and so its name."""
_BATCHES_COME_AGAIN = timedelta(days=2)
_ENDED_IS_KEPT = timedelta(hours=6)
"""In the queue, after it was recorded: an update that is delivered again must find what it caused done."""
_PUNISHMENT_IS_KEPT = timedelta(days=2)
"""Beyond its end: whoever undoes it then is told that it has ended."""
_TRANSACTIONS_AT_ONCE = 4
_GATHER_SECONDS = 0.1
"""From one look at a partition that found something to the next: a transaction costs much the same for one entry or a hundred, and nobody waits for it but people who watch."""


class RecordedItem(msgspec.Struct, frozen=True):
    """An item as a processor recorded it: the fields of `_engine.Item`, and the raw update where somebody needs it."""

    status: str
    update_id: int | None = None
    kind: str | None = None
    chat_id: int | None = None
    message_id: int | None = None
    sender_kind: str | None = None
    sender_id: int | None = None
    date: int | None = None
    sent: int | None = None
    flagged: bool = False
    is_interaction: bool = False
    is_mass_join: bool = False
    message: str | None = None
    sender: str | None = None
    score: int | None = None
    state: str | None = None
    actions: list[tuple[str, ActionKind, int | None, int | None]] = []
    wants: list[str] = []
    verdict: bytes | None = None
    texts: bytes | None = None
    trusted_bin: int | None = None
    picture: str | None = None
    sender_name: str | None = None
    chat_title: str | None = None
    error: str | None = None
    round: int = 1
    raw: bytes = b""


_ITEMS = msgspec.msgpack.Decoder(list[RecordedItem])


Entry = tuple[bytes, dict[bytes, bytes]]
"""Of a stream: its id, and its fields."""


@dataclass(slots=True)
class Look:
    """What was read of a partition's stream."""

    entry_ids: list[bytes] = field(default_factory=list)
    batches: dict[bytes, tuple[list[RecordedItem], str]] = field(default_factory=dict)
    """By its id, a batch's items and a flag for each: 1 judged for the first time, d delivered again, 0 finished by another processor."""
    action_ids: list[str] = field(default_factory=list)
    facts: dict[int, dict[str, Any]] = field(default_factory=dict)
    taught: set[int] = field(default_factory=set)
    """Groups whose feedback has changed."""

    def sealed_chats(self) -> set[int]:
        """Chats of which something is sealed: what was found, and how pictures look."""
        items = [item for item, _ in self.items()]
        later = {one.chat_id for one in items if one.round != 1 and one.chat_id is not None}
        return flagged_chats(items) | later

    def items(self, batches: Collection[bytes] | None = None) -> list[tuple[RecordedItem, str]]:
        """What these batches, or all, finished, each with its flag."""
        return [
            (item, flag)
            for batch_id, (items, flags) in self.batches.items()
            if batches is None or batch_id in batches
            for item, flag in zip(items, flags, strict=True)
            if flag != "0"
        ]


class Recorder:
    """One bot's records."""

    def __init__(
        self,
        *,
        partitions: Partitions,
        chats: PublishedChats,
        database: Database,
        queue: ActionSink,
        keyring: Keyring,
        feed: RedisFeed,
        new_group_mode: GroupMode,
        obtainable: frozenset[str],
        publish: Callable[[int], Awaitable[object]],
        learner: Learner,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`publish`: is told of groups whose row is new or other."""
        self._partitions = partitions
        self._client = partitions.client
        self._chats = chats
        self._bot_id = partitions.bot_id
        self._database = database
        self._queue = queue
        self._keyring = keyring
        self._feed = feed
        self._new_group_mode = new_group_mode
        self._default_policy = msgspec.json.decode(validate_policy(b"{}"))
        self._obtainable = obtainable
        self._publish = publish
        self._learner = learner
        self._clock = clock
        self._owner = secrets.token_hex(8)
        self._free = asyncio.Semaphore(_TRANSACTIONS_AT_ONCE)
        self._known_groups: set[int] = set()
        self.health = PartHealth("recorder", "ok", "Batches are recorded.")

    async def run(self) -> None:
        """Record until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tidy(), name="record: tidy")
            for number in range(len(self._partitions)):
                tasks.create_task(self._work(number), name=f"record {number}")

    async def record_next(self, number: int, *, block: int | None = None) -> int:
        """Record what lies in a partition's stream now, after waiting `block` milliseconds for something; how many entries."""
        entries = await self._read(number, block)
        if not entries:
            return 0
        try:
            with TRACER.start_as_current_span("record"):
                await self._record(number, self._sorted(entries))
        except StorageUnavailable:
            raise
        except Exception:  # What one entry holds must not stop all others for ever.
            log.exception("records cannot be recorded together", partition=number)
            for entry in entries:
                await self._record_alone(number, entry)
        return len(entries)

    async def _record_alone(self, number: int, entry: Entry) -> None:
        try:
            await self._record(number, self._sorted([entry]))
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("a record cannot be recorded and is set aside", partition=number)
            await self._set_aside(number, entry)

    async def _set_aside(self, number: int, entry: Entry) -> None:
        """Out of the way of others, and kept: another version or another key may read it."""
        entry_id, fields = entry
        arguments = [part for field in fields.items() for part in field]
        with passing_trouble():
            await self._client.execute_command(
                "XADD", self._partitions.key(number, "set-aside"), "*", *arguments
            )
            await self._client.xdel(self._partitions.key(number, "records"), entry_id)

    def forget_group(self, chat_id: int) -> None:
        """A group was erased: it begins anew with what comes next of it."""
        self._known_groups.discard(chat_id)

    async def _work(self, number: int) -> None:
        while True:
            try:
                if await self.hold(number):
                    entries = await self.record_next(number, block=_BLOCK_MILLISECONDS)
                    self.health = PartHealth("recorder", "ok", "Batches are recorded.")
                    if 0 < entries < _ENTRIES_A_LOOK:
                        await asyncio.sleep(_GATHER_SECONDS)
                else:
                    await asyncio.sleep(_OTHERS_LEASE_SECONDS)
            except StorageUnavailable as error:
                self.health = PartHealth("recorder", "failing", error.detail)
                log.error("records wait", partition=number, detail=error.detail)
                await asyncio.sleep(error.seconds)

    async def hold(self, number: int) -> bool:
        """Take or keep a partition; False where another recorder has it."""
        held = await self._partitions.hold(
            number, self._owner, "recorder", milliseconds=_LEASE_MILLISECONDS
        )
        return bool(held)

    async def _tidy(self) -> None:
        while True:
            try:
                async with self._database.transaction() as session:
                    before = self._clock() - _BATCHES_COME_AGAIN
                    await recording.forget_batches(session, before=before)
            except StorageUnavailable as error:
                log.error("recorded batches are not tidied up", detail=error.detail)
            await asyncio.sleep(3600)

    async def _read(self, number: int, block: int | None) -> list[Entry]:
        key = self._partitions.key(number, "records")
        return await read_stream(self._client, key, after="0-0", count=_ENTRIES_A_LOOK, block=block)

    def _sorted(self, entries: Sequence[Entry]) -> Look:
        look = Look()
        for entry_id, fields in entries:
            look.entry_ids.append(entry_id)
            self._sort(look, fields)
        return look

    def _sort(self, look: Look, fields: Mapping[bytes, bytes]) -> None:
        kind = fields[b"k"]
        if kind == b"action":
            look.action_ids.append(fields[b"id"].decode())
        elif kind == b"facts":
            chat_id = int(fields[b"chat"])
            look.facts[chat_id] = self._chats.open_facts(chat_id, fields[b"v"])
        elif kind == b"taught":
            look.taught.add(int(fields[b"chat"]))
        else:
            sealed = fields[b"v"]
            items = _ITEMS.decode(
                self._keyring.deployment.open(sealed, place=f"record:{self._bot_id}")
            )
            look.batches[sealed[_NONCE]] = (items, fields[b"n"].decode())

    async def _record(self, number: int, look: Look) -> None:
        copies = await self._copies(number, look.action_ids)
        now = self._clock()
        moved: dict[int, set[int]] = {}
        sealers = await self._keyring.of_groups(
            self._bot_id, look.facts.keys() | look.sealed_chats()
        )
        async with self._free, self._database.transaction() as session:
            # Should a lease have lapsed: two recorders of a partition come one after the other.
            await session.execute(
                select(func.pg_advisory_xact_lock(self._bot_id % (1 << 31), number))
            )
            is_new = await recording.new_batches(session, look.batches, now=now)
            fresh = look.items(is_new)
            items = [(item, flag) for item, flag in fresh if item.round == 1]
            rows = self._rows(items, sealers, now=now)
            new_groups = self._new_groups(look.items())
            await add_groups(
                session,
                new_groups,
                bot_id=self._bot_id,
                mode=self._new_group_mode,
                policy=self._default_policy,
                now=now,
            )
            bans = [
                ban
                for item, _ in items
                if (ban := native_ban_of(item.raw, item.kind, bot_id=self._bot_id)) is not None
            ]
            stored = await store_rows(session, rows, bans, keyring=self._keyring, now=now)
            # Before second rounds: what an undo took back must not be done anew.
            changed = await recording.record_actions(session, copies, now=now)
            later = [item for item, _ in fresh if item.round != 1]
            rows.outcomes.extend(await self._take_second_rounds(session, later, sealers, now=now))
            name_outcomes(map(trace_id_of, rows.outcomes))
            for chat_id, facts in look.facts.items():
                group = await find_group(session, bot_id=self._bot_id, chat_id=chat_id)
                if group is not None:
                    group.title = facts["title"][:256]
                    group.linked_chat_id = facts["linked_chat_id"]
                    await note_rights(
                        session,
                        group,
                        facts["missing_rights"],
                        checked_at=datetime.fromtimestamp(facts["checked_at"], UTC),
                    )
                    # Facts of a version before have none: the next ones will.
                    if "team" in facts:
                        await take_admins(
                            session,
                            [KnownAdmin(**one) for one in facts["team"]],
                            bot_id=self._bot_id,
                            chat_id=chat_id,
                            sealer=sealers[chat_id],
                            now=now,
                        )
                    moved[chat_id] = await join_owners_workspace(
                        session, group, owner_id=facts["owner_id"], now=now
                    )
        for chat_id in look.taught | stored.taught:
            self._learner.feedback_changed(chat_id)
        for chat_id, workspace_ids in moved.items():
            if workspace_ids:
                self._learner.workspaces_changed(chat_id, workspace_ids)
        # Whatever fails from here on, the look comes again, and all are told again; but for the feed, which may lose.
        await self._tell(rows, changed, {copy.action.trace_id: copy.action for copy in copies})
        for chat_id in {*look.facts, *stored.raided, *(group.chat_id for group in new_groups)}:
            await self._publish(chat_id)
        await self._tell_enforcers(number, look.items())
        await self._take_out(number, look.entry_ids, copies)
        self._known_groups.update(group.chat_id for group in new_groups)

    def _rows(
        self,
        items: Sequence[tuple[RecordedItem, str]],
        of_groups: Mapping[int, Sealer],
        *,
        now: datetime,
    ) -> BatchRows:
        first = [item for item, flag in items if flag == "1"]
        again = [item for item, flag in items if flag != "1"]

        def rows(some: Sequence[JudgedItem], raws: Sequence[bytes]) -> BatchRows:
            return rows_of(
                self._bot_id,
                raws,
                some,
                sealer=self._keyring.deployment,
                of_groups=of_groups,
                now=now,
                obtainable=self._obtainable,
            )

        made = rows(first, [item.raw for item in first])
        # What was delivered again has been counted; its rows are passed over where they are there.
        made.outcomes.extend(rows(again, [item.raw for item in again]).outcomes)
        return made

    async def _take_second_rounds(
        self,
        session: AsyncSession,
        items: Sequence[RecordedItem],
        sealers: Mapping[int, Sealer],
        *,
        now: datetime,
    ) -> list[dict[str, Any]]:
        """Outcomes that are shown from now on. Their actions are asked for before the commit: twice is once, and not at all is never."""
        shown: list[dict[str, Any]] = []
        for item in items:
            if item.update_id is None or item.chat_id is None:
                continue
            outcome = None
            if item.flagged:
                outcome = outcome_of(
                    self._bot_id, item, sealer=sealers[item.chat_id], now=now, round=item.round
                )
            is_shown = await take_second_round(
                session,
                item.update_id,
                bot_id=self._bot_id,
                outcome=outcome,
                actions=(
                    []
                    if outcome is None
                    else list(actions_of(self._bot_id, item, now=now, round=item.round))
                ),
                ask_for=self._queue.add,
                picture=item.picture,
                keyring=self._keyring,
                sealer=sealers[item.chat_id],
                now=now,
            )
            if is_shown and outcome is not None:
                shown.append(outcome)
        return shown

    def _new_groups(self, items: Sequence[tuple[RecordedItem, str]]) -> list[NewGroup]:
        found: dict[int, NewGroup] = {}
        for item, _ in items:
            chat_id = item.chat_id
            if chat_id is not None and chat_id < 0 and chat_id not in self._known_groups:
                found[chat_id] = NewGroup(chat_id, item.chat_title or str(chat_id))
        return list(found.values())

    async def _copies(self, number: int, action_ids: Sequence[str]) -> list[ActionCopy]:
        wanted = list(dict.fromkeys(action_ids))
        if not wanted:
            return []
        found = await self._partitions.run(number, "actions", *wanted)
        return [
            _copy(action_id, dict(zip(flat[::2], flat[1::2], strict=True)))
            for action_id, flat in zip(wanted, found, strict=True)
            if flat
        ]

    async def _take_out(
        self, number: int, entry_ids: Sequence[bytes], copies: Sequence[ActionCopy]
    ) -> None:
        with passing_trouble():
            await self._client.xdel(self._partitions.key(number, "records"), *entry_ids)
        arguments: list[Argument] = []
        for copy in copies:
            arguments += [copy.action.id, copy.revision, _kept_until(copy, now=self._clock())]
        if arguments:
            await self._partitions.run(number, "recorded", *arguments)

    async def _tell(
        self, rows: BatchRows, changed: set[str], actions: Mapping[str | None, Any]
    ) -> None:
        events = {
            (self._bot_id, outcome["chat_id"], trace_id_of(outcome)) for outcome in rows.outcomes
        }
        events |= {
            (self._bot_id, actions[trace_id].chat_id, trace_id)
            for trace_id in changed
            if trace_id in actions
        }
        for letter in rows.dead_letters:
            log.warning("update unreadable", update_id=letter["update_id"], reason=letter["reason"])
        try:
            await self._feed.announce(events)
        except StorageUnavailable as error:
            log.error("outcomes are not announced", detail=error.detail, outcomes=len(events))

    async def _tell_enforcers(self, number: int, items: Sequence[tuple[RecordedItem, str]]) -> None:
        raws = [(item.raw, item.kind, item.chat_id) for item, _ in items if item.raw]
        changed = {chat for raw, kind, chat in raws if chat and changes_rights(raw, kind)}
        if any(item.wants for item, _ in items):
            await self._partitions.tell_wanted(number)
        for chat_id in changed:
            await self._chats.tell_rights_changed(chat_id)


def _copy(action_id: str, fields: Mapping[bytes, bytes]) -> ActionCopy:
    def text(name: bytes) -> str | None:
        return fields[name].decode() if name in fields else None

    result = fields.get(b"result")
    return ActionCopy(
        action=read_action(action_id, fields),
        revision=int(fields[b"revision"]),
        guard=text(b"guard"),
        result=None if result is None else msgspec.json.decode(result),
        error_code=text(b"error_code"),
        error_text=text(b"error_text"),
    )


def _kept_until(copy: ActionCopy, *, now: datetime) -> int | str:
    """Seconds since 1970 until which an ended action stays in the queue; "" for ever."""
    action = copy.action
    if action.kind in PUNISHMENTS and action.state == "done":
        if action.until_date is None:
            return ""
        return int((max(now, action.until_date) + _PUNISHMENT_IS_KEPT).timestamp())
    return int((now + _ENDED_IS_KEPT).timestamp())
