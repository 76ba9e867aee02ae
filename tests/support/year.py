"""What an ended product stored of a day, again for each day of a year: `python -m tests.support.year DATA_DIR`.

What it had not done yet is dropped: else there would be a year of it to do.
"""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import delete

from chatwarden.cli.bench_api import copy_a_day
from chatwarden.storage.database import Database, sqlite_url
from chatwarden.storage.models import Action
from chatwarden.storage.repositories.actions import IS_OPEN


async def main(url: str) -> int:
    """How many outcomes there are then."""
    database = Database(url)
    async with database.transaction() as session:
        await session.execute(delete(Action).where(IS_OPEN))
    await database.close()
    return await copy_a_day(url, days=365)


if __name__ == "__main__":
    print(asyncio.run(main(sqlite_url(Path(sys.argv[1])))))
