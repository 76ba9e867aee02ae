"""The Bot API over HTTP: ``/bot<token>/<method>``, and files at ``/file/bot<token>/<path>``.

In: a request. Out: an answer exactly as Telegram frames it. Faults, limits and the call log stand
between the two. getUpdates is here and not among the methods because it waits.
"""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

import msgspec

from chatwarden.simulator.calls import Call, CallLog
from chatwarden.simulator.errors import ApiError
from chatwarden.simulator.faults import Fault, Faults
from chatwarden.simulator.limiter import Limiter, Limits
from chatwarden.simulator.methods.calling import Params
from chatwarden.simulator.methods.registry import find_method, read_params
from chatwarden.simulator.request import (
    Receive,
    Scope,
    Send,
    answer,
    drop,
    parameters,
    read_body,
)
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.world import World
from chatwarden.simulator.webhooks import Webhooks
from chatwarden.simulator.wire import encode

LONGEST_POLL = 50
"""Seconds Telegram lets a long poll wait at most."""


class GetUpdates(Params, kw_only=True):
    offset: int = 0
    limit: int = 100
    timeout: int = 0
    allowed_updates: list[str] | None = None


class BotApi:
    """Answers bots."""

    def __init__(self, world: World, *, limits: Limits | None = None) -> None:
        self.world = world
        self.faults = Faults()
        self.calls = CallLog()
        self.limiter = Limiter(limits) if limits else None
        self._polls: dict[str, asyncio.Future[bool]] = {}
        self._webhooks = Webhooks(world.clock)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises Disconnected when the bot has gone."""
        body = await read_body(receive)
        try:
            bot, method = self._route(scope["path"])
            given = parameters(scope, body)
        except ApiError as error:
            await answer(send, error.code, failure(error))
            return
        call = self.calls.add(self.world.clock.now(), bot.id, method, given)
        fault = self.faults.take(method, given.get("chat_id"))
        if fault is not None and not fault.after_effect:
            await self._fail(fault, call, receive, send)
            return
        work = self._poll(bot, given) if method == "getUpdates" else self._call(bot, method, given)
        status, result = await self._outcome(work, call, receive)
        if fault is not None:
            await self._fail(fault, call, receive, send)
        elif result is not None:
            await answer(send, status, result)

    async def download(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one download with the file's bytes. Faults for the method "file" count here. Raises Disconnected."""
        await read_body(receive)
        token, _, path = scope["path"].removeprefix("/file/bot").partition("/")
        bot, file = self.world.bots.get(token), self.world.files.at(path)
        if bot is None or file is None:
            error = ApiError(404, "Not Found") if bot else ApiError(401, "Unauthorized")
            await answer(send, error.code, failure(error))
            return
        call = self.calls.add(self.world.clock.now(), bot.id, "file", {"path": path})
        fault = self.faults.take("file", None)
        if fault is not None:
            await self._fail(fault, call, receive, send)
            return
        call.code = 200
        await answer(send, 200, file.content)

    def reset(self) -> None:
        """Forget all but the bots' tokens, the limits and the time."""
        self.world.reset()
        for bot in self.world.bots.values():
            self._webhooks.follow(bot)
        self.faults, self.calls = Faults(), CallLog()
        if self.limiter is not None:
            self.limiter = Limiter(self.limiter.limits)

    async def close(self) -> None:
        """Let every waiting poll answer at once, with nothing if there is nothing; deliver to no webhook any more."""
        for waiting in self._polls.values():
            if not waiting.done():
                waiting.set_result(True)
        await self._webhooks.close()

    def _route(self, path: str) -> tuple[Bot, str]:
        token, _, name = path.removeprefix("/bot").partition("/")
        name = name.rstrip("/")
        bot = self.world.bots.get(token)
        if bot is None:
            raise ApiError(401, "Unauthorized") if ":" in token else ApiError(404, "Not Found")
        return bot, "getUpdates" if name.lower() == "getupdates" else find_method(name)[0]

    async def _outcome(
        self, work: Awaitable[bytes], call: Call, receive: Receive
    ) -> tuple[int, bytes | None]:
        """Status and body of a call's answer; no body for a poll whose bot has hung up."""
        try:
            if call.method == "getUpdates":
                result = await _unless_gone(work, receive)
            else:
                result = await work
            call.code = 200 if result is not None else 0
            return 200, result
        except ApiError as error:
            call.code, call.description = error.code, error.description
            return error.code, failure(error)

    async def _call(self, bot: Bot, name: str, given: dict[str, Any]) -> bytes:
        method = find_method(name)[1]
        params = read_params(method.params, dict(given))
        if self.limiter is not None:
            chat_id = getattr(params, "chat_id", None)
            self.limiter.check(name, bot.id, chat_id, self.world.clock.now())
        result = encode(method.run(self.world, bot, params))
        if name in ("setWebhook", "deleteWebhook"):
            self._webhooks.follow(bot)
        return b'{"ok":true,"result":' + result + b"}"

    async def _poll(self, bot: Bot, given: dict[str, Any]) -> bytes:
        params: GetUpdates = read_params(GetUpdates, dict(given))
        if bot.webhook is not None:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._stop_former_poll(bot)
        bot.updates.allow(params.allowed_updates)
        found = bot.updates.take(params.offset, params.limit, self.world.clock.now())
        if not found and params.timeout > 0:
            await self._wait(bot, min(params.timeout, LONGEST_POLL))
            found = bot.updates.take(0, params.limit, self.world.clock.now())
        return b'{"ok":true,"result":[' + b",".join(found) + b"]}"

    def _stop_former_poll(self, bot: Bot) -> None:
        former = self._polls.pop(bot.token, None)
        if former is not None and not former.done():
            former.set_exception(
                ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            )

    async def _wait(self, bot: Bot, seconds: float) -> None:
        waiting: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._polls[bot.token] = waiting

        def wake() -> None:
            if not waiting.done():
                waiting.set_result(True)

        bot.updates.on_arrival = wake
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(waiting, seconds)
        finally:
            if self._polls.get(bot.token) is waiting:
                del self._polls[bot.token]
                bot.updates.on_arrival = None

    async def _fail(self, fault: Fault, call: Call, receive: Receive, send: Send) -> None:
        if fault.kind == "hang":
            call.code, call.description = 0, "left hanging"
            await _wait_until_gone(receive, fault.seconds)
            return
        if fault.kind == "drop":
            call.code, call.description = 0, "connection dropped"
            await drop(send)
            return
        error = ApiError(
            fault.code,
            fault.description,
            retry_after=fault.retry_after,
            migrate_to_chat_id=fault.migrate_to_chat_id,
        )
        call.code, call.description = error.code, error.description
        await answer(send, error.code, failure(error))


def failure(error: ApiError) -> bytes:
    """An error as Telegram frames it."""
    body: dict[str, object] = {
        "ok": False,
        "error_code": error.code,
        "description": error.description,
    }
    if parameters := error.parameters():
        body["parameters"] = parameters
    return msgspec.json.encode(body)


async def _wait_until_gone(receive: Receive, seconds: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(receive(), seconds)


async def _unless_gone(work: Awaitable[bytes], receive: Receive) -> bytes | None:
    """The poll's answer, or None as soon as the bot hangs up: a dead poll must swallow nothing."""
    poll = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    if poll.done():
        return poll.result()
    gone = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({poll, gone}, return_when=asyncio.FIRST_COMPLETED)
        return poll.result() if poll.done() else None
    finally:
        poll.cancel()
        gone.cancel()
