"""Somebody before the gate: they are asked, and answer."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import update
from tests.support.scene import BOT_ID, HAM
from tests.support.talk import Said, Talk

from chatwarden._engine import validate_policy
from chatwarden.bot.gate.keeper import GateKeeper
from chatwarden.bot.gate.question import gate_of, question_of
from chatwarden.storage.models import Action, Challenge, Group
from chatwarden.storage.repositories.standing import standing_of


async def set_policy(talk: Talk, **fields: Any) -> None:
    """Give the group a policy, as the dashboard does."""
    warden = talk.warden
    await talk.scene.say(talk.scene.member, HAM)  # The group is known by what is said in it.
    await warden.take()
    policy = msgspec.json.decode(validate_policy(msgspec.json.encode(fields)))
    async with warden.database.transaction() as session:
        await session.execute(
            update(Group).where(Group.chat_id == talk.scene.group).values(policy=policy)
        )
    await settings_changed(talk)


async def settings_changed(talk: Talk) -> None:
    """The scanner takes what was set, as it does when it is told that a group changed."""
    warden = talk.warden
    async with warden.database.transaction() as session:
        standing = await standing_of(session, bot_id=BOT_ID, chat_id=talk.scene.group)
    warden.scanner.set_group(await warden.group(), standing)


@dataclass
class AtTheGate:
    """One person, and the group's keeper."""

    talk: Talk
    person: int

    def __post_init__(self) -> None:
        self.keeper = GateKeeper(self.talk.ports)

    async def challenge(self) -> Challenge:
        """The newest that they had to answer."""
        rows = await self.talk.warden.rows(Challenge)
        mine = [row for row in rows if row.user_id == self.person]
        assert isinstance(mine[-1], Challenge)
        return mine[-1]

    async def answer(self, said: Said, *, rightly: bool, chat: int | None = None) -> str:
        """Press the right button, or a wrong one; the line that they are shown."""
        data = next(iter(said.buttons.values()))
        _, _, seed, _ = data.split(":")
        group = await self.talk.warden.group()
        ports = self.talk.ports
        question = question_of(
            gate_of(group.policy),
            seed,
            chat_id=group.chat_id,
            secret=ports.gate_secret,
            language=group.language,
        )
        right = question.right
        index = right if rightly else (right + 1) % len(question.options)
        (words,) = [
            text for text, one in said.buttons.items() if one.rpartition(":")[2] == str(index)
        ]
        where = self.talk.scene.group if chat is None else chat
        return await self.talk.press(where, said, words, by=self.person)

    async def actions(self, kind: str) -> list[Action]:
        rows = await self.talk.warden.rows(Action)
        return [row for row in rows if row.kind == kind and row.sender_id == self.person]
