"""The deployment's data keys: which one seals what, opened once and kept in memory (docs/decisions/0018-a-key-for-each-group.md).

In: the database, where they lie wrapped, and the master keys. Out: a `Sealer` for each group, and what was sealed, opened. Fails with ConfigurationError where the deployment's own key is
wrapped by a master key that is not given, and with StorageUnavailable.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.errors import ConfigurationError, SealBroken, StorageUnavailable
from chatwarden.storage.database import Database
from chatwarden.storage.filled import first_filled_table
from chatwarden.storage.master_key import LocalMasterKey, MasterKey, MasterKeys
from chatwarden.storage.models import DataKey, SignInLink
from chatwarden.storage.models.data_key import DEPLOYMENT
from chatwarden.storage.repositories import data_keys
from chatwarden.storage.sealing import Sealer, key_named_in

log = structlog.get_logger()

_LOOK_SECONDS = 2.0

Group = tuple[int, int]
"""Bot and chat."""


class Keyring:
    """One deployment's data keys. Make it by `begin`."""

    def __init__(
        self, database: Database, masters: MasterKeys, *, key: bytes, wrapped: bytes
    ) -> None:
        self._database = database
        self._masters = masters
        self.key = key
        """The deployment's own, from which its secrets are derived."""
        self.wrapped = wrapped
        """The same, as whoever has no database is given it."""
        self.deployment = Sealer(key)
        """Seals what belongs to no group, and what is on its way."""
        self._by_id: dict[str, Sealer] = {self.deployment.key_id: self.deployment}
        self._by_group: dict[Group, Sealer] = {}
        self._gone: set[str] = set()
        """Ids that no key has any more: what a row names was there before the row."""
        self._told: set[str] = set()
        """Rows that destroyed keys left, as far as `refresh` has told of them."""
        self._making = asyncio.Lock()

    @classmethod
    async def begin(
        cls, database: Database, masters: MasterKeys, *, sealed_before: bool = False
    ) -> "Keyring":
        """Open the deployment's key, or make it at the very first start. `database`: with connections of its own, so that who holds one of the others never waits here for another.

        `sealed_before`: something was sealed by the master key itself, as versions of before did. Raises ConfigurationError, StorageUnavailable.
        """
        async with database.transaction() as session:
            row = await data_keys.find_deployments(session)
            if row is None:
                key = await _first_key(session, masters, sealed_before=sealed_before)
                await _add(session, key, of=DEPLOYMENT, by=masters.present)
                row = await data_keys.find_deployments(session)
        assert row is not None
        assert row.wrapped is not None
        master = masters.find(row.wrapped_by)
        if master is None:
            raise ConfigurationError(
                f"The data keys are wrapped by the master key {row.wrapped_by}; {masters.ids} is given. Put that one in its place (docs/guides/keys.md)."
            )
        try:
            key = await master.unwrap(row.wrapped, place=place_of(row.id))
        except SealBroken:
            raise ConfigurationError("The deployment's data key is damaged.") from None
        return cls(database, masters, key=key, wrapped=row.wrapped)

    async def of_group(self, bot_id: int, chat_id: int) -> Sealer:
        """Seals what is a group's; made where it has none yet. Ask before you write in a transaction of your own: SQLite has one writer. Raises StorageUnavailable."""
        return (await self.of_groups(bot_id, {chat_id}))[chat_id]

    async def of_groups(self, bot_id: int, chat_ids: Collection[int]) -> Mapping[int, Sealer]:
        """As `of_group`, by chat. Those that this process knows cost no question."""
        groups = {(bot_id, chat_id) for chat_id in chat_ids}
        if groups <= self._by_group.keys():
            found: Mapping[Group, Sealer] = self._by_group
        else:
            async with self._making:
                found = await self._find_or_make(groups)
        return {chat_id: found[bot_id, chat_id] for _, chat_id in groups}

    async def open(self, sealed: bytes, *, place: str) -> bytes:
        """Raises SealBroken, also where the key was destroyed; and StorageUnavailable."""
        sealer = await self._sealer(key_named_in(sealed))
        if sealer is None:
            raise SealBroken
        return sealer.open(sealed, place=place)

    async def openers(self, sealed: Iterable[bytes]) -> Mapping[str, Sealer]:
        """What opens these, by the id that `key_named_in` tells of each; destroyed keys are left out. For thousands, which a thread opens. Raises StorageUnavailable."""
        found = {id_: await self._sealer(id_) for id_ in {key_named_in(one) for one in sealed}}
        return {id_: sealer for id_, sealer in found.items() if sealer is not None}

    def forget(self, ids: Collection[str]) -> None:
        """Keys were destroyed."""
        for id_ in ids:
            self._by_id.pop(id_, None)
        self._gone.update(ids)
        self._by_group = {
            group: sealer for group, sealer in self._by_group.items() if sealer.key_id not in ids
        }

    async def refresh(self) -> set[Group]:
        """Forget what other processes destroyed, and take the deployment's key as it is wrapped by now. The groups whose keys were destroyed since the last time. Raises StorageUnavailable."""
        async with self._database.transaction() as session:
            rows = await data_keys.destroyed(session)
            own = await data_keys.find_deployments(session)
        if own is not None and own.wrapped is not None:
            self.wrapped = own.wrapped
        fresh = [row for row in rows if row.id not in self._told]
        self.forget({row.id for row in fresh})
        self._told = {row.id for row in rows}
        return {(row.bot_id, row.chat_id) for row in fresh}

    async def follow(self, on_refreshed: Callable[[set[Group]], Awaitable[None]]) -> None:
        """Refresh every two seconds, for ever. `on_refreshed`: told each time, with the groups whose keys were destroyed since."""
        while True:
            try:
                await on_refreshed(await self.refresh())
            except StorageUnavailable as error:
                log.error("keys wait", detail=error.detail)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _sealer(self, id_: str) -> Sealer | None:
        """None where no key has that id any more."""
        sealer = self._by_id.get(id_)
        if sealer is None and id_ not in self._gone:
            sealer = await self._find(id_)
        return sealer

    async def _find(self, id_: str) -> Sealer | None:
        async with self._database.transaction() as session:
            row = await data_keys.find(session, id_)
        if row is None:
            self._gone.add(id_)
            return None
        return await self._take(row)

    async def _find_or_make(self, groups: Collection[Group]) -> dict[Group, Sealer]:
        known = {group: self._by_group[group] for group in groups if group in self._by_group}
        missing = [group for group in groups if group not in known]
        if not missing:
            return known
        async with self._database.transaction() as session:
            found = await data_keys.of_groups(session, missing)
            if found.keys() < set(missing):
                # Locked, so that a rotation comes before or after.
                own = await data_keys.find_deployments(session, lock=True)
                by = self._masters.find(None if own is None else own.wrapped_by)
            # Once more where another key has that id by chance: it has four bytes.
            while found.keys() < set(missing):
                for group in set(missing) - found.keys():
                    key = secrets.token_bytes(32)
                    await _add(session, key, of=group, by=by or self._masters.present)
                found = await data_keys.of_groups(session, missing)
        for group, row in found.items():
            sealer = await self._take(row)
            if sealer is None:
                # Sealed by a key that nobody keeps, it reads as gone.
                known[group] = Sealer(secrets.token_bytes(32))
            else:
                known[group] = self._by_group[group] = sealer
        return known

    async def _take(self, row: DataKey) -> Sealer | None:
        """None where it is wrapped by a master key that is not given, or was changed, or was destroyed since it was read."""
        key = await unwrapped(row, self._masters)
        if key is None or row.id in self._gone:
            return None
        self._by_id[row.id] = sealer = Sealer(key)
        return sealer


async def unwrapped(row: DataKey, masters: MasterKeys) -> bytes | None:
    """A data key; None where its master key is not given, or it was changed: the log says which."""
    master = masters.find(row.wrapped_by)
    if master is None or row.wrapped is None:
        log.error("a data key's master key is not given", key=row.id, wrapped_by=row.wrapped_by)
        return None
    try:
        return await master.unwrap(row.wrapped, place=place_of(row.id))
    except SealBroken:
        log.error("a data key is damaged", key=row.id)
        return None


async def rotate(database: Database, masters: MasterKeys) -> int:
    """Wrap every data key by the present master key; how many were not. Raises ConfigurationError where one does not open: then nothing changed."""
    changed = 0
    async with database.transaction() as session:
        await data_keys.find_deployments(session, lock=True)
        for row in await data_keys.every(session):
            if row.wrapped_by == masters.present.id:
                continue
            key = await unwrapped(row, masters)
            if key is None:
                raise ConfigurationError(
                    f"The data key {row.id} is wrapped by the master key {row.wrapped_by}; {masters.ids} is given. Nothing was changed."
                )
            row.wrapped = await masters.present.wrap(key, place=place_of(row.id))
            row.wrapped_by = masters.present.id
            changed += 1
    return changed


def place_of(id_: str) -> str:
    """Where a data key is wrapped."""
    return f"data key:{id_}"


async def _first_key(session: AsyncSession, masters: MasterKeys, *, sealed_before: bool) -> bytes:
    connection = await session.connection()
    # A link to sign in by may be made before anything was started.
    is_new = await first_filled_table(connection, besides=SignInLink) is None
    if is_new and not sealed_before:
        return secrets.token_bytes(32)
    # What versions of before sealed, the master key opens.
    if masters.former is not None or not isinstance(masters.present, LocalMasterKey):
        raise ConfigurationError(
            "This deployment was begun by a version without data keys. Start it once with the master key that it had, and no former one; then rotate."
        )
    return masters.present.key


async def _add(session: AsyncSession, key: bytes, *, of: Group, by: MasterKey) -> None:
    id_ = Sealer(key).key_id
    await data_keys.add(
        session,
        id_,
        of=of,
        wrapped=await by.wrap(key, place=place_of(id_)),
        wrapped_by=by.id,
        now=datetime.now(UTC),
    )
