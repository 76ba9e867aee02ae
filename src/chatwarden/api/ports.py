"""What the API needs from outside; `bootstrap` provides it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from chatwarden._engine import Engine
from chatwarden.actions import ActionSink
from chatwarden.feed import Feed
from chatwarden.health import PartHealth
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Ports:
    settings: Settings
    database: Database
    sealer: Sealer
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
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is asked to end, before the server waits for its connections: live streams end then."""
