"""How large the database is."""

from sqlalchemy import text

from chatwarden.storage.database import Database

_BYTES = {
    # What is in the log and not yet in the file is left out: it is written back by itself.
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


async def size_of(database: Database) -> int:
    """Bytes. Raises StorageUnavailable."""
    async with database.transaction() as session:
        return int((await session.execute(text(_BYTES[database.kind]))).scalar_one())
