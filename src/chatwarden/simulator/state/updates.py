"""A bot's pending updates: which kinds it wants, the offset that confirms them, and the 24 hours
they live."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

LIFETIME = 24 * 3600
"""Seconds an update is kept (Bot API, getting updates)."""
LARGEST_BATCH = 100

OPTIONAL_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Left out unless a bot asks for them by name (Bot API, getUpdates)."""


class UpdateQueue:
    """Updates waiting for one bot, oldest first, as JSON; their ids count up from `first_id`."""

    def __init__(self, first_id: int) -> None:
        self._pending: OrderedDict[int, tuple[int, float, bytes]] = OrderedDict()
        self._arrivals = 0
        self._next_id = first_id
        self._wanted: frozenset[str] | None = None
        self.on_arrival: Callable[[], None] | None = None
        """Called after updates have arrived."""

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def allowed_updates(self) -> list[str]:
        """The kinds asked for by name; empty for Telegram's default set."""
        return sorted(self._wanted or ())

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Remember which kinds the bot wants; None keeps what was asked before, an empty list is
        the default set.

        Updates that wait already are not touched (Bot API, getUpdates).
        """
        if kinds is not None:
            self._wanted = frozenset(kinds) or None

    def wants(self, kind: str) -> bool:
        """Whether an update of this kind would be delivered."""
        return kind not in OPTIONAL_KINDS if self._wanted is None else kind in self._wanted

    def put(self, kind: str, body: bytes, now: float) -> int | None:
        """Queue an update with a body such as a Message's JSON. Returns its id, or None if the bot
        does not want it."""
        if not self.wants(kind):
            return None
        update_id = self._next_id
        self._next_id += 1
        self._append(update_id, b'{"update_id":%d,"%b":%b}' % (update_id, kind.encode(), body), now)
        return update_id

    def put_raw(self, fields: bytes, now: float) -> int:
        """Queue an update as it stands; `fields` is the inside of its JSON object, without
        update_id."""
        update_id = self._next_id
        self._next_id += 1
        rest = b"," + fields if fields else b""
        self._append(update_id, b'{"update_id":%d%b}' % (update_id, rest), now)
        return update_id

    def put_whole(self, update_id: int, update: bytes, now: float) -> int:
        """Queue an update that has its id already, which may be an earlier one's: Telegram repeats
        itself at times."""
        self._next_id = max(self._next_id, update_id + 1)
        self._append(update_id, update, now)
        return update_id

    def take(self, offset: int, limit: int, now: float) -> list[bytes]:
        """Confirm everything before `offset` and return up to `limit` updates from there on.

        A negative offset keeps that many of the newest and forgets all others (Bot API,
        getUpdates).
        """
        self._expire(now)
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popitem(last=False)
        elif offset > 0:
            while self._pending and self._oldest()[0] < offset:
                self._pending.popitem(last=False)
        return [
            body for _, _, body in islice(self._pending.values(), max(1, min(limit, LARGEST_BATCH)))
        ]

    def arrived_after(self, arrival: int, now: float) -> Iterator[tuple[int, bytes]]:
        """What arrived after an arrival and is still pending, oldest first, as (arrival, update). Arrivals count from 1."""
        self._expire(now)
        for number in range(arrival + 1, self._arrivals + 1):
            if (found := self._pending.get(number)) is not None:
                yield number, found[2]

    def is_pending(self, arrival: int, now: float) -> bool:
        """Whether an update is still to be delivered: neither confirmed nor too old."""
        self._expire(now)
        return arrival in self._pending

    def confirm(self, arrival: int) -> None:
        """Forget one update: it was delivered."""
        self._pending.pop(arrival, None)

    def clear(self) -> None:
        """Forget all pending updates."""
        self._pending.clear()

    def _append(self, update_id: int, body: bytes, now: float) -> None:
        self._arrivals += 1
        self._pending[self._arrivals] = (update_id, now, body)
        if self.on_arrival is not None:
            self.on_arrival()

    def _expire(self, now: float) -> None:
        while self._pending and self._oldest()[1] < now - LIFETIME:
            self._pending.popitem(last=False)

    def _oldest(self) -> tuple[int, float, bytes]:
        return next(iter(self._pending.values()))
