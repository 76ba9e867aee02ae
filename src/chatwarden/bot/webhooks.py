"""Tells admins of webhooks that failures have turned off.

In: the database. Out: a message to those who answer for the group, once at least: a process that dies before it is written down tells again.
"""

from urllib.parse import urlsplit

import structlog

from chatwarden.bot.groups import recipients
from chatwarden.bot.looking import keep_looking
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.words import say
from chatwarden.errors import SealBroken, TelegramRefused
from chatwarden.storage.models import Webhook
from chatwarden.storage.repositories import webhooks
from chatwarden.storage.repositories.groups import find_group

log = structlog.get_logger()

_LOOK_SECONDS = 60.0


class WebhookTeller:
    """One bot's."""

    def __init__(self, ports: BotPorts) -> None:
        self._ports = ports

    async def run(self) -> None:
        """Look until cancelled."""
        await keep_looking(self.look, every_seconds=_LOOK_SECONDS, what="webhooks")

    async def look(self) -> None:
        """Tell of those that were turned off since the last look. Raises RetryLater."""
        async with self._ports.database.transaction() as session:
            untold = await webhooks.untold(session, bot_id=self._ports.bot_id)
        for webhook in untold:
            await self._tell(webhook)
            async with self._ports.database.transaction() as session:
                await webhooks.note_told(session, webhook.id)

    async def _tell(self, webhook: Webhook) -> None:
        ports = self._ports
        async with ports.database.transaction() as session:
            group = await find_group(session, bot_id=webhook.bot_id, chat_id=webhook.chat_id)
        if group is None or group.left_at is not None:
            return
        for to, language in await recipients(ports, group):
            words = say(
                language, "webhook.off", group=group.title, host=await self._host_of(webhook)
            )
            try:
                await ports.telegram.send(to, words)
            except TelegramRefused as refusal:
                log.warning("a webhook's end was not told", to=to, reason=refusal.code)

    async def _host_of(self, webhook: Webhook) -> str:
        """The rest of an address may be a secret."""
        try:
            address = await webhooks.open_address(webhook, self._ports.keyring)
            return urlsplit(address).hostname or "?"
        except SealBroken:
            return "?"
