"""What people taught, as lines that a reviewer reads, `chatwarden train` learns from, and another deployment takes in.

In: feedback that counts, or such a file. Out: a line for each message that people said something of, near-duplicates together; or rows
to store. A line that is none ends the reading and is named by its number: nothing of a broken file is taken in. No line says who or where.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Annotated

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden._engine import MOST_TAPS, check_kept, sketch_clusters
from chatwarden.errors import FileUnusable, SealBroken
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Feedback, FeedbackLabel, Imported, Outcome

_FORMAT = 1
_LARGEST_LINE = 64 * 1024
GROUPS = 2
PEOPLE = 3
"""One of both makes a line that is taken in."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
_Hex = Annotated[str, msgspec.Meta(max_length=8192, pattern="^([0-9a-f]{2})*$")]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A message and what people said of it, as it stands in a file."""

    format: int
    label: FeedbackLabel
    people: _Count
    """Who called it so."""
    groups: _Count
    """In how many groups."""
    against: _Count
    """Who called it the opposite."""
    date: date
    """Of the newest such message."""
    sketch: _Hex
    features: _Hex | None = None
    picture: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")] | None = None
    text: str | None = None
    """Only where the operator asked for texts, and they rest here still."""


@dataclass
class _Said:
    """What was said of near-duplicates."""

    rows: list[Feedback] = field(default_factory=list)

    def people(self, label: FeedbackLabel) -> set[str]:
        return {row.given_by for row in self.rows if row.label == label}

    def groups(self, label: FeedbackLabel) -> set[int]:
        return {row.chat_id for row in self.rows if row.label == label}


async def lines_of(session: AsyncSession, *, texts_with: Keyring | None = None) -> list[bytes]:
    """What people taught, the most agreed on first. Short messages, reports, and what as many contradict are left out."""
    query = select(Feedback).where(
        Feedback.taken_back_at.is_(None),
        Feedback.sketch.is_not(None),
        Feedback.source != "report",
    )
    rows = (await session.scalars(query.order_by(Feedback.given_at.desc(), Feedback.id))).all()
    lines = []
    for said in _clusters(rows):
        spam, ham = len(said.people("spam")), len(said.people("ham"))
        if spam == ham:
            continue
        label: FeedbackLabel = "spam" if spam > ham else "ham"
        newest = next(row for row in said.rows if row.label == label)
        assert newest.sketch is not None
        text = None if texts_with is None else await _text_of(session, newest, texts_with)
        lines.append(
            Line(
                format=_FORMAT,
                label=label,
                people=max(spam, ham),
                groups=len(said.groups(label)),
                against=min(spam, ham),
                date=newest.message_date.date(),
                sketch=newest.sketch.hex(),
                features=None if newest.features is None else newest.features.hex(),
                picture=newest.picture,
                text=text,
            )
        )
    lines.sort(key=lambda line: (-line.groups, -line.people, line.sketch))
    return [msgspec.json.encode(line) for line in lines]


def read_lines(
    file: str, lines: Iterable[bytes], *, source: str, now: datetime
) -> tuple[list[Imported], int]:
    """Rows to store, and how many lines say what too few agree on. Raises FileUnusable, without a word of the line."""
    rows: list[Imported] = []
    passed_over = 0
    for number, line in _numbered(lines):
        read = _read(line, place=f"{file}, line {number}")
        if (read.groups < GROUPS and read.people < PEOPLE) or read.against * 2 > read.people:
            passed_over += 1
            continue
        rows.append(
            Imported(
                source=source,
                label=read.label,
                people=read.people,
                groups=read.groups,
                message_date=datetime.combine(read.date, time(), UTC),
                features=None if read.features is None else bytes.fromhex(read.features),
                sketch=bytes.fromhex(read.sketch),
                picture=read.picture,
                imported_at=now,
            )
        )
        if len(rows) > MOST_TAPS:
            raise FileUnusable(
                f"{file}: more than {MOST_TAPS} lines that people agree on; leave the best."
            )
    return rows, passed_over


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _read(line: bytes, *, place: str) -> Line:
    if len(line) > _LARGEST_LINE:
        raise FileUnusable(f"{place}: longer than {_LARGEST_LINE} bytes.")
    try:
        read = msgspec.json.decode(line, type=Line)
    except msgspec.ValidationError as error:
        raise FileUnusable(f"{place}: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise FileUnusable(f"{place}: no JSON.") from None
    if read.format != _FORMAT:
        raise FileUnusable(f"{place}: format {read.format}; this version reads {_FORMAT}.")
    try:
        features = None if read.features is None else bytes.fromhex(read.features)
        check_kept(features, bytes.fromhex(read.sketch))
    except ValueError as error:
        raise FileUnusable(f"{place}: {error}.") from None
    return read


def _clusters(rows: Sequence[Feedback]) -> list[_Said]:
    said: dict[int, _Said] = {}
    for row, first in zip(rows, sketch_clusters([row.sketch or b"" for row in rows]), strict=True):
        said.setdefault(first, _Said()).rows.append(row)
    return list(said.values())


class _PlacedText(msgspec.Struct, frozen=True):
    place: str
    text: str


class _Sealed(msgspec.Struct, frozen=True):
    texts: list[_PlacedText] = []


async def _text_of(session: AsyncSession, row: Feedback, keyring: Keyring) -> str | None:
    """The sender's own words; None where they are purged or sealed with a lost key."""
    query = select(Outcome).where(Outcome.bot_id == row.bot_id, Outcome.update_id == row.update_id)
    outcome = await session.scalar(query.order_by(Outcome.round.desc()).limit(1))
    if outcome is None or outcome.sealed is None:
        return None
    try:
        clear = await keyring.open(outcome.sealed, place=f"outcome:{outcome.trace_id}")
    except SealBroken:
        return None
    texts = msgspec.json.decode(clear, type=_Sealed).texts
    return "\n".join(one.text for one in texts if one.place in ("text", "caption")) or None
