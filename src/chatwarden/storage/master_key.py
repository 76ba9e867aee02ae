"""The master key: it wraps data keys (`keyring.py`) and seals backups, and nothing else.

`MasterKey` is what a key service has to do; `LocalMasterKey` is the form that has the key itself, from a file or a variable.
"""

import base64
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chatwarden.errors import ConfigurationError, DataDirectoryUnusable
from chatwarden.settings import Settings
from chatwarden.storage.sealing import Sealer, derive_key

_KEY_BYTES = 32


class MasterKey(Protocol):
    """Wraps keys of 32 bytes. Whoever implements it may never give the key itself out."""

    @property
    def id(self) -> str:
        """Names the key without telling it; 64 characters at most."""
        ...

    async def wrap(self, data_key: bytes, *, place: str) -> bytes:
        """`place` names the data key; the same is needed to unwrap it."""
        ...

    async def unwrap(self, wrapped: bytes, *, place: str) -> bytes:
        """Raises SealBroken for another master key, another place, or changed bytes."""
        ...

    async def derive(self, *, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, always the same; it tells nothing of the master key."""
        ...


class LocalMasterKey:
    """A master key whose 32 bytes this process has."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._sealer = Sealer(key)

    @property
    def id(self) -> str:
        return self._sealer.key_id

    async def wrap(self, data_key: bytes, *, place: str) -> bytes:
        return self._sealer.seal(data_key, place=place)

    async def unwrap(self, wrapped: bytes, *, place: str) -> bytes:
        return self._sealer.open(wrapped, place=place)

    async def derive(self, *, purpose: str) -> bytes:
        return derive_key(self.key, purpose=purpose)


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The present master key, and the former one while data keys may still be wrapped by it."""

    present: MasterKey
    former: MasterKey | None = None

    def __iter__(self) -> Iterator[MasterKey]:
        yield self.present
        if self.former is not None:
            yield self.former

    def find(self, id_: str | None) -> MasterKey | None:
        """None where it is not given."""
        return next((one for one in self if one.id == id_), None)

    @property
    def ids(self) -> str:
        """Both, for people."""
        return " and ".join(one.id for one in self)


def read_master_keys(settings: Settings) -> MasterKeys:
    """Those that are given, or lie in the data directory. Raises ConfigurationError where there is none, or what is there is no key."""
    given = settings.master_key_base64
    if given is not None:
        present = _decoded("CHATWARDEN_MASTER_KEY_BASE64", given.get_secret_value())
    else:
        present = _read(settings.master_key_file or own_key_file(settings))
    former = None
    if settings.former_master_key_base64 is not None:
        text = settings.former_master_key_base64.get_secret_value()
        former = LocalMasterKey(_decoded("CHATWARDEN_FORMER_MASTER_KEY_BASE64", text))
    elif settings.former_master_key_file is not None:
        former = LocalMasterKey(_read(settings.former_master_key_file))
    return MasterKeys(LocalMasterKey(present), former)


def is_master_key_given(settings: Settings) -> bool:
    """False where the embedded profile uses the one in its data directory."""
    return settings.master_key_file is not None or settings.master_key_base64 is not None


def make_master_key(settings: Settings) -> None:
    """The embedded deployment's, at the first start, where none is given. Raises DataDirectoryUnusable."""
    path = own_key_file(settings)
    if is_master_key_given(settings) or path.exists():
        return
    unfinished = path.with_suffix(".new")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError as error:
        raise DataDirectoryUnusable(f"{path}: {error.strerror}") from error


def own_key_file(settings: Settings) -> Path:
    """Where the embedded deployment keeps the one that it made."""
    return settings.data_dir / "master.key"


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no master key at {path}. Put the deployment's key there; a new deployment makes one: head -c 32 /dev/urandom > FILE, the same for all services."
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(
            f"{path} is not a key of {_KEY_BYTES} bytes. Put the former file back."
        )
    return key


def _decoded(variable: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(f"{variable} is not a key of {_KEY_BYTES} bytes in base64.")
    return key
