"""What an ended product stored of a day, again for each day of a year: `python -m tests.support.year DATA_DIR`."""

import asyncio
import sys
from pathlib import Path

from chatwarden.cli.bench_api import copy_a_day
from chatwarden.storage.database import sqlite_url

if __name__ == "__main__":
    print(asyncio.run(copy_a_day(sqlite_url(Path(sys.argv[1])), days=365)))
