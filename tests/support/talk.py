"""The bot put together in this process: people talk to it through the simulator, and read what it says there."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.support.product import TOKEN
from tests.support.scene import BOT_ID, Scene, eventually
from tests.support.warden import Warden

from chatwarden import _engine
from chatwarden.bot.bot import Bot
from chatwarden.bot.cards.keeper import CardKeeper
from chatwarden.bot.dispatch import Dispatcher
from chatwarden.bot.history import StoredHistory
from chatwarden.bot.inbox import Inbox
from chatwarden.bot.ports import BotPorts
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.simulator.client import Draft
from chatwarden.simulator.state.messages import Message
from chatwarden.storage.models import Interaction


@dataclass
class Said:
    """A message of the bot's as people see it."""

    message: Message

    def __post_init__(self) -> None:
        self._payload = self.message.payload()
        """As it was when it was looked at: an edit makes another one."""

    @property
    def text(self) -> str:
        return str(self._payload.get("text", ""))

    @property
    def id(self) -> int:
        return self.message.id

    @property
    def buttons(self) -> dict[str, str]:
        """What each leads to, by its words: data, or an address."""
        rows = self._payload.get("reply_markup", {}).get("inline_keyboard", [])
        return {
            button["text"]: button.get("callback_data") or button.get("url", "")
            for row in rows
            for button in row
        }

    def button(self, words: str) -> str:
        """The data of the button whose words hold these."""
        (found,) = [data for text, data in self.buttons.items() if words in text]
        return found


@dataclass
class Talk:
    """A warden with its bot."""

    warden: Warden
    learned: list[int] = field(default_factory=list)
    """Groups whose feedback changed."""

    def __post_init__(self) -> None:
        judge = _engine.Engine()
        self.ports = BotPorts(
            bot_id=BOT_ID,
            username="warden_bot",
            database=self.warden.database,
            keyring=self.warden.keyring,
            actions=self.warden.queue,
            telegram=self.warden.telegram,
            admins=self.warden.admins,
            feed=self.warden.feed,
            catalogue=Catalogue.read(_engine.signals()),
            history=StoredHistory(
                self.warden.database,
                bot_id=BOT_ID,
                forget_record=self.warden.scanner.engine.forget_record,
            ),
            pseudonyms=Pseudonyms(bytes(32)),
            judge=lambda raw: judge.judge_batch(BOT_ID, [raw]).items[0],
            group_changed=lambda _: None,
            feedback_changed=self.learned.append,
            gate_secret=bytes(32),
            public_url="https://guard.example",
            clock=self.warden.now,
        )
        self.inbox = Inbox(self.ports, Dispatcher(self.ports).answer)
        self.bot = Bot(self.ports)

    @property
    def scene(self) -> Scene:
        return self.warden.scene

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """The inbox at work beside the test."""
        running = asyncio.create_task(self.inbox.run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def answer(self) -> None:
        """Take what people said, and have all of it answered."""
        await self.warden.take()
        async with self.answering():
            await eventually(self._all_answered, what="all that was said is answered")

    async def _all_answered(self) -> bool:
        return not await self.warden.rows(Interaction)

    async def private(self, person: int, text: str) -> list[Said]:
        """Somebody writes to the bot in private; what it says then."""
        before = self._last(person)
        await self.scene.control.post(person, Draft(from_id=person, text=text))
        await self.answer()
        return self.said(person, after=before)

    async def in_group(
        self,
        person: int | None,
        text: str,
        *,
        reply_to: int | None = None,
        extra: dict[str, Any] | None = None,
    ) -> list[Said]:
        """Somebody writes in the group, None as the group itself; what the bot says there then."""
        group = self.scene.group
        before = self._last(group)
        draft = Draft(
            from_id=person,
            sender_chat_id=group if person is None else None,
            text=text,
            reply_to=reply_to,
            extra=extra,
        )
        await self.scene.control.post(group, draft)
        await self.answer()
        return self.said(group, after=before)

    async def press(self, chat: int, said: Said, words: str, *, by: int) -> str:
        """Somebody presses a button; the line that Telegram shows them."""
        await self.scene.control.press(chat, said.id, from_id=by, data=said.button(words))
        await self.answer()
        (last,) = list(self.scene.app.api.calls.find(method="answerCallbackQuery"))[-1:]
        return str(last.params.get("text") or "")

    async def show_cards(self, *update_ids: int) -> None:
        """Have the cards of all outcomes sent or edited."""
        keeper = CardKeeper(self.ports)
        for update_id in update_ids or await self._outcomes():
            await keeper.show(update_id)

    async def _outcomes(self) -> Iterable[int]:
        from chatwarden.storage.models import Outcome

        rows = await self.warden.rows(Outcome)
        return sorted({row.update_id for row in rows if row.chat_id == self.scene.group})

    def said(self, chat: int, *, after: int = 0) -> list[Said]:
        """What the bot said in a chat and is still there, the oldest first."""
        messages = self.scene.app.world.chats[chat].messages
        return [
            Said(one)
            for one in messages
            if one.id > after and one.by_bot == BOT_ID and not one.is_deleted
        ]

    def _last(self, chat: int) -> int:
        found = self.scene.app.world.chats.get(chat)
        return max((one.id for one in found.messages), default=0) if found else 0


__all__ = ["TOKEN", "Said", "Talk"]
