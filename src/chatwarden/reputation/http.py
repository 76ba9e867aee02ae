"""HTTP to sources that may fail in every way.

In: an address. Out: an answer of status 200 (or 304) within the given size. Fails with SourceUnavailable, whatever happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import msgspec

from chatwarden.errors import SourceUnavailable

SECONDS = 6.0
"""For a whole answer; one that comes drop by drop ends here too."""
ANSWER_BYTES = 256 * 1024
_LONGEST_PAUSE = 3600.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    etag: str | None
    is_unchanged: bool = False
    """The server has nothing newer than the ETag that was sent."""


class Http:
    """Calls without cookies and redirects: an answer comes from where it was asked for, or not at all."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get_json(self, address: str, kind: type[_T], **parameters: str | int) -> _T:
        return decoded((await self.call("GET", address, params=parameters)).body, kind)

    async def call(
        self,
        method: str,
        address: str,
        *,
        seconds: float = SECONDS,
        most_bytes: int = ANSWER_BYTES,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> Answer:
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.request(
                method, address, allow_redirects=False, timeout=timeout, headers=headers, **request
            ) as response:
                if response.status == 304:
                    return Answer(b"", response.headers.get("ETag"), is_unchanged=True)
                if response.status != 200:
                    raise SourceUnavailable(
                        f"status {response.status}", seconds=_pause(response.headers)
                    )
                return Answer(await _read(response, most_bytes), response.headers.get("ETag"))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # The error's text may hold the address, and that a key or an id.
            raise SourceUnavailable(type(error).__name__) from None


def decoded(body: bytes | str, kind: type[_T]) -> _T:
    """Raises SourceUnavailable where the body is not of this kind."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeError):
        raise SourceUnavailable("The answer is not what was asked for.") from None


async def _read(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    body = bytearray()
    async for part in response.content.iter_chunked(64 * 1024):
        body += part
        if len(body) > most_bytes:
            raise SourceUnavailable("The answer is too long.")
    return bytes(body)


def _pause(headers: Mapping[str, str]) -> float:
    """Seconds the server asks to be left alone; 0 where it does not, or names a date."""
    wanted = headers.get("Retry-After", "").strip()
    return min(float(wanted), _LONGEST_PAUSE) if wanted.isdecimal() else 0.0
