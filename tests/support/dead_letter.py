"""An update set aside in the database of a product that runs: `python -m tests.support.dead_letter DATA_DIR UPDATE`."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from chatwarden.settings import Settings
from chatwarden.storage.database import Database, sqlite_url
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.master_key import read_master_keys
from chatwarden.storage.models import DeadLetter
from chatwarden.storage.repositories.dead_letters import place_of

BOT_ID = 42


async def set_aside(database: Database, key: Path, update: dict[str, Any]) -> int:
    """As a processor leaves it that gave up; the letter's id. `key`: the master key's file."""
    masters = read_master_keys(Settings(_env_file=None, master_key_file=key))
    sealer = (await Keyring.begin(database, masters)).deployment
    letter = DeadLetter(
        bot_id=BOT_ID,
        update_id=update["update_id"],
        kind="update",
        reason="gave up after 5 deliveries: no processor told what became of it",
        sealed=sealer.seal(msgspec.json.encode(update), place=place_of(BOT_ID)),
        received_at=datetime.now(UTC),
    )
    async with database.transaction() as session:
        session.add(letter)
    return letter.id


async def _main(data_dir: Path, update: str) -> None:
    database = Database(sqlite_url(data_dir))
    try:
        await set_aside(database, data_dir / "master.key", msgspec.json.decode(update))
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2]))
