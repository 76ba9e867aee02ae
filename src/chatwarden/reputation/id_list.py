"""A list of user ids that somebody publishes at an address: fetched now and then, kept in a file, looked up in memory.

In: an address and what reads its bytes. Out: whether an id is on it. A list that cannot be had or read changes nothing: what was
known of it stays in use, after a restart too.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from chatwarden.errors import SourceUnavailable
from chatwarden.reputation.http import Http

if TYPE_CHECKING:
    from array import array

log = structlog.get_logger()

REFRESH_SECONDS = 3600.0
_RETRY_SECONDS = 300.0
DOWNLOAD_SECONDS = 120.0
MOST_BYTES = 64 * 1024 * 1024

Reader = Callable[[bytes], "array[int]"]
"""The ids of a list in ascending order. Raises SourceUnavailable where the bytes are no such list."""


class IdList:
    """One list. Eight bytes an id in memory."""

    def __init__(
        self,
        name: str,
        address: str,
        *,
        read: Reader,
        http: Http,
        file: Path,
        seconds: float = DOWNLOAD_SECONDS,
    ) -> None:
        self._seconds = seconds
        self.name = name
        self._address = address
        self._read = read
        self._http = http
        self._file = file
        self._etag_file = file.with_suffix(".etag")
        self._ids: array[int] | None = None
        self._etag: str | None = None

    def __len__(self) -> int:
        return len(self._ids or ())

    def __contains__(self, user_id: int) -> bool:
        if self._ids is None:
            return False
        place = bisect_left(self._ids, user_id)
        return place < len(self._ids) and self._ids[place] == user_id

    async def run(self) -> None:
        """Keep the list fresh until cancelled."""
        await self.load()
        while True:
            try:
                await self.refresh()
            except SourceUnavailable as error:
                log.warning("a list cannot be had", list=self.name, detail=error.detail)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await asyncio.sleep(REFRESH_SECONDS)

    async def load(self) -> None:
        """Take what an earlier run left in the file, if that can be read."""
        try:
            body = await asyncio.to_thread(self._file.read_bytes)
            self._ids = await asyncio.to_thread(self._read, body)
            self._etag = await asyncio.to_thread(self._etag_file.read_text)
        except (OSError, UnicodeError, SourceUnavailable):
            return

    async def refresh(self) -> None:
        """Fetch the list if it has changed. Raises SourceUnavailable; then everything is as before."""
        headers = {} if self._etag is None or self._ids is None else {"If-None-Match": self._etag}
        answer = await self._http.call(
            "GET",
            self._address,
            seconds=self._seconds,
            most_bytes=MOST_BYTES,
            headers=headers,
        )
        if answer.is_unchanged:
            return
        self._ids = await asyncio.to_thread(self._read, answer.body)
        self._etag = answer.etag
        log.info("list read", list=self.name, entries=len(self._ids))
        await asyncio.to_thread(self._store, answer.body)

    def _store(self, body: bytes) -> None:
        """The mark of a version must never stand beside another version's ids."""
        unfinished = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._etag_file.unlink(missing_ok=True)
            unfinished.write_bytes(body)
            unfinished.replace(self._file)
            if self._etag is not None:
                self._etag_file.write_text(self._etag)
        except OSError as error:
            log.warning("a list cannot be kept", list=self.name, reason=error.strerror)
