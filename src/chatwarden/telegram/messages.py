"""What the bot sends: buttons and keyboards, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

CommandScope = Literal["private", "members", "admins"]
"""Who is offered a command: people in private, members of groups, admins of groups."""


@dataclass(frozen=True, slots=True)
class Button:
    """Either `data`, which comes back when it is pressed (1 to 64 bytes, Bot API), or `url`, which is opened."""

    text: str
    data: str | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        if (self.data is None) == (self.url is None):
            raise ValueError("a button has either data or a url")
        if self.data is not None and not 1 <= len(self.data.encode()) <= 64:
            raise ValueError("a button's data has 1 to 64 bytes")


Keyboard = Sequence[Sequence[Button]]
"""Rows of buttons."""
