"""Messages of one chat: kept as the JSON Telegram would send, with what has become of them."""

from collections.abc import Iterable, Iterator

import msgspec

from chatwarden.simulator.wire import Payload, decode


class Message(msgspec.Struct, kw_only=True, gc=False):
    """One message. `sender` is the person's id, or the chat's when a channel or the group itself
    speaks."""

    chat_id: int
    id: int
    date: int
    sender: int
    raw: bytes
    """The Bot API's Message as JSON."""
    posted_at: float
    """When it really came in, in seconds since the epoch; `date` may lie in the past."""
    by_bot: int | None = None
    """The bot that sent it, if one did."""
    is_service: bool = False
    deleted_at: float | None = None
    edits: int = 0
    only_for: int | None = None
    """Of an ephemeral message the one person who sees it."""
    reactions: dict[int, list[str]] | None = None
    """Emoji by the id of the person, or channel, that set them."""

    @property
    def is_deleted(self) -> bool:
        """Whether it is gone."""
        return self.deleted_at is not None

    def payload(self) -> Payload:
        """The Bot API's Message, a fresh copy."""
        found: Payload = decode(self.raw)
        return found


class Messages:
    """The messages of one chat by id, in order, with an index by sender."""

    def __init__(self) -> None:
        self._by_id: dict[int, Message] = {}
        self._by_sender: dict[int, list[int]] = {}
        self._next_id = 1

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._by_id.values())

    def take_id(self) -> int:
        """The next free message id."""
        taken = self._next_id
        self._next_id += 1
        return taken

    def start_at(self, message_id: int) -> None:
        """Let the next message have at least this id."""
        self._next_id = max(self._next_id, message_id)

    def add(self, message: Message) -> None:
        """Keep a message; one with the same id is replaced."""
        if message.id not in self._by_id:
            self._by_sender.setdefault(message.sender, []).append(message.id)
        self._by_id[message.id] = message
        self.start_at(message.id + 1)

    def get(self, message_id: int) -> Message | None:
        """The message with this id, deleted or not."""
        return self._by_id.get(message_id)

    def latest(self) -> Iterator[Message]:
        """All messages, newest first."""
        return reversed(self._by_id.values())

    def of(self, sender: int) -> Iterable[Message]:
        """All messages of one sender, oldest first."""
        return (self._by_id[message_id] for message_id in self._by_sender.get(sender, ()))
