"""Looks at what keeps things: the database, Redis, the master key, the backups.

In: their addresses. Out: findings. Fails with nothing: what cannot be reached is a finding.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from chatwarden.doctor.finding import Finding
from chatwarden.encoder import encoder_version
from chatwarden.errors import (
    ConfigurationError,
    EncoderMissing,
    FileUnusable,
    StorageUnavailable,
)
from chatwarden.settings import Settings
from chatwarden.storage.backup import SUFFIX, BackupSealers, check_backup
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import unwrapped
from chatwarden.storage.master_key import MasterKeys, read_master_keys
from chatwarden.storage.migrate import layouts
from chatwarden.storage.models import Group
from chatwarden.storage.repositories import data_keys, dead_letters
from chatwarden.streams.connection import Client, connected, passing_trouble
from chatwarden.streams.partitions import Partitions

LITTLE_ROOM = 512 * 1024 * 1024
BACKUP_IS_OLD = timedelta(hours=26)
"""A backup a day, and two hours for making it."""


async def database_finding(database: Database) -> Finding:
    """Whether it answers, in the layout of this version."""
    part = "database"
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[database.engine.dialect.name]
    try:
        current, newest = await layouts(database)
    except (StorageUnavailable, OSError, SQLAlchemyError) as error:
        reason = getattr(error, "detail", "") or type(error).__name__
        mend = "See whether it runs, and whether CHATWARDEN_DATABASE_URL names its host, user, password and name."
        return Finding(part, "failing", f"{name} does not answer: {reason}", mend)
    if current != newest:
        found = f"{name}, in layout {current or 'none'}; this version needs {newest}."
        return Finding(part, "failing", found, "Run `chatwarden migrate`.")
    return Finding(part, "ok", f"{name}, layout {newest}.")


async def letters_finding(database: Database, *, bot_id: int) -> Finding:
    """Whether anything was set aside that nobody has looked at."""
    part = "dead letters"
    async with database.transaction() as session:
        lying = await dead_letters.count_lying(session, bot_id=bot_id)
    if not lying:
        return Finding(part, "ok", "None.")
    named = ", ".join(f"{count} {_FAILED[kind]}" for kind, count in sorted(lying.items()))
    mend = "Read their reasons in the dashboard, under Operator; mend what they name, then replay them, or drop them."
    return Finding(part, "warning", f"{named}.", mend)


_FAILED = {"update": "could not be judged", "interaction": "could not be answered"}


def room_finding(folder: Path) -> Finding:
    """Whether the embedded profile's disk has room."""
    part = "disk"
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        mend = "CHATWARDEN_DATA_DIR names the folder; check its owner and its rights."
        return Finding(part, "failing", f"{folder}: {error.strerror}", mend)
    found = f"{free // 1024**2} MiB are free at {folder}."
    if free < LITTLE_ROOM:
        mend = "Free some: without room nothing is stored, and so nothing is judged."
        return Finding(part, "warning", found, mend)
    return Finding(part, "ok", found)


async def groups_of(database: Database, *, bot_id: int) -> list[tuple[int, str]]:
    """Id and title of each group that the bot is in. Raises StorageUnavailable."""
    query = select(Group.chat_id, Group.title).where(
        Group.bot_id == bot_id, Group.left_at.is_(None)
    )
    async with database.transaction() as session:
        return [(chat_id, title) for chat_id, title in await session.execute(query)]


async def redis_findings(url: str, *, bot_id: int) -> list[Finding]:
    """Whether it answers, throws nothing away, and keeps what it has."""
    part = "Redis"
    try:
        async with connected(url) as client:
            partitions = Partitions(client, bot_id=bot_id)
            await partitions.ping()
            return [await _redis_settings(client)]
    except StorageUnavailable as error:
        mend = "See whether it runs, and whether CHATWARDEN_REDIS_URL names its host, port and password."
        return [Finding(part, "failing", f"It does not answer: {error.detail}", mend)]


async def _redis_settings(client: Client) -> Finding:
    part = "Redis"
    with passing_trouble():
        memory, persistence = await client.info("memory"), await client.info("persistence")
    policy = memory.get("maxmemory_policy")
    if policy != "noeviction":
        mend = (
            "Set `maxmemory-policy noeviction`: else it throws away updates and actions that wait."
        )
        return Finding(part, "failing", f"Its memory's policy is {policy}.", mend)
    if not persistence.get("aof_enabled"):
        mend = "Set `appendonly yes`: else a restart loses the updates and actions that wait."
        return Finding(part, "warning", "It keeps nothing over a restart.", mend)
    return Finding(
        part, "ok", f"It uses {memory['used_memory'] // 1024**2} MiB, and keeps what it has."
    )


def master_key_finding(settings: Settings) -> tuple[Finding, MasterKeys | None]:
    """Whether the master key is there; and the keys that are given, where it is."""
    part = "master key"
    try:
        masters = read_master_keys(settings)
    except ConfigurationError as error:
        return Finding(part, "failing", error.detail, error.hint), None
    found = f"Id {masters.present.id}."
    if masters.former is not None:
        found += f" The former one, {masters.former.id}, is given too."
    return Finding(part, "ok", found), masters


async def data_keys_finding(database: Database, masters: MasterKeys) -> Finding:
    """Whether the data keys open, and by which master key."""
    part = "data keys"
    async with database.transaction() as session:
        own = await data_keys.find_deployments(session)
        counts = await data_keys.counts(session)
    if own is None:
        return Finding(part, "ok", "None yet: the first start makes them.")
    found = "; ".join(f"{count} wrapped by {id_}" for id_, count in sorted(counts.items())) + "."
    lost = sorted(id_ for id_ in counts if masters.find(id_) is None)
    if lost or await unwrapped(own, masters) is None:
        mend = "Put the master key of that id in its place, as the present or the former one (docs/guides/keys.md)."
        return Finding(part, "failing", found, mend)
    if counts.keys() != {masters.present.id}:
        mend = "Run `chatwarden keys rotate` once every service has both master keys."
        return Finding(part, "warning", found, mend)
    return Finding(part, "ok", found)


async def agreement_finding(url: str, database: Database, *, bot_id: int) -> Finding | None:
    """Whether the bot's services seal with this database's key; None where that is so, or Redis does not answer."""
    async with database.transaction() as session:
        own = await data_keys.find_deployments(session)
    try:
        async with connected(url) as client:
            if own is not None:
                await Partitions(client, bot_id=bot_id).check_key(own.id)
    except StorageUnavailable:
        return None  # It has a finding of its own.
    except ConfigurationError as error:
        return Finding("data keys", "failing", error.detail, error.hint)
    return None


def backup_finding(
    folder: Path | None, *, sealers: BackupSealers | None, now: datetime | None = None
) -> Finding:
    """Whether there is a backup that is young, and that opens."""
    part = "backups"
    if folder is None:
        mend = "Set CHATWARDEN_BACKUP_DIR, and run `chatwarden backup make` once a day (docs/guides/backups.md)."
        return Finding(part, "warning", "None are made that this deployment knows of.", mend)
    newest = max(folder.glob(f"*{SUFFIX}"), default=None)
    if newest is None:
        mend = "Run `chatwarden backup make` once a day (docs/guides/backups.md)."
        return Finding(part, "failing", f"There is none in {folder}.", mend)
    if sealers is None:
        return Finding(
            part,
            "failing",
            f"{newest} cannot be opened: the master key is missing.",
            "Put the master key back.",
        )
    try:
        contents = check_backup(newest, sealers=sealers)
    except FileUnusable as error:
        mend = "Make a new one now: `chatwarden backup make`; then see what damaged this one."
        return Finding(part, "failing", error.detail, mend)
    age = (now or datetime.now(UTC)) - contents.made_at
    found = f"The newest is of {contents.made_at:%Y-%m-%d %H:%M} UTC, with {contents.rows} rows."
    if age > BACKUP_IS_OLD:
        mend = "See why `chatwarden backup make` did not run since: its timer, its log, the room on the disk."
        return Finding(part, "failing", found, mend)
    return Finding(part, "ok", found)


def encoder_finding() -> Finding:
    """Whether the optional sentence encoder's weights are installed."""
    version = encoder_version()
    if version is None:
        return Finding(
            "sentence encoder", "ok", "Not installed; it is optional.", EncoderMissing.hint
        )
    return Finding("sentence encoder", "ok", f"Weights of version {version} are installed.")
