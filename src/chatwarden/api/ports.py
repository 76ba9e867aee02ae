"""What the API needs from outside; `bootstrap` provides it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from chatwarden._engine import Engine
from chatwarden.actions import ActionSink
from chatwarden.doctor.finding import Finding
from chatwarden.feed import Feed
from chatwarden.health import PartHealth
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Group
from chatwarden.waiting import Waiting

Profile = Literal["embedded", "distributed"]


@dataclass(frozen=True, slots=True)
class BotAccount:
    """The bot that the deployment's token is for."""

    username: str | None
    """None while Telegram has not told it."""
    problem: str = ""
    """Why not, where something is wrong."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What the operator of the deployment sees and does, beside what everybody does."""

    profile: Profile
    bot_id: int
    waiting: Callable[[], Awaitable[list[Waiting]]]
    """How much waits, in the order in which a message passes. Raises StorageUnavailable."""
    replay: Callable[[Sequence[bytes]], Awaitable[None]]
    """Have raw updates judged that never were. Returns once that is certain to happen. Raises NotNow; or StorageUnavailable, and then it may happen."""
    wake_bot: Callable[[], None]
    """Called after something was put back for the bot to answer."""
    examine: Callable[[], AsyncIterator[Finding]]
    """`chatwarden doctor`."""
    account: Callable[[], Awaitable[BotAccount]]
    pseudonyms: Pseudonyms
    """Of people who were erased."""
    forget: Callable[[int, int], Awaitable[None]]
    """Have the engine forget what it remembers of a sender in a group: the group, then the sender. Raises StorageUnavailable."""
    forget_group: Callable[[int], Awaitable[None]]
    """Have the engine forget a group that was erased. Raises StorageUnavailable."""


class Question(Protocol):
    """A question of the gate, as the bot sends it."""

    @property
    def text(self) -> str:
        """Telegram's HTML."""

    @property
    def options(self) -> Sequence[str]: ...

    @property
    def in_a_row(self) -> int:
        """How many buttons stand beside each other."""


@dataclass(frozen=True, slots=True)
class Ports:
    settings: Settings
    database: Database
    keyring: Keyring
    signing_key: bytes
    """Ed25519 private key, 32 bytes, for access tokens."""
    feed: Feed
    actions: ActionSink
    wake_enforcer: Callable[[], None]
    """Called after an action was asked for."""
    group_changed: Callable[[int, int], None]
    """Called after a commit that changed a group's settings, with its bot and chat: the pipeline takes them at once."""
    feedback_changed: Callable[[int, int], None]
    """Called after a commit that changed a group's feedback, with its bot and chat: it is learned at once."""
    health: Callable[[], Awaitable[list[PartHealth]]]
    demo: bool
    """True where the demo group is guarded: the dashboard says so."""
    signals: bytes
    """The engine's signal catalogue, JSON: [{"name", "kind", "group", "weight", "title", "sentence"}]."""
    new_engine: Callable[[], Engine]
    """An engine with the deployment's text model that knows no group and nobody: for the playground."""
    languages: Mapping[str, str]
    """Those that the bot speaks: code, and what each calls itself."""
    newcomer_question: Callable[[Group, Mapping[str, Any]], Question]
    """What whoever joins a group is asked under a policy that the engine takes."""
    operation: Operation
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is asked to end, before the server waits for its connections: live streams end then."""
