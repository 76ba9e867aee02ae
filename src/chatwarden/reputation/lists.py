"""Lists of known spammers: CAS, lols, and signed lists of a federation.

In: a user's id. Out: whether it is listed. An export is looked up here; a single check tells another service the user's id.
"""

import base64
import binascii
from array import array
from io import BytesIO
from itertools import pairwise

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chatwarden.errors import SourceUnavailable
from chatwarden.reputation.http import Http

_MOST_ID = 1 << 52
_FEDERATION_HEAD = b"chatwarden-federation 1"


class _CasAnswer(msgspec.Struct):
    ok: bool
    description: str = ""


class _LolsAnswer(msgspec.Struct):
    ok: bool
    banned: bool


async def ask_cas(http: Http, api: str, user_id: int) -> bool:
    """One check of api.cas.chat. Raises SourceUnavailable."""
    answer = await http.get_json(f"{api}/check", _CasAnswer, user_id=user_id)
    if not answer.ok and "not found" not in answer.description.lower():
        raise SourceUnavailable("neither listed nor unknown")
    return answer.ok


async def ask_lols(http: Http, api: str, user_id: int) -> bool:
    """One check of api.lols.bot. Raises SourceUnavailable."""
    answer = await http.get_json(f"{api}/account", _LolsAnswer, id=user_id)
    if not answer.ok:
        raise SourceUnavailable("refused")
    return answer.banned


def read_cas_export(body: bytes) -> "array[int]":
    """An id a line, perhaps below a heading. Raises SourceUnavailable where a line is anything else."""
    lines = BytesIO(body)
    if body[:1].isalpha():
        lines.readline()
    return _ids(lines)


class FederationReader:
    """Reads signed lists, format in docs/guides/reputation.md. An older list than the last one is refused."""

    def __init__(self, key: str) -> None:
        """`key`: the signer's public key, 32 bytes in base64. Raises ValueError."""
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        self._issued = 0

    def __call__(self, body: bytes) -> "array[int]":
        signed, mark, signature = body.rstrip(b"\r\n").rpartition(b"\nsignature ")
        signed += b"\n"
        try:
            self._key.verify(base64.b64decode(signature, validate=True), signed)
        except (InvalidSignature, binascii.Error):
            raise SourceUnavailable(
                "The signature is not the federation's." if mark else "There is no signature."
            ) from None
        lines = BytesIO(signed)
        if lines.readline().rstrip() != _FEDERATION_HEAD:
            raise SourceUnavailable("The first line names another format.")
        issued = _issued(lines.readline())
        if issued < self._issued:
            raise SourceUnavailable("It is older than the one that is known.")
        ids = _ids(lines)
        self._issued = issued
        return ids


def _issued(line: bytes) -> int:
    word, _, seconds = line.strip().partition(b" ")
    if word != b"issued" or not seconds.isdigit():
        raise SourceUnavailable("The second line does not say when it was issued.")
    return int(seconds)


def _ids(lines: BytesIO) -> "array[int]":
    try:
        ids = array("q", (int(text) for line in lines if (text := line.partition(b"#")[0].strip())))
    except (ValueError, OverflowError):
        raise SourceUnavailable("A line is no user id.") from None
    if not ids:
        raise SourceUnavailable("The list is empty.")
    if any(first > second for first, second in pairwise(ids)):
        ids = array("q", sorted(ids))
    if ids[0] <= 0 or ids[-1] > _MOST_ID:
        raise SourceUnavailable("A line is no user id.")
    return ids
