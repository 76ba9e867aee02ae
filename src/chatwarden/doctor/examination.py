"""The whole examination: which parts a deployment has, and what is said of each, in the order in which to mend them."""

from collections.abc import AsyncIterator

from chatwarden.doctor.finding import Finding
from chatwarden.doctor.stores import (
    agreement_finding,
    backup_finding,
    data_keys_finding,
    database_finding,
    encoder_finding,
    groups_of,
    letters_finding,
    master_key_finding,
    redis_findings,
    room_finding,
)
from chatwarden.doctor.telegram import examine_rights, examine_telegram
from chatwarden.errors import ConfigurationError
from chatwarden.serving import webhook_address
from chatwarden.settings import Settings
from chatwarden.storage.backup import BackupSealers
from chatwarden.storage.database import Database, sqlite_url
from chatwarden.storage.master_key import MasterKeys


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Findings as they are made. Raises nothing: what is wrong is one."""
    token = settings.bot_token.get_secret_value() if settings.bot_token else ""
    bot_id = int(token.partition(":")[0] or 0)
    distributed = settings.redis_url is not None
    if not token:
        mend = "Copy the bot's token from @BotFather into CHATWARDEN_BOT_TOKEN."
        yield Finding("token", "failing", "None is set: only the demo group can run.", mend)
    else:
        try:
            by_webhook = distributed and settings.ingest == "webhook"
            address = webhook_address(settings, bot_id) if by_webhook else None
        except ConfigurationError as error:
            yield Finding("public address", "failing", error.detail, error.hint)
        else:
            async for finding in examine_telegram(
                api=settings.telegram_api, token=token, webhook_address=address
            ):
                yield finding
    key, masters = master_key_finding(settings)
    yield key
    if settings.redis_url is not None:
        for finding in await redis_findings(settings.redis_url.get_secret_value(), bot_id=bot_id):
            yield finding
    async for finding in _examine_database(settings, masters, token, bot_id):
        yield finding
    sealers = None if masters is None else await BackupSealers.of(masters)
    yield backup_finding(settings.backup_dir, sealers=sealers)
    yield encoder_finding()


async def _examine_database(
    settings: Settings, masters: MasterKeys | None, token: str, bot_id: int
) -> AsyncIterator[Finding]:
    try:
        if settings.database_url is not None:
            database = Database(settings.database_url.get_secret_value())
        else:
            database = Database(sqlite_url(settings.data_dir))
            yield room_finding(settings.data_dir)
    except ConfigurationError as error:
        yield Finding("database", "failing", str(error), error.hint)
        return
    try:
        finding = await database_finding(database)
        yield finding
        if finding.state == "ok":
            if masters is not None:
                yield await data_keys_finding(database, masters)
            if settings.redis_url is not None:
                url = settings.redis_url.get_secret_value()
                if disagreement := await agreement_finding(url, database, bot_id=bot_id):
                    yield disagreement
            yield await letters_finding(database, bot_id=bot_id)
        if finding.state == "ok" and token:
            groups = await groups_of(database, bot_id=bot_id)
            async for rights in examine_rights(
                api=settings.telegram_api, token=token, groups=groups
            ):
                yield rights
    finally:
        await database.close()
