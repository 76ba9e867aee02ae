"""Bots: an account with a token and the updates that wait for it."""

from typing import Any

import msgspec

from chatwarden.simulator.state.people import Person
from chatwarden.simulator.state.updates import UpdateQueue
from chatwarden.simulator.wire import Payload


class Webhook(msgspec.Struct, kw_only=True):
    """Where a bot wants its updates delivered, and the last failure to do so (seconds since the epoch)."""

    url: str
    secret_token: str = ""
    max_connections: int = 40
    last_error_at: int | None = None
    last_error: str = ""


class Bot:
    """One bot."""

    def __init__(self, person: Person, token: str, *, first_update: int) -> None:
        self.person = person
        self.token = token
        self.reads_everything = False
        """Privacy mode off: sees all messages without being an admin."""
        self.updates = UpdateQueue(first_update)
        self.webhook: Webhook | None = None
        """None: the bot asks by getUpdates."""
        self.commands: dict[str, list[dict[str, Any]]] = {}
        """By scope and language, as JSON."""
        self.descriptions: dict[str, str] = {}
        """By language; "": for every other one."""
        self.callbacks: set[str] = set()
        """Pressed buttons, by the callback query's id."""

    @property
    def id(self) -> int:
        """The account's id, also the part of the token before the colon."""
        return self.person.id

    def me(self) -> Payload:
        """The Bot API's User with what only getMe tells."""
        return self.person.user() | {
            "can_join_groups": True,
            "can_read_all_group_messages": self.reads_everything,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
