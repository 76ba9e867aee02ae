"""Keys for whatever seals and opens in this process."""

import asyncio
from pathlib import Path

from chatwarden.settings import Settings
from chatwarden.storage.backup import BackupSealers
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.master_key import (
    LocalMasterKey,
    MasterKeys,
    make_master_key,
    own_key_file,
)


def keyring_over(database: Database, key: bytes) -> Keyring:
    """Of a deployment whose own data key is that one; its master key is another. Nothing is stored of either, only groups' keys will be."""
    return Keyring(database, MasterKeys(LocalMasterKey(key[::-1])), key=key, wrapped=b"")


def master_key_in(folder: Path) -> bytes:
    """The one that an embedded deployment keeps in its data directory, made where there is none."""
    settings = Settings(_env_file=None, data_dir=folder)
    make_master_key(settings)
    return own_key_file(settings).read_bytes()


def backup_sealers(key: bytes) -> BackupSealers:
    """As whoever has that master key makes them."""
    return asyncio.run(BackupSealers.of(MasterKeys(LocalMasterKey(key))))
