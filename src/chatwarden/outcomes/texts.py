"""What is sealed beside an outcome, opened for whoever may read it."""

from typing import Literal, Protocol

import msgspec

from chatwarden.errors import SealBroken
from chatwarden.storage.keyring import Keyring

TextsState = Literal["readable", "purged", "unreadable"]


class Text(msgspec.Struct, frozen=True):
    """A text of the event, at its place."""

    place: str
    text: str


class Texts(msgspec.Struct, frozen=True):
    """The sender's name as people saw it, and the event's texts."""

    sender_name: str | None = None
    texts: list[Text] = []


class HasTexts(Protocol):
    """An outcome, or so much of one."""

    @property
    def sealed(self) -> bytes | None: ...

    @property
    def trace_id(self) -> str: ...


_TEXTS = msgspec.json.Decoder(Texts)


async def open_texts(outcome: HasTexts, keyring: Keyring) -> tuple[Texts, TextsState]:
    """Empty, with the reason, where there is nothing to read any more."""
    if outcome.sealed is None:
        return Texts(), "purged"
    try:
        clear = await keyring.open(outcome.sealed, place=f"outcome:{outcome.trace_id}")
        return _TEXTS.decode(clear), "readable"
    except (SealBroken, msgspec.DecodeError):
        return Texts(), "unreadable"
