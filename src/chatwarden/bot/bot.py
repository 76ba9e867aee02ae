"""The bot that people talk to, put together: answers, cards, menus, and what is told after a while."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from chatwarden.bot.appeals.keeper import AppealKeeper
from chatwarden.bot.cards.keeper import CardKeeper
from chatwarden.bot.coming import is_over, tell_observed
from chatwarden.bot.commands import ALL
from chatwarden.bot.dispatch import Dispatcher
from chatwarden.bot.gate.keeper import GateKeeper
from chatwarden.bot.inbox import Inbox
from chatwarden.bot.nights import NightTeller
from chatwarden.bot.ports import BotPorts
from chatwarden.bot.raids.keeper import RaidKeeper
from chatwarden.bot.sharing import BanSharer
from chatwarden.bot.webhooks import WebhookTeller
from chatwarden.bot.words import LANGUAGES, plain
from chatwarden.errors import RetryLater, StorageUnavailable, TelegramRefused
from chatwarden.health import PartHealth
from chatwarden.storage.repositories.groups import counts_since, find_group, list_groups
from chatwarden.telegram.messages import CommandScope

log = structlog.get_logger()

_LOOK_SECONDS = 60.0
_LEAD_SECONDS = 3.0
_SCOPES: tuple[CommandScope, ...] = ("private", "members", "admins")


class Bot:
    """One bot's conversations."""

    def __init__(
        self,
        ports: BotPorts,
        *,
        is_leading: Callable[[], Awaitable[bool]] | None = None,
        look_seconds: float = 5.0,
    ) -> None:
        """`is_leading`: of several processes the one that sends cards; it may change at any time. None: this is the only one. `look_seconds`:
        how long an interaction may lie that nobody woke this process for.
        """
        self._ports = ports
        self._is_leading = is_leading
        self._inbox = Inbox(ports, Dispatcher(ports).answer, look_seconds=look_seconds)

    @property
    def health(self) -> PartHealth:
        return self._inbox.health

    def wake(self) -> None:
        self._inbox.wake()

    async def run(self) -> None:
        """Answer and tell until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._inbox.run(), name="bot: inbox")
            tasks.create_task(self._lead(), name="bot: leading")

    async def _lead(self) -> None:
        """Do what one process does for all, as long as this is the one."""
        while True:
            if not await self._leads():
                await asyncio.sleep(_LEAD_SECONDS)
                continue
            leading = asyncio.create_task(self._tell(), name="bot: telling")
            try:
                while await self._leads():
                    await asyncio.wait([leading], timeout=_LEAD_SECONDS)
                    if leading.done():
                        leading.result()
            finally:
                leading.cancel()
                await asyncio.wait([leading])

    async def _leads(self) -> bool:
        try:
            return self._is_leading is None or await self._is_leading()
        except StorageUnavailable:
            return False

    async def _tell(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(CardKeeper(self._ports).run(), name="bot: cards")
            tasks.create_task(GateKeeper(self._ports).run(), name="bot: gate")
            tasks.create_task(AppealKeeper(self._ports).run(), name="bot: appeals")
            tasks.create_task(BanSharer(self._ports).run(), name="bot: shared bans")
            tasks.create_task(RaidKeeper(self._ports).run(), name="bot: raids")
            tasks.create_task(NightTeller(self._ports).run(), name="bot: nights")
            tasks.create_task(WebhookTeller(self._ports).run(), name="bot: webhooks")
            tasks.create_task(self._set_menus(), name="bot: menus")
            tasks.create_task(self._describe(), name="bot: description")
            tasks.create_task(self._tell_observed(), name="bot: observed groups")

    async def _set_menus(self) -> None:
        """Tell Telegram's apps what to offer behind "/", in every language."""
        waiting = [(scope, language) for language in LANGUAGES for scope in _SCOPES]
        while waiting:
            scope, language = waiting[0]
            offered = {
                name: plain(language, f"command.{name}")
                for name, command in ALL.by_name.items()
                if scope in command.offered
            }
            code = "" if language == "en" else language
            try:
                await self._ports.telegram.set_commands(offered, scope=scope, language=code)
            except RetryLater as error:
                await asyncio.sleep(error.seconds)
                continue
            except TelegramRefused as refusal:
                log.warning("a menu was refused", scope=scope, reason=refusal.code)
            waiting.pop(0)

    async def _describe(self) -> None:
        """Tell whoever looks at the bot what it is, and that it takes appeals. A description that its operator wrote stays."""
        waiting = ["", *(set(LANGUAGES) - {"en"})]
        while waiting:
            telegram, language = self._ports.telegram, waiting[0]
            try:
                if not language and await telegram.description() not in ("", plain("en", "about")):
                    return
                await telegram.set_description(plain(language, "about"), language=language)
            except RetryLater as error:
                await asyncio.sleep(error.seconds)
                continue
            except TelegramRefused as refusal:
                log.warning("a description was refused", reason=refusal.code)
            waiting.pop(0)

    async def _tell_observed(self) -> None:
        while True:
            try:
                await self.tell_observed()
            except RetryLater as error:
                log.info("what observing has shown is told later", reason=error.code)
            await asyncio.sleep(_LOOK_SECONDS)

    async def tell_observed(self) -> None:
        """Of groups whose time of being observed is over tell their admins what that has shown. Raises RetryLater."""
        ports = self._ports
        async with ports.database.transaction() as session:
            groups = await list_groups(session, bot_id=ports.bot_id)
        for group in groups:
            if group.left_at is not None or not is_over(group, ports.clock()):
                continue
            began = group.created_at.replace(minute=0, second=0, microsecond=0)
            async with ports.database.transaction() as session:
                counts = await counts_since(session, began)
            found = counts.get((group.bot_id, group.chat_id))
            await tell_observed(
                ports,
                group,
                judged=0 if found is None else found.judged,
                flagged=0 if found is None else found.flagged,
            )
            async with ports.database.transaction() as session:
                told = await find_group(session, bot_id=group.bot_id, chat_id=group.chat_id)
                if told is not None:
                    told.observe_until = None
