"""What somebody is asked, and which answer is right: both follow from the group's policy and a seed, so that nothing about it has to be kept.

A question that many see (in a raid) has one seed for all of them. Which answer is right cannot be told from the button: the seed is mixed with a secret.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from chatwarden.bot.words import Html, plain, say
from chatwarden.storage.models import Group
from chatwarden.telegram.messages import Button, Keyboard

PICTURES = ["🐱", "🐶", "🌳", "🏠", "🚗", "⚽", "☂️", "🍎", "🔑", "🐟", "🌙", "⛵"]
"""Things that every screen reader names. What the bot calls them stands in the words "gate.pictures", in this order."""
_SHOWN_PICTURES = 6
_A_ROW = 3
_MOST_TRIES = 3


class OwnQuestion(msgspec.Struct, frozen=True):
    text: str
    answers: list[str]
    """The first is right."""


class Gate(msgspec.Struct, frozen=True):
    """By contracts/generated/policy.schema.json."""

    ask: Literal["nobody", "suspicious", "everyone"] = "suspicious"
    by: Literal["button", "picture", "question"] = "picture"
    minutes: int = 5
    question: OwnQuestion | None = None


@dataclass(frozen=True, slots=True)
class Question:
    text: Html
    options: Sequence[str]
    """As they are shown."""
    right: int
    """The index of the right one."""

    @property
    def most_tries(self) -> int:
        """Fewer than there are answers: nobody gets through by trying all."""
        return max(1, min(_MOST_TRIES, len(self.options) - 1))

    @property
    def in_a_row(self) -> int:
        """How many buttons stand beside each other."""
        return _A_ROW if all(len(option) <= 2 for option in self.options) else 1

    def keyboard(self, chat_id: int, seed: str) -> Keyboard:
        """A button for each option. `chat_id`: the group that it is about."""
        buttons = [
            Button(option, data=f"gate:{chat_id}:{seed}:{index}")
            for index, option in enumerate(self.options)
        ]
        row = self.in_a_row
        return [buttons[start : start + row] for start in range(0, len(buttons), row)]


def gate_of(policy: Mapping[str, Any]) -> Gate:
    """A policy that is older than the gate has its defaults."""
    return msgspec.convert(policy.get("gate", {}), Gate)


def question_of(gate: Gate, seed: str, *, chat_id: int, secret: bytes, language: str) -> Question:
    """The same seed asks the same in a group, as long as the policy is; elsewhere it asks something else."""
    chance = hmac.digest(secret, f"{chat_id}:{seed}".encode(), "sha256")
    if gate.by == "question" and gate.question is not None:
        order = _shuffled(range(len(gate.question.answers)), chance)
        options = [gate.question.answers[index] for index in order]
        return Question(
            say(language, "gate.own", question=gate.question.text), options, order.index(0)
        )
    if gate.by == "button":
        return Question(say(language, "gate.button"), [plain(language, "button.person")], 0)
    shown = _shuffled(range(len(PICTURES)), chance)[:_SHOWN_PICTURES]
    right = chance[-1] % len(shown)
    names = plain(language, "gate.pictures").replace("،", ",").split(",")
    text = say(language, "gate.picture", picture=names[shown[right]].strip())
    return Question(text, [PICTURES[index] for index in shown], right)


def join_words(group: Group, gate: Gate, question: Html) -> Html:
    """All that somebody who joined is told."""
    language = group.language
    why = say(language, "gate.why.join", group=group.title)
    return Html("\n".join([why, "", question, say(language, "gate.time", minutes=gate.minutes)]))


def newcomer_question(group: Group, policy: Mapping[str, Any]) -> Question:
    """What somebody who joins would be told and asked under a policy: for those who decide on it. Nobody is asked by it."""
    gate = gate_of(policy)
    question = question_of(
        gate, "preview", chat_id=group.chat_id, secret=bytes(32), language=group.language
    )
    return replace(question, text=join_words(group, gate, question.text))


def _shuffled(numbers: Sequence[int], chance: bytes) -> list[int]:
    """In an order that 32 bytes of chance tell."""
    return sorted(numbers, key=lambda number: (chance[number], number))
