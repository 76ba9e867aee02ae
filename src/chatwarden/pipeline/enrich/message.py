"""What of a raw update is looked into: its picture, its text, its date.

In: the update's bytes. Out: a file to fetch, a text to show; None where there is none, or where it cannot be read. Fails never.
"""

from dataclasses import dataclass

import msgspec

from chatwarden.surrogates import without_orphans


class _File(msgspec.Struct, frozen=True):
    file_id: str
    file_unique_id: str
    file_size: int = 0


class _Media(msgspec.Struct, frozen=True):
    thumbnail: _File | None = None


class _Document(msgspec.Struct, frozen=True):
    file_id: str
    file_unique_id: str
    file_size: int = 0
    mime_type: str = ""
    thumbnail: _File | None = None


class _Message(msgspec.Struct, frozen=True):
    date: int = 0
    edit_date: int | None = None
    text: str = ""
    caption: str = ""
    photo: tuple[_File, ...] = ()
    """One picture in several sizes, the largest last."""
    document: _Document | None = None
    animation: _Media | None = None
    video: _Media | None = None


class _Update(msgspec.Struct, frozen=True):
    message: _Message | None = None
    edited_message: _Message | None = None


_DECODER = msgspec.json.Decoder(_Update)
_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")


@dataclass(frozen=True, slots=True)
class PictureFile:
    """Two files with the same unique id are one picture; by its id it is fetched."""

    file_id: str
    unique_id: str


@dataclass(frozen=True, slots=True)
class Looked:
    picture: PictureFile | None = None
    text: str = ""
    date: int = 0
    """Seconds since 1970: what is compared with was written before."""


def look_into(raw: bytes, *, most_bytes: int) -> Looked:
    """The largest picture within that many bytes, of a video or an animation its still; and the message's text."""
    try:
        update = _DECODER.decode(without_orphans(raw))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Looked()
    message = update.message or update.edited_message
    if message is None:
        return Looked()
    fitting = [file for file in _files(message) if file.file_size <= most_bytes]
    picture = PictureFile(fitting[0].file_id, fitting[0].file_unique_id) if fitting else None
    date = update.message.date if update.message else message.edit_date or message.date
    return Looked(picture, message.text or message.caption, date)


def _files(message: _Message) -> list[_File | _Document]:
    """The best first."""
    files: list[_File | _Document | None] = list(reversed(message.photo))
    if (document := message.document) is not None:
        files += [document if document.mime_type in _PICTURES else None, document.thumbnail]
    files += [media.thumbnail for media in (message.animation, message.video) if media is not None]
    return [file for file in files if file is not None]
