"""A sign-in link for anybody, into the database of a running product: `python -m tests.support.sign_in_link DATA_DIR SUBJECT`."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from chatwarden.storage.database import Database, sqlite_url
from chatwarden.storage.repositories.sessions import make_sign_in_link


async def main(data_dir: Path, subject: str) -> None:
    database = Database(sqlite_url(data_dir))
    async with database.transaction() as session:
        print(await make_sign_in_link(session, subject=subject, lifetime=timedelta(minutes=10)))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
