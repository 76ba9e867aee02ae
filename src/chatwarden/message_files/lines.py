"""A file of messages that lies in memory, row by row."""

import io
from collections.abc import Iterator

from chatwarden.message_files.export import export_rows, is_export
from chatwarden.message_files.judging import Row

_PIECE_BYTES = 64 * 1024


class FileRows:
    """The lines of a file that hold something, or the messages of an export; and how far they are read."""

    def __init__(self, content: bytes) -> None:
        self._stream = io.BytesIO(content)
        self._head = content[:_PIECE_BYTES]
        self.size = len(content)

    @property
    def read(self) -> int:
        """Bytes."""
        return self._stream.tell()

    def __iter__(self) -> Iterator[Row]:
        if is_export(self._head):
            yield from export_rows(iter(lambda: self._stream.read(_PIECE_BYTES), b""))
            return
        for number, line in enumerate(self._stream, 1):
            if line.strip():
                yield Row(number, line)
