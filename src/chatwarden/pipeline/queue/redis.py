"""The distributed profile's queue of actions: in Redis, shared by all enforcers (docs/decisions/0009-one-redis-slot-a-partition.md).

What happens is said by the scripts of `crates/streams/lua`; this module converts. Fails with StorageUnavailable where Redis cannot be
asked: whether it was written is then not known, and writing again is harmless.
"""

import math
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from chatwarden.actions import Action, Beginning, Ending, Retry
from chatwarden.errors import StorageUnavailable
from chatwarden.pipeline.queue.interface import Due
from chatwarden.streams.partitions import Argument, Partitions

_LOOK_EVERYWHERE_SECONDS = 3.0
_LEASE_MILLISECONDS = 12_000
"""An enforcer looks for what is due every five seconds at least, and holds its chats anew; one that died lets go after this time."""


class RedisQueue:
    """One bot's actions."""

    def __init__(
        self, partitions: Partitions, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._partitions = partitions
        self._clock = clock
        self._owner = secrets.token_hex(8)
        self._next_due: dict[int, float | None] = {}
        """Milliseconds since 1970, by partition, as the last look there found it; missing where something may have changed since."""
        self._held: frozenset[int] = frozenset()
        self._is_woken = False
        """Whether somebody follows `wakes`: else any partition may have changed at any time."""
        self._looked_everywhere_at = -math.inf

    async def add(self, actions: Sequence[Action]) -> None:
        by_partition: dict[int, list[Argument]] = defaultdict(list)
        for action in actions:
            by_partition[self._partitions.of_chat(action.chat_id)] += _fields(action)
        for number, fields in by_partition.items():
            await self._partitions.run(number, "add", _to_ms(self._clock()), *fields)

    async def due(self, *, now: datetime, held: Collection[int] = (), limit: int) -> Due:
        for number, chat_ids in self._by_partition(held).items():
            await self._hold(number, chat_ids)
        numbers = self._worth_a_look(frozenset(held), now=_to_ms(now))
        # Taken out again by whatever changes meanwhile.
        self._next_due |= dict.fromkeys(numbers)
        try:
            answers = await self._partitions.run_in(
                numbers, "due", _to_ms(now), self._owner, limit, *held
            )
        except StorageUnavailable:
            self._next_due.clear()
            raise
        for number, (_, next_due) in zip(numbers, answers, strict=True):
            if number in self._next_due:
                self._next_due[number] = float(next_due) if next_due else None
        free = [
            (float(due), int(chat_id))
            for flat, _ in answers
            for chat_id, due in zip(flat[::2], flat[1::2], strict=True)
        ]
        wanted = [chat_id for _, chat_id in sorted(free)[:limit]]
        taken: set[int] = set()
        for number, chat_ids in self._by_partition(wanted).items():
            taken |= await self._hold(number, chat_ids)
        dues = [due for due in self._next_due.values() if due is not None]
        return Due(
            [chat_id for chat_id in wanted if chat_id in taken],
            _from_ms(min(dues)) if dues else None,
        )

    def _worth_a_look(self, held: frozenset[int], *, now: int) -> list[int]:
        """Partitions in which something may be due. All of them every few seconds, for a wake may be missed."""
        moment = time.monotonic()
        if not self._is_woken or moment - self._looked_everywhere_at >= _LOOK_EVERYWHERE_SECONDS:
            self._looked_everywhere_at = moment
            self._next_due.clear()
        for chat_id in self._held - held:
            self._next_due.pop(self._partitions.of_chat(chat_id), None)
        self._held = held
        quiet = {number for number, due in self._next_due.items() if due is None or due > now}
        return [number for number in range(len(self._partitions)) if number not in quiet]

    async def _hold(self, number: int, chat_ids: Sequence[int]) -> set[int]:
        """Those of a partition's chats that this owner holds from now on."""
        held = await self._partitions.hold(
            number, self._owner, *chat_ids, milliseconds=_LEASE_MILLISECONDS
        )
        return {int(chat_id) for chat_id in held}

    def _by_partition(self, chat_ids: Iterable[int]) -> dict[int, list[int]]:
        by_partition: dict[int, list[int]] = defaultdict(list)
        for chat_id in chat_ids:
            by_partition[self._partitions.of_chat(chat_id)].append(chat_id)
        return by_partition

    async def take(self, chat_id: int, *, now: datetime, limit: int) -> Sequence[Action]:
        arguments = (chat_id, _to_ms(now), limit, self._owner, _LEASE_MILLISECONDS)
        return _read_all(await self._run(chat_id, "take", *arguments))

    async def begin(
        self, chat_id: int, beginnings: Sequence[Beginning], *, now: datetime
    ) -> set[str]:
        if not beginnings:
            return set()
        arguments: list[Argument] = [_to_ms(now), chat_id, self._owner, _LEASE_MILLISECONDS]
        for one in beginnings:
            arguments += [one.action_id, "" if one.former is None else _to_json(one.former)]
        begun = await self._run(chat_id, "begin", *arguments)
        return {action_id.decode() for action_id in begun}

    async def end(self, chat_id: int, endings: Sequence[Ending], *, now: datetime) -> None:
        if not endings:
            return
        arguments: list[Argument] = [_to_ms(now), chat_id]
        for ending in endings:
            told = {
                "guard": ending.guard,
                "result": None if ending.result is None else _to_json(ending.result),
                "error_code": ending.error_code,
                "error_text": ending.error_text,
            }
            flat = [part for item in told.items() if item[1] is not None for part in item]
            arguments += [ending.action_id, ending.state, len(flat) // 2]
            arguments += [part for part in flat if part is not None]
        await self._run(chat_id, "end", *arguments)

    async def retry(self, chat_id: int, retries: Sequence[Retry]) -> None:
        arguments: list[Argument] = []
        for one in retries:
            arguments += [one.action_id, _to_ms(one.due_at), int(one.failed), int(one.made)]
        if arguments:
            await self._run(chat_id, "retry", *arguments)

    async def postpone(self, chat_id: int, *, until: datetime) -> None:
        await self._run(chat_id, "postpone", chat_id, _to_ms(until))

    async def deleted(self, chat_id: int, message_ids: Collection[int]) -> set[int]:
        found = await self._run(chat_id, "deleted", chat_id, *message_ids)
        return {int(message_id) for message_id in found}

    async def in_force(
        self, chat_id: int, sender_ids: Collection[int], *, now: datetime
    ) -> Mapping[int, Sequence[Action]]:
        answer = await self._run(chat_id, "in_force", chat_id, _to_ms(now), *sender_ids)
        by_sender: dict[int, list[Action]] = defaultdict(list)
        for action in sorted(
            _read_all(answer), key=lambda one: (one.started_at or one.date, one.id)
        ):
            by_sender[action.sender_id].append(action)
        return by_sender

    async def cancel_for_undo(self, undo: Action, *, now: datetime) -> None:
        await self._run(undo.chat_id, "cancel", _to_ms(now), *_fields(undo))

    async def wakes(self) -> AsyncIterator[None]:
        """Once for each time that actions were added, by whomever; some may be missed."""
        self._is_woken = True
        try:
            async for number in self._partitions.wakes():
                self._next_due.pop(number, None)
                yield None
        finally:
            self._is_woken = False

    async def _run(self, chat_id: int, script: str, *arguments: Argument) -> Any:
        return await self._partitions.run(self._partitions.of_chat(chat_id), script, *arguments)


class _Body(msgspec.Struct, frozen=True):
    """What never changes of an action. Times are whole seconds since 1970. Written by the processor too: `crates/scan`."""

    bot_id: int
    chat_id: int
    kind: Any
    sender_kind: str
    sender_id: int
    date: int
    message_id: int | None = None
    message_date: int | None = None
    trace_id: str | None = None
    until_date: int | None = None


_BODY = msgspec.json.Decoder(_Body)


def _fields(action: Action) -> list[Argument]:
    """By `ACTION_FIELDS` of `queue.lua`."""
    body = _Body(
        bot_id=action.bot_id,
        chat_id=action.chat_id,
        kind=action.kind,
        sender_kind=action.sender_kind,
        sender_id=action.sender_id,
        date=_to_seconds(action.date),
        message_id=action.message_id,
        message_date=None if action.message_date is None else _to_seconds(action.message_date),
        trace_id=action.trace_id,
        until_date=None if action.until_date is None else _to_seconds(action.until_date),
    )
    return [
        action.id,
        action.chat_id,
        action.kind,
        action.sender_id,
        "" if action.message_id is None else action.message_id,
        action.trace_id or "",
        "" if action.until_date is None else _to_ms(action.until_date),
        _to_ms(action.due_at),
        action.requested_by,
        msgspec.json.encode(body),
    ]


def _read_all(answer: Iterable[tuple[bytes, Sequence[bytes]]]) -> list[Action]:
    return [
        read_action(action_id.decode(), dict(zip(flat[::2], flat[1::2], strict=True)))
        for action_id, flat in answer
    ]


def read_action(action_id: str, fields: Mapping[bytes, bytes]) -> Action:
    """An action from its hash."""
    body = _BODY.decode(fields[b"body"])

    def moment(name: bytes) -> datetime | None:
        return _from_ms(float(fields[name])) if name in fields else None

    due_at = moment(b"due")
    assert due_at is not None
    return Action(
        id=action_id,
        bot_id=body.bot_id,
        chat_id=body.chat_id,
        kind=body.kind,
        sender_kind=body.sender_kind,
        sender_id=body.sender_id,
        date=_from_seconds(body.date),
        message_id=body.message_id,
        message_date=None if body.message_date is None else _from_seconds(body.message_date),
        trace_id=body.trace_id,
        until_date=None if body.until_date is None else _from_seconds(body.until_date),
        requested_by=fields[b"requested_by"].decode(),
        state=fields[b"state"].decode(),  # type: ignore[arg-type]
        attempts=int(fields[b"attempts"]),
        due_at=due_at,
        started_at=moment(b"started"),
        done_at=moment(b"done"),
        former=msgspec.json.decode(fields[b"former"]) if b"former" in fields else None,
    )


def _to_json(value: Mapping[str, object]) -> str:
    return msgspec.json.encode(value).decode()


def _to_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _from_ms(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _to_seconds(moment: datetime) -> int:
    return round(moment.timestamp())


def _from_seconds(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
