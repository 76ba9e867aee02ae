"""Everything the demo sends is understood by aiogram's own types."""

import asyncio
from random import Random

import pytest
from aiogram.types import Update

from chatwarden.simulator import create_app, serving
from chatwarden.simulator.demo import Player, play
from chatwarden.simulator.wire import decode

from .conftest import EVERYTHING, connect


def test_aiogram_understands_every_update_of_the_demo() -> None:
    app = create_app()
    bot = next(iter(app.world.bots.values()))
    bot.updates.allow(EVERYTHING)
    player = Player(app, bot, Random(1))
    player.recall()
    for _ in range(500):
        player.step()
    offset = 0
    while bodies := bot.updates.take(offset, 100, app.world.clock.now()):
        for body in bodies:
            update = Update.model_validate(decode(body))
            assert update.event_type in EVERYTHING
            offset = update.update_id + 1


async def test_the_demo_plays_until_it_is_cancelled() -> None:
    app = create_app()
    async with serving(app) as url, connect(url) as bot:
        demo = asyncio.create_task(play(app, speed=200.0))
        seen = 0
        offset = 0
        while seen < 250:
            for update in await bot.get_updates(offset=offset, timeout=10):
                offset, seen = update.update_id + 1, seen + 1
        demo.cancel()
        with pytest.raises(asyncio.CancelledError):
            await demo
