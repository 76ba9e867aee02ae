"""Delivers updates to bots that asked for a webhook, as Telegram does.

In: a bot's pending updates. Out: a POST for each. Of one chat the next update follows only after a 2xx for the one before; chats run
beside each other, up to `max_connections`. What is refused is given again, later and later, until it is too old.
"""

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any

from chatwarden.simulator.clock import Clock
from chatwarden.simulator.state.bots import Bot, Webhook
from chatwarden.simulator.wire import decode

if TYPE_CHECKING:
    import aiohttp

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 60.0
"""Seconds until a refused update is given again; doubled each time. Telegram's own are not published."""
PATIENCE = 60.0
"""Seconds an answer may take."""
_SECRET = "X-Telegram-Bot-Api-Secret-Token"


class Webhooks:
    """The deliveries of all bots."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._running: dict[str, tuple[Webhook, asyncio.Task[None]]] = {}

    def follow(self, bot: Bot) -> None:
        """Start, change or end a bot's delivery, by what the bot asked for last."""
        webhook, task = self._running.pop(bot.token, (None, None))
        if task is not None:
            task.cancel()
        if webhook is not None:
            bot.updates.on_arrival = None
        if bot.webhook is not None:
            delivery = _Delivery(bot, bot.webhook, self._clock)
            name = f"webhook of {bot.id}"
            self._running[bot.token] = (
                bot.webhook,
                asyncio.create_task(delivery.run(), name=name),
            )

    async def close(self) -> None:
        """End all deliveries; what was not answered stays pending."""
        tasks = [task for _, task in self._running.values()]
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Delivery:
    def __init__(self, bot: Bot, webhook: Webhook, clock: Clock) -> None:
        self._updates = bot.updates
        self._webhook = webhook
        self._clock = clock
        self._arrived = asyncio.Event()
        self._seen = 0
        self._chains: dict[int | None, deque[tuple[int, bytes]]] = {}
        """What waits for each chat whose updates are being delivered."""

    async def run(self) -> None:
        """Deliver until cancelled."""
        import aiohttp

        self._updates.on_arrival = self._arrived.set
        slots = asyncio.Semaphore(self._webhook.max_connections)
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                for arrival, update in self._updates.arrived_after(self._seen, self._clock.now()):
                    self._seen = arrival
                    chat_id = _chat_of(update)
                    chain = self._chains.get(chat_id)
                    if chain is None:
                        self._chains[chat_id] = deque([(arrival, update)])
                        tasks.create_task(self._deliver(session, slots, chat_id))
                    else:
                        chain.append((arrival, update))
                await self._arrived.wait()
                self._arrived.clear()

    async def _deliver(
        self, session: "aiohttp.ClientSession", slots: asyncio.Semaphore, chat_id: int | None
    ) -> None:
        chain = self._chains[chat_id]
        pause = FIRST_PAUSE
        while chain:
            arrival, update = chain[0]
            if self._updates.is_pending(arrival, self._clock.now()):
                async with slots:
                    wait = await self._post(session, update)
                if wait is not None:
                    await asyncio.sleep(wait or pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
                    continue
                self._updates.confirm(arrival)
            pause = FIRST_PAUSE
            chain.popleft()
        del self._chains[chat_id]

    async def _post(self, session: "aiohttp.ClientSession", update: bytes) -> float | None:
        """None once it is taken; else after how many seconds the bot wants it again, 0 where it did not say."""
        import aiohttp

        headers = {"Content-Type": "application/json"}
        if self._webhook.secret_token:
            headers[_SECRET] = self._webhook.secret_token
        retry_after = 0.0
        try:
            async with session.post(self._webhook.url, data=update, headers=headers) as answer:
                if 200 <= answer.status < 300:
                    return None
                error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                with contextlib.suppress(ValueError):
                    retry_after = max(0.0, float(answer.headers.get("Retry-After", "0")))
        except (aiohttp.ClientError, TimeoutError) as trouble:
            error = f"Connection failed: {type(trouble).__name__}"
        self._webhook.last_error_at, self._webhook.last_error = self._clock.date(), error
        return retry_after


def _chat_of(update: bytes) -> int | None:
    """The chat an update belongs to; None for one that belongs to none or cannot be read: these form a chain of their own."""
    try:
        fields = decode(update)
        body: Any = next(value for name, value in fields.items() if name != "update_id")
        chat_id = (body.get("message") or body)["chat"]["id"]
    except (ValueError, AttributeError, TypeError, KeyError, StopIteration):
        return None
    return chat_id if isinstance(chat_id, int) else None
