"""A small world without HTTP: a group with an owner, a bot that is an admin, and a member."""

import pytest

from chatwarden.simulator.clock import Clock
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.members import Rights
from chatwarden.simulator.state.membership import join, promote
from chatwarden.simulator.state.people import Person
from chatwarden.simulator.state.world import World

NOW = 1_800_000_000.0


@pytest.fixture
def world() -> World:
    world = World(Clock(lambda: NOW))
    world.add_bot("42:TEST")
    world.add_person(Person(id=1, first_name="Olga"))
    world.add_person(Person(id=2, first_name="Mateus"))
    return world


@pytest.fixture
def bot(world: World) -> Bot:
    bot = world.bots["42:TEST"]
    kinds = ["message", "edited_message", "chat_member", "my_chat_member", "callback_query"]
    bot.updates.allow(kinds)
    return bot


@pytest.fixture
def group(world: World, bot: Bot) -> Chat:
    group = world.add_chat(type="supergroup", title="Makers", owner=1)
    join(world, group, bot.person, announced=False)
    promote(world, group, bot.person, Rights(), actor=1)
    join(world, group, world.person(2), announced=False)
    bot.updates.clear()
    return group
