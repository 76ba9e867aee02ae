"""A running simulator, its control client, and aiogram's own client talking to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from chatwarden.simulator import Simulator, create_app, serving
from chatwarden.simulator.client import ControlClient, NewChat, NewPerson

EVERYTHING = ["message", "edited_message", "chat_member", "my_chat_member", "callback_query"]


@dataclass
class Scene:
    """A supergroup with an owner, an admin bot and a member."""

    app: Simulator
    url: str
    control: ControlClient
    bot: Bot
    group: int
    owner: int
    member: int


def connect(url: str, token: str = "42:TEST") -> Bot:
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    app = create_app(tokens=["42:TEST"])
    async with serving(app) as url, ControlClient(url) as control, connect(url) as bot:
        owner, member = await control.add_people(
            NewPerson(first_name="Olga", username="olga"), NewPerson(first_name="Mateus")
        )
        group = await control.add_chat(NewChat(title="Makers", owner=owner))
        await control.add_admin(group, 42)
        await control.join(group, member, announced=False)
        yield Scene(app, url, control, bot, group, owner, member)
