"""Texts are encrypted wherever they rest: AES-256-GCM, the place they belong to as associated data."""

import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chatwarden.errors import ConfigurationError, DataDirectoryUnusable, SealBroken

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


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
        header, rest = sealed[: len(self._header)], sealed[len(self._header) :]
        if header != self._header:
            raise SealBroken
        try:
            return self._cipher.decrypt(
                rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], header + place.encode()
            )
        except InvalidTag as error:
            raise SealBroken from error


def load_master_key(data_dir: Path, *, given: Path | None = None) -> bytes:
    """The embedded deployment's key: of the given file, or made at the first start. Raises ConfigurationError where a file is no key, the
    given one is not there, or the data was begun with another.
    """
    path = data_dir / "master.key"
    if given is None:
        try:
            return read_master_key(path)
        except FileNotFoundError:
            return _make_key(path)
    try:
        key = read_master_key(given)
    except FileNotFoundError:
        raise ConfigurationError(f"{given} is not there: it should hold the key.") from None
    if path.exists() and read_master_key(path) != key:
        raise ConfigurationError(
            f"What is stored was sealed with {path}, and {given} holds another key. Put that key there, or unset CHATWARDEN_MASTER_KEY_FILE."
        )
    return key


def read_master_key(path: Path) -> bytes:
    """A key that is there. Raises FileNotFoundError, and ConfigurationError where the file is no key."""
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DataDirectoryUnusable(f"{path}: {error.strerror}") from error
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(
            f"{path} is not a key of {_KEY_BYTES} bytes. Put the former file back."
        )
    return key


def derive_key(master_key: bytes, *, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose; it tells nothing of the master key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(master_key)


def _make_key(path: Path) -> bytes:
    key = secrets.token_bytes(_KEY_BYTES)
    unfinished = path.with_suffix(".new")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError as error:
        raise DataDirectoryUnusable(f"{path}: {error.strerror}") from error
    return key


def _key_id(key: bytes) -> bytes:
    """Names the key without telling it: the first bytes of the encryption of nothing."""
    return AESGCM(key).encrypt(b"\x00" * _NONCE_BYTES, b"", b"key id")[:4]
