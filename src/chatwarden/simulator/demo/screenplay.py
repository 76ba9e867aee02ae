"""The group's talk, from screenplay.txt: scenes of lines, performed a little differently each time.

A line is ``who: text`` or ``who > whom: text`` (an answer to whom's last line in the scene).
``{a|b}`` picks one anew, ``{word}`` picks once for a scene.
"""

import re
from collections.abc import Iterator
from importlib import resources
from random import Random

import msgspec

ANYONE = "anyone"
_CHOICE = re.compile(r"\{([^{}]+)\}")
_LINE = re.compile(r"(?P<who>\w+)(?: > (?P<whom>\w+))?: (?P<text>.+)")


class Line(msgspec.Struct, frozen=True):
    """Something somebody says."""

    who: str
    text: str
    answers: str | None = None


class Scene(msgspec.Struct, frozen=True):
    """A short conversation."""

    title: str
    lines: list[Line]


class Screenplay(msgspec.Struct, frozen=True):
    """All scenes, the single lines anybody may say, and the words to choose from."""

    scenes: list[Scene]
    singles: list[Line]
    words: dict[str, list[str]]

    def perform(self, scene: Scene, random: Random) -> Iterator[Line]:
        """The scene's lines with everything chosen."""
        words = {name: random.choice(options) for name, options in self.words.items()}
        for line in scene.lines:
            yield Line(line.who, _choose(line.text, words, random), line.answers)

    def small_talk(self, random: Random) -> Iterator[str]:
        """Single lines anybody may say, without end; none comes again before all have come."""
        while True:
            for line in random.sample(self.singles, len(self.singles)):
                words = {name: random.choice(options) for name, options in self.words.items()}
                yield _choose(line.text, words, random)


def load_screenplay() -> Screenplay:
    """The screenplay the package ships. Raises ValueError, with the line, where it is malformed."""
    text = resources.files(__package__).joinpath("screenplay.txt").read_text(encoding="utf-8")
    return parse(text)


def parse(text: str) -> Screenplay:
    """A screenplay from its text. Raises ValueError, with the line, where it is malformed."""
    scenes: list[Scene] = []
    words: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("words "):
            name, _, options = line.removeprefix("words ").partition(": ")
            words[name] = [option.strip() for option in options.split("|")]
        elif line.startswith("== "):
            scenes.append(Scene(line.removeprefix("== "), []))
        elif (match := _LINE.fullmatch(line)) and scenes:
            scenes[-1].lines.append(Line(match["who"], match["text"], match["whom"]))
        else:
            raise ValueError(f"line {number} of the screenplay is neither scene, line nor words")
    singles = [line for scene in scenes for line in scene.lines if line.who == ANYONE]
    return Screenplay([one for one in scenes if one.lines[0].who != ANYONE], singles, words)


def _choose(text: str, words: dict[str, str], random: Random) -> str:
    def pick(match: re.Match[str]) -> str:
        inside = match[1]
        return random.choice(inside.split("|")) if "|" in inside else words[inside]

    return _CHOICE.sub(pick, text)
