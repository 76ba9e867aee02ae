"""Plays the demo: a few days of history at once, then one event every second or two, without end.

In: a simulator. Out: a lively group in it. Ends by cancellation; a mistake in the script raises.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby
from operator import itemgetter
from random import Random
from typing import TypeVar

from chatwarden.simulator.app import Simulator
from chatwarden.simulator.demo.attacks import ATTACKS
from chatwarden.simulator.demo.cast import load_cast
from chatwarden.simulator.demo.screenplay import Line, Scene, Screenplay, load_screenplay
from chatwarden.simulator.demo.stage import Stage
from chatwarden.simulator.demo.traps import TRAPS
from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.messages import Message

T = TypeVar("T")

HISTORY_DAYS = 6
DAY = 86_400
"""Seconds."""
SHORTEST_PAUSE = 0.4
LONGEST_PAUSE = 1.6
"""Seconds between two events."""
ATTACK_SHARE = 0.3
TRAP_SHARE = 0.08
"""How much of what begins anew is an attack or a trap."""
AT_ONCE = 2
"""Attacks and traps under way at the same time."""


async def play(
    simulator: Simulator,
    *,
    token: str | None = None,
    seed: int | None = None,
    speed: float = 1.0,
    history: bool = True,
) -> None:
    """Play until cancelled. `token` is the bot that guards the group, the simulator's first one if
    left out.

    `speed` divides the pauses. The same seed plays the same demo; without one, the time decides.
    """
    world = simulator.world
    bot = world.bots[token] if token else next(iter(world.bots.values()))
    player = Player(simulator, bot, Random(world.clock.date() if seed is None else seed))
    if history:
        player.recall()
    while True:
        await asyncio.sleep(player.pause() / speed)
        player.step()


class Player:
    """One performance. `step` makes one event happen."""

    def __init__(self, simulator: Simulator, bot: Bot, random: Random) -> None:
        self._random = random
        self._screenplay = load_screenplay()
        self.stage = Stage(simulator.world, bot, load_cast(), random)
        scenes = self._screenplay.scenes
        self._past = random.sample(scenes, len(scenes) // 2)
        """The scenes of the history; they come again only after the others."""
        self._talk = self._talking()
        self._attacks = _bag(ATTACKS, random)
        self._traps = _bag(TRAPS, random)
        self._under_way: list[Iterator[None]] = []
        self._opened = False

    def pause(self) -> float:
        """Seconds until the next event."""
        return self._random.uniform(SHORTEST_PAUSE, LONGEST_PAUSE)

    def recall(self) -> None:
        """Let the group's past days happen, so that regulars are regulars."""
        now = self.stage.world.clock.date()
        said = _history(self._screenplay, self._past, list(self.stage.people), self._random)
        last: dict[str, Message] = {}
        for day, lines in groupby(said, key=itemgetter(0)):
            date = now - (HISTORY_DAYS - day) * DAY
            for _, line in lines:
                date += self._random.randint(60, 900)
                last[line.who] = self._say(line, last, date=date)

    def step(self) -> None:
        """Let one thing happen: the next line of the talk, or a move of an attack or a trap.

        The first is an attack: whoever has just started the product is not kept waiting.
        """
        if not self._opened:
            self._opened = True
            self._begin(next(self._attacks))
            return
        chance = self._random.random()
        if self._under_way and self._random.random() < 0.5:
            self._move(self._random.choice(self._under_way))
        elif chance < ATTACK_SHARE and len(self._under_way) < AT_ONCE:
            self._begin(next(self._attacks))
        elif chance < ATTACK_SHARE + TRAP_SHARE and len(self._under_way) < AT_ONCE:
            self._begin(next(self._traps))
        else:
            next(self._talk)

    def _begin(self, act: Callable[[Stage], Iterator[None]]) -> None:
        moves = act(self.stage)
        self._under_way.append(moves)
        self._move(moves)

    def _move(self, moves: Iterator[None]) -> None:
        """One move. Who was banned or muted meanwhile is stopped, which is what the demo shows."""
        try:
            next(moves)
        except StopIteration:
            self._under_way.remove(moves)
        except ControlError as error:
            self._under_way.remove(moves)
            if error.status != 409:
                raise

    def _talking(self) -> Iterator[None]:
        coming = [scene for scene in self._screenplay.scenes if scene not in self._past]
        self._random.shuffle(coming)
        for scene in chain(coming, _bag(self._screenplay.scenes, self._random)):
            last: dict[str, Message] = {}
            for line in self._screenplay.perform(scene, self._random):
                try:
                    last[line.who] = self._say(line, last)
                except ControlError as error:
                    if error.status != 409:
                        raise
                yield

    def _say(self, line: Line, last: dict[str, Message], date: int | None = None) -> Message:
        answered = last.get(line.answers) if line.answers else None
        who = self.stage.people[line.who]
        return self.stage.say(who, line.text, reply_to=answered, date=date)


def _history(
    screenplay: Screenplay, scenes: Sequence[Scene], people: Sequence[str], random: Random
) -> Iterator[tuple[int, Line]]:
    """Who said what on which day of the past."""
    small_talk = screenplay.small_talk(random)
    for day in range(HISTORY_DAYS):
        for who in people[day % 2 :: 2]:
            yield day, Line(who, next(small_talk))
        for scene in scenes[day::HISTORY_DAYS]:
            for line in screenplay.perform(scene, random):
                yield day, line


def _bag(things: Sequence[T], random: Random) -> Iterator[T]:
    """All things in a random order, again and again."""
    while True:
        yield from random.sample(things, len(things))
