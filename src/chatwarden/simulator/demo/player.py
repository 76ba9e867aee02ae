"""Plays the demo: a few days of history at once, then one event every second or two, without end.

In: a simulator. Out: a lively group in it. Ends by cancellation; a mistake in the script raises.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import TypeVar

from chatwarden.simulator.app import Simulator
from chatwarden.simulator.demo.attacks import ATTACKS
from chatwarden.simulator.demo.cast import load_cast
from chatwarden.simulator.demo.screenplay import Screenplay, load_screenplay
from chatwarden.simulator.demo.stage import Stage
from chatwarden.simulator.demo.traps import TRAPS
from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.messages import Message

T = TypeVar("T")

HISTORY_DAYS = 6
SMALL_TALK_A_DAY = 1
"""Single lines each regular says on each day of the history."""
SHORTEST_PAUSE = 0.7
LONGEST_PAUSE = 2.5
"""Seconds between two events."""
ATTACK_SHARE = 0.2
TRAP_SHARE = 0.08
"""How much of what begins anew is an attack or a trap."""
AT_ONCE = 2
"""Attacks and traps under way at the same time."""


async def play(
    simulator: Simulator,
    *,
    token: str | None = None,
    seed: int = 7,
    speed: float = 1.0,
    history: bool = True,
) -> None:
    """Play until cancelled. `token` is the bot that guards the group, the simulator's first one if left out.

    `speed` divides the pauses. The same seed plays the same demo.
    """
    world = simulator.world
    bot = world.bots[token] if token else next(iter(world.bots.values()))
    player = Player(simulator, bot, Random(seed))
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
        self._talk = self._talking()
        self._attacks = _bag(ATTACKS, random)
        self._traps = _bag(TRAPS, random)
        self._under_way: list[Iterator[None]] = []

    def pause(self) -> float:
        """Seconds until the next event."""
        return self._random.uniform(SHORTEST_PAUSE, LONGEST_PAUSE)

    def recall(self) -> None:
        """Let the group's past days happen, so that regulars are regulars."""
        now = self.stage.world.clock.date()
        start = now - HISTORY_DAYS * 86_400
        said = list(_history(self._screenplay, self.stage, self._random))
        apart = (now - 600 - start) // len(said)
        last: dict[str, Message] = {}
        for number, (who, text, whom) in enumerate(said):
            date = start + number * apart + self._random.randrange(max(1, apart // 2))
            answered = last.get(whom) if whom else None
            person = self.stage.people[who]
            last[who] = self.stage.say(person, text, reply_to=answered, date=date)

    def step(self) -> None:
        """Let one thing happen: the next line of the talk, or a move of an attack or a trap."""
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
        for scene in _bag(self._screenplay.scenes, self._random):
            last: dict[str, Message] = {}
            for line in self._screenplay.perform(scene, self._random):
                answered = last.get(line.answers) if line.answers else None
                person = self.stage.people[line.who]
                try:
                    last[line.who] = self.stage.say(person, line.text, reply_to=answered)
                except ControlError as error:
                    if error.status != 409:
                        raise
                yield


def _history(
    screenplay: Screenplay, stage: Stage, random: Random
) -> Iterator[tuple[str, str, str | None]]:
    """Who said what in answer to whom, in the past days."""
    scenes = list(screenplay.scenes)
    random.shuffle(scenes)
    for day in range(HISTORY_DAYS):
        regulars = list(stage.people) * SMALL_TALK_A_DAY
        random.shuffle(regulars)
        for who in regulars:
            yield who, screenplay.small_talk(random), None
        for scene in scenes[day::HISTORY_DAYS]:
            for line in screenplay.perform(scene, random):
                yield line.who, line.text, line.answers


def _bag(things: Sequence[T], random: Random) -> Iterator[T]:
    """All things in a random order, again and again."""
    while True:
        yield from random.sample(things, len(things))
