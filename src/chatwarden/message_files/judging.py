"""Judges rows of files: texts get an update made round them, updates are taken as they are.

Every text is judged for itself, as if it were the first message of its group: rows teach each other nothing. Updates are judged in
their order and build on each other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from chatwarden._engine import Engine, Item, PolicyError, RuleTrial
from chatwarden.authored import BOT_ID, CHAT_ID, Standing, earn_standing, message_update
from chatwarden.errors import ConfigurationError
from chatwarden.lists import ListFolder
from chatwarden.surrogates import without_orphans


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file or a message of an export, counted from 1."""

    number: int
    raw: bytes = b""
    name: str = ""
    """A message's, in its export."""
    fault: str | None = None
    """Why it cannot be read, where it was found out before."""
    in_export: bool = False

    @property
    def place(self) -> str:
        """Where people find it in its file."""
        return f"message {self.number}" if self.in_export else str(self.number)


@dataclass(frozen=True, slots=True)
class _Readable:
    """A row as an update."""

    raw: bytes
    id: str
    label: str | None
    is_text: bool


@dataclass(frozen=True, slots=True)
class FoundSignal:
    name: str
    contribution: int
    """Milli-logits."""
    detail: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a row; `fault` where it could not be read."""

    place: str
    """Where the row stands in its file."""
    id: str = ""
    label: str | None = None
    score: float = 0.0
    """Probability of spam."""
    message: str = "keep"
    sender: str = "none"
    signals: list[FoundSignal] = field(default_factory=list)
    fault: str | None = None
    texts: str = ""
    """What was written, where evidence fired."""

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "score": self.score,
            "message": self.message,
            "sender": self.sender,
            "signals": [
                {"name": s.name, "weight": s.contribution / 1000, "detail": s.detail}
                for s in self.signals
            ],
        }


class _Line(msgspec.Struct):
    """Of a file: either a text, spliced as it is into an update, or an update."""

    update_id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    text: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    id: str | int | None = None
    label: str | None = None


class _Text(msgspec.Struct):
    place: str
    text: str


class FileJudge:
    """Raises ConfigurationError where the policy is not accepted."""

    def __init__(
        self,
        *,
        policy: bytes,
        standing: Standing,
        lists: Path | None = None,
        new_engine: Callable[[], Engine] = Engine,
    ) -> None:
        self._settings = _settings(policy)
        self._texts = new_engine()
        self._updates = new_engine()
        if lists is not None:
            folder = ListFolder(lists)
            folder.load(self._texts)
            folder.load(self._updates)
        try:
            self._texts.set_chat(BOT_ID, CHAT_ID, self._settings)
        except PolicyError as error:
            raise ConfigurationError(f"The policy: {error}") from None
        self._known_chats: set[int] = set()
        if standing is Standing.MEMBER:
            earn_standing(self._texts)

    def judge(self, row: Row) -> Judged:
        read = _read(row)
        if isinstance(read, str):
            return Judged(row.place, fault=read)
        if read.is_text:
            # Not committed: what one row says is unknown to the next.
            item = self._texts.judge_batch(BOT_ID, [read.raw]).items[0]
        else:
            item = self._judge_update(read.raw)
        if item.status == "invalid":
            return Judged(row.place, fault=item.error)
        return _judged(row.place, read.id or str(item.update_id or row.number), read.label, item)

    def try_rules(self, row: Row, trial: RuleTrial) -> str | None:
        """Count in `trial` what its rules would hit of a row. Returns what is wrong with the row, if anything."""
        read = _read(row)
        if isinstance(read, str):
            return read
        engine = self._texts if read.is_text else self._updates
        item = engine.judge_batch(BOT_ID, [read.raw]).items[0]
        name = read.id or str(item.update_id or row.number)
        engine.try_rules(trial, BOT_ID, [read.raw], [(name, read.label == "ham")])
        if not read.is_text:
            self._judge_update(read.raw)
        return item.error

    def _judge_update(self, raw: bytes) -> Item:
        batch = self._updates.judge_batch(BOT_ID, [raw])
        chat_id = batch.items[0].chat_id
        if chat_id is not None and chat_id not in self._known_chats:
            self._known_chats.add(chat_id)
            self._updates.set_chat(BOT_ID, chat_id, self._settings)
            batch = self._updates.judge_batch(BOT_ID, [raw])
        self._updates.commit(batch)
        return batch.items[0]


def _read(row: Row) -> _Readable | str:
    """The row's update, or what is wrong with the row."""
    if row.fault is not None:
        return row.fault
    if row.in_export:
        return _Readable(row.raw, row.name, None, is_text=False)
    raw = without_orphans(row.raw.strip())
    try:
        line = _LINE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"no JSON object: {error}"
    name = "" if line.id is None else str(line.id)
    if line.update_id is not msgspec.UNSET:
        return _Readable(raw, name, line.label, is_text=False)
    if line.text is not msgspec.UNSET and bytes(line.text).lstrip().startswith(b'"'):
        raw = message_update(bytes(line.text))
        return _Readable(raw, name or str(row.number), line.label, is_text=True)
    return 'neither a string "text" nor an "update_id"'


_LINE = msgspec.json.Decoder(_Line)
_TEXTS = msgspec.json.Decoder(list[_Text])


def _settings(policy: bytes) -> bytes:
    try:
        msgspec.json.decode(policy, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"The policy is no JSON object: {error}") from None
    return msgspec.json.encode({"policy": msgspec.Raw(policy), "policy_version": 1})


def _judged(place: str, name: str, label: str | None, item: Item) -> Judged:
    if item.verdict is None or item.score is None:
        return Judged(place, name, label)
    verdict = msgspec.json.decode(item.verdict)
    texts = {text.place: text.text for text in _TEXTS.decode(item.texts or b"[]")}
    return Judged(
        place,
        name,
        label,
        score=verdict["probability"] / 1000,
        message=item.message or "keep",
        sender=item.sender or "none",
        signals=[
            FoundSignal(part["signal"], part["contribution"], _detail(part, texts))
            for part in verdict["contributions"]
        ],
        texts="\n".join(text for at, text in texts.items() if not at.startswith("sender_")),
    )


def _detail(contribution: dict[str, Any], texts: dict[str, str]) -> str:
    """The words that set a signal off, or its figures."""
    words = [
        _cut(texts.get(span["place"], ""), span["offset"], span["length"])
        for span in contribution["spans"]
    ]
    said = [word for word in words if word] or [contribution.get("detail") or ""]
    return " … ".join(dict.fromkeys(said))


def _cut(text: str, offset: int, length: int) -> str:
    """A part of a text by UTF-16 code units, as Telegram and the engine count."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")
