"""The demo: an authored group, its talk, and those who come to spam it.

async with serving(app := create_app()) as url:
    demo = asyncio.create_task(play(app))
"""

from chatwarden.simulator.demo.player import Player, play
from chatwarden.simulator.demo.stage import GROUP_ID

__all__ = ["GROUP_ID", "Player", "play"]
