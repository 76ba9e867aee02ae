"""What is sealed beside an outcome, opened for whoever may read it."""

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from chatwarden.errors import SealBroken
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.sealing import Sealer, key_named_in

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


def texts_of(outcome: HasTexts, openers: Mapping[str, Sealer]) -> Texts | None:
    """As `open_texts`, by `Keyring.openers`; None where there is nothing to read. For threads that open thousands."""
    if outcome.sealed is None:
        return None
    sealer = openers.get(key_named_in(outcome.sealed))
    if sealer is None:
        return None
    try:
        return _TEXTS.decode(sealer.open(outcome.sealed, place=_place(outcome)))
    except (SealBroken, msgspec.DecodeError):
        return None


async def open_texts(outcome: HasTexts, keyring: Keyring) -> tuple[Texts, TextsState]:
    """Empty, with the reason, where there is nothing to read any more."""
    if outcome.sealed is None:
        return Texts(), "purged"
    try:
        clear = await keyring.open(outcome.sealed, place=_place(outcome))
        return _TEXTS.decode(clear), "readable"
    except (SealBroken, msgspec.DecodeError):
        return Texts(), "unreadable"


def _place(outcome: HasTexts) -> str:
    return f"outcome:{outcome.trace_id}"
