"""Delivery by webhook: in order within a chat, beside each other between chats, again until taken."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from chatwarden.simulator import create_app, serving
from chatwarden.simulator.client import ControlClient, Draft, NewChat, NewPerson

BOT_ID = 42
SECRET = "s3cret_-"


class Caller:
    """Calls the Bot API."""

    def __init__(self, url: str) -> None:
        self._base = f"{url}/bot{BOT_ID}:TEST/"

    async def __call__(self, method: str, **parameters: object) -> Any:
        answer = await self._answer(method, parameters)
        assert answer["ok"], answer
        return answer["result"]

    async def fails(self, method: str, **parameters: object) -> str:
        """The description of the error."""
        answer = await self._answer(method, parameters)
        assert not answer["ok"]
        return str(answer["description"])

    async def _answer(self, method: str, parameters: dict[str, object]) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.post(self._base + method, json=parameters) as response,
        ):
            return await response.json()


class Receiver:
    """A bot's web server: what came, and what it answers."""

    def __init__(self) -> None:
        self.url = ""
        self.came: list[tuple[dict[str, Any], str]] = []
        self.answers: list[web.Response] = []
        self.held: dict[int, asyncio.Event] = {}
        """Chats whose updates wait for their event."""

    async def take(self, request: web.Request) -> web.Response:
        update = json.loads(await request.read())
        self.came.append((update, request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")))
        if (event := self.held.get(update["message"]["chat"]["id"])) is not None:
            await event.wait()
        return self.answers.pop(0) if self.answers else web.Response()

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update, _ in self.came if "text" in update["message"]]

    async def until(self, *texts: str) -> None:
        """Wait until these texts have come, in this order."""
        async with asyncio.timeout(20):
            while self.texts() != list(texts):
                await asyncio.sleep(0.01)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with serving(create_app(tokens=[f"{BOT_ID}:TEST"])) as found:
        yield found


@pytest.fixture
def call(url: str) -> Caller:
    return Caller(url)


@pytest.fixture
async def control(url: str) -> AsyncIterator[ControlClient]:
    async with ControlClient(url) as found:
        yield found


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    app = web.Application()
    app.router.add_post("/hook", found.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    for event in found.held.values():
        event.set()
    await runner.cleanup()


async def group(control: ControlClient) -> tuple[int, int]:
    """A group with the bot as its admin, and somebody in it."""
    owner, writer = await control.add_people(
        NewPerson(first_name="Olga"), NewPerson(first_name="Pat")
    )
    chat = await control.add_chat(NewChat(title="Makers", owner=owner))
    await control.add_admin(chat, BOT_ID)
    await control.join(chat, writer, announced=False)
    return chat, writer


async def listen(call: Caller, receiver: Receiver, **more: object) -> None:
    await call(
        "setWebhook", url=receiver.url, secret_token=SECRET, allowed_updates=["message"], **more
    )


async def test_updates_are_posted_with_the_secret_and_confirmed(
    control: ControlClient, call: Caller, receiver: Receiver
) -> None:
    await call("getUpdates", allowed_updates=["message"])
    chat, writer = await group(control)
    await control.post(chat, Draft(from_id=writer, text="before"))
    await listen(call, receiver, drop_pending_updates=False)
    await control.post(chat, Draft(from_id=writer, text="after"))
    await receiver.until("before", "after")
    assert {secret for _, secret in receiver.came} == {SECRET}
    info = await call("getWebhookInfo")
    assert info["url"] == receiver.url
    assert info["pending_update_count"] == 0
    assert "last_error_date" not in info


async def test_one_chat_waits_for_its_answer_and_another_does_not(
    control: ControlClient, call: Caller, receiver: Receiver
) -> None:
    slow, slow_writer = await group(control)
    quick, quick_writer = await group(control)
    receiver.held[slow] = asyncio.Event()
    await listen(call, receiver, drop_pending_updates=True)
    for text in ("slow 1", "slow 2"):
        await control.post(slow, Draft(from_id=slow_writer, text=text))
    await receiver.until("slow 1")
    for text in ("quick 1", "quick 2"):
        await control.post(quick, Draft(from_id=quick_writer, text=text))
    await receiver.until("slow 1", "quick 1", "quick 2")
    receiver.held[slow].set()
    await receiver.until("slow 1", "quick 1", "quick 2", "slow 2")


async def test_what_is_refused_comes_again_before_what_follows(
    control: ControlClient, call: Caller, receiver: Receiver
) -> None:
    chat, writer = await group(control)
    receiver.answers = [
        web.Response(status=503, headers={"Retry-After": "0.1"}),
        web.Response(status=500),
    ]
    await listen(call, receiver, drop_pending_updates=True)
    for text in ("one", "two"):
        await control.post(chat, Draft(from_id=writer, text=text))
    await receiver.until("one", "one", "one", "two")
    info = await call("getWebhookInfo")
    assert info["last_error_message"].startswith("Wrong response from the webhook: 500")


async def test_polling_is_refused_until_the_webhook_is_deleted(
    control: ControlClient, call: Caller, receiver: Receiver
) -> None:
    chat, writer = await group(control)
    receiver.held[chat] = asyncio.Event()
    await listen(call, receiver, drop_pending_updates=True)
    await control.post(chat, Draft(from_id=writer, text="unanswered"))
    await receiver.until("unanswered")
    error = await call.fails("getUpdates")
    assert error.startswith("Conflict: can't use getUpdates method while webhook is active")
    await call("deleteWebhook")
    (update,) = await call("getUpdates")
    assert update["message"]["text"] == "unanswered"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://example.org/hook"},
        {"url": "https://"},
        {"url": "https://example.org", "secret_token": "no spaces"},
        {"url": "https://example.org", "max_connections": 101},
    ],
)
async def test_a_webhook_that_makes_no_sense_is_refused(
    call: Caller, wrong: dict[str, Any]
) -> None:
    assert (await call.fails("setWebhook", **wrong)).startswith("Bad Request: ")
    assert (await call("getWebhookInfo"))["url"] == ""


async def test_a_reset_ends_the_delivery(
    control: ControlClient, call: Caller, receiver: Receiver
) -> None:
    await listen(call, receiver, drop_pending_updates=True)
    await control.reset()
    chat, writer = await group(control)
    await call("getUpdates", allowed_updates=["message"])
    await control.post(chat, Draft(from_id=writer, text="polled"))
    (update,) = await call("getUpdates")
    assert update["message"]["text"] == "polled"
    assert not receiver.came
