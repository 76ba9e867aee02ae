"""What webhooks tell of outcomes: as the API shows them, without words of people."""

from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.outcomes.service import Reader, get_outcome
from chatwarden.errors import NotFound
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.repositories.scope import EVERYTHING
from chatwarden.webhooks.delivering import Deliverer
from chatwarden.webhooks.sending import Sender


def make_sender(
    database: Database, keyring: Keyring, *, signals: bytes, settings: Settings
) -> Sender:
    reader = Reader(scope=EVERYTHING, keyring=keyring, catalogue=Catalogue.read(signals))
    return Sender(
        database,
        keyring,
        describe=partial(_describe, reader),
        allow_private=settings.private_webhooks,
    )


def make_deliverer(
    database: Database, keyring: Keyring, *, signals: bytes, settings: Settings
) -> Deliverer:
    """What sends for all groups; `signals` as in `Ports`."""
    return Deliverer(database, make_sender(database, keyring, signals=signals, settings=settings))


async def _describe(reader: Reader, session: AsyncSession, trace_id: str) -> dict[str, Any] | None:
    try:
        outcome = await get_outcome(session, trace_id, reader)
    except NotFound:
        return None
    return outcome.model_dump(
        mode="json", exclude={"texts": True, "texts_state": True, "sender": {"name"}}
    )
