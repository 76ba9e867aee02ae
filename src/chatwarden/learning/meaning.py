"""What people's taps say about meaning, where the optional sentence encoder is installed (docs/decisions/0015-what-taps-teach-of-meaning.md).

In: feedback, whose messages' texts are opened once and kept as vectors, sealed; messages to compare with them. Out: a group's *head*,
weights of half a kilobyte; how much it finds a message to be spam; and which message that people called spam comes nearest, a *campaign*
that is known. Without the encoder, or where its file is unusable, nothing is learned and nothing is said. Fails with StorageUnavailable.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import structlog

from chatwarden._engine import MOST_TAPS, Campaigns, Encoder, Head, Prior, learn_head
from chatwarden.encoder import open_encoder
from chatwarden.errors import EncoderMissing, FileUnusable, SealBroken
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Outcome, Workspace
from chatwarden.storage.repositories import feedback as repository
from chatwarden.storage.repositories import workspaces
from chatwarden.storage.repositories.feedback import LearnedState, Tap
from chatwarden.storage.repositories.workspaces import SharedFeedback

log = structlog.get_logger()

_MOST_OPENED = 200
"""Texts that are opened at one learning; the rest at the next."""
_MOST_KEPT = 1000
"""Groups and workspaces whose feedback is kept in memory."""
_MOST_VECTORS = 50_000
"""All of theirs together: 60 MB."""
_KEPT_SECONDS = 600.0
"""After that a group's vectors are read again: those of people who were erased meanwhile are there no more."""
_ONE_VOICE = ""
"""A group's own people need nobody beside them: who it was makes no difference."""
_S = TypeVar("_S")
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
        return await _open_vector(self._keyring, tap.id, tap.vector, encoder)

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


OpenKeyring = Callable[[], Awaitable[Keyring]]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What people's feedback says of what a message means. Nothing where it says nothing."""

    logit: int | None
    """Milli-logits by which the group's head finds it to be spam."""
    prior: int | None
    """Milli-logits by which it is near to spam elsewhere."""
    campaign: tuple[int, int, bool] | None
    """The nearest message that people called spam: the cosine in thousandths, its age in days, whether only other groups said so."""


class _Judged(NamedTuple):
    """A message that somebody called spam or harmless."""

    id: int
    """Of the feedback."""
    sealed: bytes
    """Its vector."""
    is_spam: bool
    date: datetime
    """The message's."""
    person: str
    chat_id: int
    is_owner: bool


@dataclass(frozen=True, slots=True)
class _Opened:
    """What people judged, compared by meaning, and the vectors it was made of, by feedback."""

    campaigns: Campaigns
    vectors: Mapping[int, bytes]


_PRIOR = Prior(Path(__file__).with_name("meaning.prior").read_bytes())
"""Made by `chatwarden train --of meaning` (docs/model-card.md)."""
_NOTHING = _Opened(Campaigns([], shared=False), {})


@dataclass(frozen=True, slots=True)
class _Of(Generic[_S]):
    """What was made of one state of a group's, or a workspace's, feedback."""

    state: _S
    at: float
    """When, in seconds of the event loop."""
    head: Head | None
    opened: _Opened
    taps: int = 0
    """That a group learned from."""


class MeaningReader:
    """Compares messages with what their groups taught."""

    def __init__(
        self,
        database: Database,
        encoder: SentenceEncoder,
        *,
        bot_id: int,
        secret: bytes,
        open_keyring: OpenKeyring,
    ) -> None:
        """`secret` keys the hash by which texts are remembered. `open_keyring`: asked for once there is something to open."""
        self._database = database
        self._encoder = encoder
        self._bot_id = bot_id
        self._secret = secret
        self._open_keyring = open_keyring
        self._groups: dict[int, _Of[LearnedState]] = {}
        self._workspaces: dict[int, _Of[datetime | None]] = {}
        self._turn = asyncio.Lock()

    def digest(self, text: str) -> bytes:
        """By this a text is remembered without being known."""
        shown = text[: Encoder.MOST_CHARACTERS].encode("utf-8", "replace")
        return hashlib.blake2b(shown, key=self._secret, digest_size=16).digest()

    async def vector(self, text: str) -> bytes | None:
        """None where the text has no meaning to the encoder, or there is none."""
        encoder = await self._encoder.open()
        if encoder is None:
            return None
        return await asyncio.to_thread(encoder.vector, text[: Encoder.MOST_CHARACTERS])

    async def taught(self, chat_id: int) -> "Taught | None":
        """What messages of the group are compared with; None where there is nothing. Raises StorageUnavailable."""
        if (encoder := await self._encoder.open()) is None:
            return None
        prior = _PRIOR if _PRIOR.encoder == encoder.fingerprint else None
        async with self._database.transaction() as session:
            state = await repository.learned_state(session, bot_id=self._bot_id, chat_id=chat_id)
        if state.version is None and state.shared_at is None:
            return None if prior is None else Taught(prior, None, _NOTHING.campaigns, None)
        # One at a time: of hundreds that ask at once the first reads, and the others find what it read.
        async with self._turn:
            own = await self._of_group(chat_id, state, encoder)
            shared = await self._of_workspace(state, encoder)
        if own.taps >= Prior.UNTIL_TAPS:
            prior = None
        return Taught(prior, own.head, own.opened.campaigns, shared.opened.campaigns)

    async def _of_group(
        self, chat_id: int, state: LearnedState, encoder: Encoder
    ) -> _Of[LearnedState]:
        kept = self._groups.get(chat_id)
        if kept is not None and kept.state == state and not _is_stale(kept.at):
            return kept
        async with self._database.transaction() as session:
            which = {"bot_id": self._bot_id, "chat_id": chat_id}
            learned = await repository.find_learned(session, **which)
            said = await repository.judged_meanings(session, **which, limit=MOST_TAPS)
        judged = [
            _Judged(one.id, one.vector, one.is_spam, one.message_date, _ONE_VOICE, chat_id, True)
            for one in said
        ]
        read = _Of(
            state,
            _now(),
            _head(None if learned is None else learned.head, encoder),
            await self._opened(judged, encoder, kept, shared=False),
            taps=0 if learned is None else learned.taps,
        )
        self._make_room()
        self._groups[chat_id] = read
        return read

    async def _of_workspace(self, state: LearnedState, encoder: Encoder) -> _Of[datetime | None]:
        if state.workspace_id is None:
            return _Of(None, 0.0, None, _NOTHING)
        kept = self._workspaces.get(state.workspace_id)
        if kept is not None and kept.state == state.shared_at and not _is_stale(kept.at):
            return kept
        said: list[SharedFeedback] = []
        async with self._database.transaction() as session:
            workspace = await session.get(Workspace, state.workspace_id)
            if workspace is not None:
                said = await workspaces.shared_feedback(session, workspace, most_a_group=MOST_TAPS)
        judged = [
            _Judged(
                one.id,
                one.vector,
                one.label == "spam",
                one.message_date,
                one.given_by,
                one.chat_id,
                one.is_owner,
            )
            for one in said
            if one.vector is not None and one.source == "admin"
        ]
        opened = await self._opened(judged, encoder, kept, shared=True)
        read = _Of(state.shared_at, _now(), None, opened)
        self._make_room()
        self._workspaces[state.workspace_id] = read
        return read

    async def _opened(
        self,
        judged: Sequence[_Judged],
        encoder: Encoder,
        kept: "_Of[Any] | None",
        *,
        shared: bool,
    ) -> _Opened:
        """Only what is new since the last time is opened."""
        known = {} if kept is None else kept.opened.vectors
        vectors: dict[int, bytes] = {}
        for one in judged:
            clear = known.get(one.id) or await self._clear(one.id, one.sealed, encoder)
            if clear is not None:
                vectors[one.id] = clear
        rows = [
            (
                vectors[one.id],
                one.is_spam,
                int(one.date.timestamp()),
                one.person,
                one.chat_id,
                one.is_owner,
            )
            for one in judged
            if one.id in vectors
        ]
        return _Opened(await asyncio.to_thread(Campaigns, rows, shared=shared), vectors)

    async def _clear(self, id_: int, sealed: bytes, encoder: Encoder) -> bytes | None:
        """None where another encoder made it, or its key is gone."""
        keyring = await self._open_keyring()
        return await _open_vector(keyring, id_, sealed, encoder)

    def _make_room(self) -> None:
        kept: list[_Of[Any]] = [*self._groups.values(), *self._workspaces.values()]
        if len(kept) >= _MOST_KEPT or sum(len(one.opened.vectors) for one in kept) > _MOST_VECTORS:
            self._groups.clear()
            self._workspaces.clear()


@dataclass(frozen=True, slots=True)
class Taught:
    """What a group's messages are compared with."""

    prior: Prior | None
    """None where it was learned over another encoder, or the group said enough by itself."""
    head: Head | None
    campaigns: Campaigns
    shared: Campaigns | None

    def says(self, vector: bytes, *, date: int) -> Meaning:
        """Of a message with this vector, written at a date in seconds since 1970."""
        return Meaning(
            logit=None if self.head is None else self.head.logit(vector),
            prior=None if self.prior is None else self.prior.logit(vector),
            campaign=self.campaigns.nearest(vector, now=date, shared=self.shared),
        )


def _head(stored: bytes | None, encoder: Encoder) -> Head | None:
    if stored is None or stored[:8] != _name(encoder):
        return None
    try:
        head = Head(stored[8:])
    except ValueError as error:
        # Written by another version; it is learned anew with the next feedback.
        log.warning("a head cannot be read", reason=str(error))
        return None
    return None if head.is_empty else head


async def _open_vector(
    keyring: Keyring, feedback_id: int, sealed: bytes, encoder: Encoder
) -> bytes | None:
    """A vector as this encoder made it; None where another one did, or its key is gone."""
    try:
        clear = await keyring.open(sealed, place=_place(feedback_id))
    except SealBroken:
        return None
    return clear[8:] if clear[:8] == _name(encoder) else None


def _now() -> float:
    return asyncio.get_running_loop().time()


def _is_stale(at: float) -> bool:
    return _now() - at > _KEPT_SECONDS


def _vectors(encoder: Encoder, texts: dict[int, str]) -> dict[int, bytes]:
    read = (
        (key, encoder.vector(text[: Encoder.MOST_CHARACTERS]))
        for key, text in texts.items()
        if text
    )
    return {key: vector for key, vector in read if vector is not None}


def _name(encoder: Encoder) -> bytes:
    """Tells vectors and heads of one encoder from those of another."""
    return encoder.fingerprint.to_bytes(8, "little")


def _place(feedback_id: int) -> str:
    return f"feedback:{feedback_id}"
