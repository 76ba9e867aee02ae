"""What people's taps say about meaning, where the optional sentence encoder is installed (docs/decisions/0015-what-taps-teach-of-meaning.md).

In: feedback, whose messages' texts are opened once and kept as vectors, sealed; messages to compare with them. Out: a group's *head*,
weights of half a kilobyte; and how much it finds a message to be spam. Without the encoder, or where its file is unusable, nothing is
learned and nothing is said. Fails with StorageUnavailable.
"""

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec
import structlog

from chatwarden._engine import Encoder, Head, learn_head
from chatwarden.encoder import open_encoder
from chatwarden.errors import EncoderMissing, FileUnusable, SealBroken
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Outcome
from chatwarden.storage.repositories import feedback as repository
from chatwarden.storage.repositories.feedback import Tap

log = structlog.get_logger()

MOST_CHARACTERS = 600
"""Of a text that are looked at: what a message is about stands there, and time grows with length."""
_MOST_OPENED = 200
"""Texts that are opened at one learning; the rest at the next."""
_MOST_HEADS = 1000
_OWN_PLACES = ("text", "caption")


class _Text(msgspec.Struct, frozen=True):
    place: str
    text: str


class _Sealed(msgspec.Struct, frozen=True):
    texts: tuple[_Text, ...] = ()


_SEALED = msgspec.json.Decoder(_Sealed)


class SentenceEncoder:
    """The encoder, opened when it is first needed, as most deployments never do: once in its life that takes seconds."""

    def __init__(self, settings: Settings) -> None:
        self._data_dir = settings.data_dir
        self._is_on = settings.meaning
        self._opening: asyncio.Future[Encoder | None] | None = None

    async def open(self) -> Encoder | None:
        """None where it is switched off or not installed, or its file is unusable; that is said once."""
        if not self._is_on:
            return None
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
        # Whoever waits no longer leaves it to the others.
        return await asyncio.shield(self._opening)

    async def _open(self) -> Encoder | None:
        try:
            return await asyncio.to_thread(open_encoder, self._data_dir)
        except EncoderMissing:
            return None
        except FileUnusable as error:
            log.error("the sentence encoder is not used", detail=error.detail)
            return None


class MeaningLearner:
    """Learns heads."""

    def __init__(
        self, database: Database, encoder: SentenceEncoder, *, bot_id: int, keyring: Keyring
    ) -> None:
        self._database = database
        self._encoder = encoder
        self._bot_id = bot_id
        self._keyring = keyring

    async def learn(self, chat_id: int, taps: Sequence[Tap]) -> bytes | None:
        """The head of a group's taps, as `Learned.head` has it; None where nothing can be learned."""
        if not taps or (encoder := await self._encoder.open()) is None:
            return None
        known = {tap.id: await self._known(tap, encoder) for tap in taps}
        found = await self._find(chat_id, encoder, [tap for tap in taps if known[tap.id] is None])
        lessons = [
            (vector, tap.is_spam, tap.weight, int(tap.given_at.timestamp()))
            for tap in taps
            if (vector := known[tap.id] or found.get(tap.id)) is not None
        ]
        if not lessons:
            return None
        return _name(encoder) + await asyncio.to_thread(learn_head, lessons)

    async def _known(self, tap: Tap, encoder: Encoder) -> bytes | None:
        """Its vector, where this encoder made one of it before."""
        if tap.vector is None:
            return None
        try:
            clear = await self._keyring.open(tap.vector, place=_place(tap.id))
        except SealBroken:
            return None
        return clear[8:] if clear[:8] == _name(encoder) else None

    async def _find(
        self, chat_id: int, encoder: Encoder, taps: Collection[Tap]
    ) -> dict[int, bytes]:
        """Vectors of texts that are kept still, stored for the next time."""
        if not taps:
            return {}
        async with self._database.transaction() as session:
            outcomes = await repository.outcomes_with_texts(
                session,
                bot_id=self._bot_id,
                update_ids={tap.update_id for tap in taps},
                limit=_MOST_OPENED,
            )
        texts = {outcome.update_id: await self._text(outcome) for outcome in outcomes}
        vectors = await asyncio.to_thread(_vectors, encoder, texts)
        found = {tap.id: vectors[tap.update_id] for tap in taps if tap.update_id in vectors}
        sealer = await self._keyring.of_group(self._bot_id, chat_id)
        sealed = {
            id_: sealer.seal(_name(encoder) + vector, place=_place(id_))
            for id_, vector in found.items()
        }
        async with self._database.transaction() as session:
            await repository.keep_vectors(session, sealed)
        return found

    async def _text(self, outcome: Outcome) -> str:
        """What its sender wrote; empty where it cannot be opened."""
        assert outcome.sealed is not None
        try:
            clear = await self._keyring.open(outcome.sealed, place=f"outcome:{outcome.trace_id}")
        except SealBroken:
            return ""
        own = (text.text for text in _SEALED.decode(clear).texts if text.place in _OWN_PLACES)
        return next(own, "")


@dataclass(frozen=True, slots=True)
class _Kept:
    version: int
    head: Head | None


class MeaningReader:
    """Compares messages with what their groups taught."""

    def __init__(
        self, database: Database, encoder: SentenceEncoder, *, bot_id: int, secret: bytes
    ) -> None:
        """`secret` keys the hash by which texts are remembered."""
        self._database = database
        self._encoder = encoder
        self._bot_id = bot_id
        self._secret = secret
        self._heads: dict[int, _Kept] = {}

    def digest(self, text: str) -> bytes:
        """By this a text is remembered without being known."""
        shown = text[:MOST_CHARACTERS].encode("utf-8", "replace")
        return hashlib.blake2b(shown, key=self._secret, digest_size=16).digest()

    async def vector(self, text: str) -> bytes | None:
        """None where the text has no meaning to the encoder, or there is none."""
        encoder = await self._encoder.open()
        if encoder is None:
            return None
        return await asyncio.to_thread(encoder.vector, text[:MOST_CHARACTERS])

    async def head(self, chat_id: int) -> Head | None:
        """What the group taught about meaning; None where that is nothing."""
        async with self._database.transaction() as session:
            version = await repository.learned_version(
                session, bot_id=self._bot_id, chat_id=chat_id
            )
            kept = self._heads.get(chat_id)
            if version is None or (kept is not None and kept.version == version):
                return None if kept is None or version is None else kept.head
            learned = await repository.find_learned(session, bot_id=self._bot_id, chat_id=chat_id)
        if learned is None:
            return None
        head = await self._read(learned.head)
        if len(self._heads) >= _MOST_HEADS:
            self._heads.clear()
        self._heads[chat_id] = _Kept(learned.version, head)
        return head

    async def _read(self, stored: bytes | None) -> Head | None:
        encoder = None if stored is None else await self._encoder.open()
        if encoder is None or stored is None or stored[:8] != _name(encoder):
            return None
        try:
            head = Head(stored[8:])
        except ValueError as error:
            # Written by another version; it is learned anew with the next feedback.
            log.warning("a head cannot be read", reason=str(error))
            return None
        return None if head.is_empty else head


def _vectors(encoder: Encoder, texts: dict[int, str]) -> dict[int, bytes]:
    read = ((key, encoder.vector(text[:MOST_CHARACTERS])) for key, text in texts.items() if text)
    return {key: vector for key, vector in read if vector is not None}


def _name(encoder: Encoder) -> bytes:
    """Tells vectors and heads of one encoder from those of another."""
    return encoder.fingerprint.to_bytes(8, "little")


def _place(feedback_id: int) -> str:
    return f"feedback:{feedback_id}"
