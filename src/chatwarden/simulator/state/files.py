"""Files that people send: bytes by file id, and the forms in which the Bot API tells of them."""

from typing import NamedTuple

from chatwarden.simulator.wire import Payload


class File(NamedTuple):
    id: str
    content: bytes
    path: str
    """Where it is downloaded from, below /file/bot<token>/."""

    def payload(self) -> Payload:
        """The Bot API's File."""
        return {**self.reference(), "file_path": self.path}

    def reference(self) -> Payload:
        """As it stands in a message."""
        return {
            "file_id": self.id,
            "file_unique_id": f"unique-{self.id}",
            "file_size": len(self.content),
        }

    def photo(self) -> list[Payload]:
        """A message's photo, in one size."""
        return [{**self.reference(), "width": 800, "height": 600}]

    def chat_photo(self) -> Payload:
        """The Bot API's ChatPhoto."""
        found: Payload = {}
        for size in ("small", "big"):
            found[f"{size}_file_id"] = self.id
            found[f"{size}_file_unique_id"] = f"unique-{self.id}"
        return found


class Files:
    """All files of a world."""

    def __init__(self) -> None:
        self._by_id: dict[str, File] = {}
        self._by_path: dict[str, File] = {}

    def add(self, content: bytes) -> File:
        """Keep a file."""
        number = len(self._by_id) + 1
        file = File(id=f"file-{number}", content=content, path=f"photos/file_{number}.jpg")
        self._by_id[file.id] = self._by_path[file.path] = file
        return file

    def find(self, file_id: str) -> File | None:
        """By its id."""
        return self._by_id.get(file_id)

    def at(self, path: str) -> File | None:
        """By its path."""
        return self._by_path.get(path)
