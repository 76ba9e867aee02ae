"""Texts are encrypted wherever they rest: AES-256-GCM, the place they belong to as associated data."""

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chatwarden.errors import SealBroken

_VERSION = b"\x01"
_HEADER_BYTES = 5
_NONCE_BYTES = 12


class Sealer:
    """Seals and opens bytes with one key. Layout: version (1), key id (4), nonce (12), ciphertext with tag."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._header = _VERSION + _key_id(key)
        self._nonces = derive_key(key, purpose="nonces of what is sealed alike")

    @property
    def key_id(self) -> str:
        """Names the key without telling it."""
        return self._header[1:].hex()

    def seal(self, clear: bytes, *, place: str) -> bytes:
        """`place` names the row, e.g. "outcome:42-100-1"; the same place is needed to open."""
        return self._seal(clear, place, secrets.token_bytes(_NONCE_BYTES))

    def seal_alike(self, clear: bytes, *, place: str) -> bytes:
        """Gives the same bytes for the same ones at the same place: so a change can be told from none, by anybody. The nonce is made from
        both by a secret; another text has another one.
        """
        named = len(place).to_bytes(4) + place.encode() + clear
        return self._seal(clear, place, hmac.digest(self._nonces, named, "sha256")[:_NONCE_BYTES])

    def _seal(self, clear: bytes, place: str, nonce: bytes) -> bytes:
        return (
            self._header + nonce + self._cipher.encrypt(nonce, clear, self._header + place.encode())
        )

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Raises SealBroken for another key, another place, or changed bytes."""
        header, rest = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        if header != self._header:
            raise SealBroken
        try:
            return self._cipher.decrypt(
                rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], header + place.encode()
            )
        except InvalidTag as error:
            raise SealBroken from error


def key_named_in(sealed: bytes) -> str:
    """Id of the key that bytes were sealed with, as `Sealer.key_id` tells it."""
    return sealed[len(_VERSION) : _HEADER_BYTES].hex()


def derive_key(key: bytes, *, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose; it tells nothing of the one that it is made from."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(key)


def _key_id(key: bytes) -> bytes:
    """Names the key without telling it: the first bytes of the encryption of nothing."""
    return AESGCM(key).encrypt(b"\x00" * _NONCE_BYTES, b"", b"key id")[:4]
