"""A simulated group with an owner, an admin bot and members, and messages that must or must not go."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.product import TOKEN

from chatwarden.simulator import Simulator, create_app, serving
from chatwarden.simulator.client import ControlClient, Draft, NewChat, NewPerson, Rights
from chatwarden.simulator.state.ledger import Record

BOT_ID = int(TOKEN.partition(":")[0])

SPAM = "We know a remote job for 80$ a day that the garden needs, come to https://t.me/+AbCdEfGh12345678"
"""From a newcomer: deleted, its sender muted."""

HEAVY_SPAM = (
    "REMOTE JOB 18+, from 300$ a day, no experience needed! "
    "Write me in PM now or join https://t.me/+AbCdEfGh12345678"
)
"""From a newcomer: deleted, its sender banned."""

HAM = "Does anyone know whether the workshop is open on Saturday?"


@dataclass
class Scene:
    """Everything by its id."""

    app: Simulator
    url: str
    control: ControlClient
    group: int
    owner: int
    admin: int
    member: int
    channel: int
    """Its posts are forwarded into the group."""

    async def newcomer(self, name: str = "Rex", **told: Any) -> int:
        """Somebody who has just joined; `told`: more of a NewPerson."""
        (person,) = await self.control.add_people(NewPerson(first_name=name, **told))
        await self.control.join(self.group, person, announced=False)
        return person

    async def say(self, person: int, text: str) -> int:
        """The id of the message."""
        return await self.control.post(self.group, Draft(from_id=person, text=text))

    def is_deleted(self, message_id: int) -> bool:
        deletion = self.app.world.ledger.deletions.get((self.group, message_id))
        return deletion is not None and deletion.effective > 0

    def record(self, sender: int) -> Record | None:
        """What bots did to a sender in the group."""
        return self.app.world.ledger.records.get((self.group, sender))

    def status(self, person: int) -> str:
        chat = self.app.world.chats[self.group]
        return self.app.world.member(chat, self.app.world.person(person)).status


@asynccontextmanager
async def playing_scene() -> AsyncIterator[Scene]:
    """A simulator with one guarded supergroup."""
    app = create_app(tokens=[TOKEN])
    async with serving(app) as url, ControlClient(url) as control:
        yield await new_scene(app, url, control)


async def new_scene(
    app: Simulator, url: str, control: ControlClient, *, is_forum: bool = False
) -> Scene:
    """Another group in the same simulator, with people of its own."""
    owner, admin, member = await control.add_people(
        NewPerson(first_name="Olga"), NewPerson(first_name="Amir"), NewPerson(first_name="Mateus")
    )
    group = await control.add_chat(NewChat(title="Makers", owner=owner, is_forum=is_forum))
    channel = await control.add_chat(
        NewChat(title="Makers' news", type="channel", owner=owner, linked_chat_id=group)
    )
    await control.add_admin(group, BOT_ID)
    await control.add_admin(group, admin, Rights())
    await control.join(group, member, announced=False)
    return Scene(app, url, control, group, owner, admin, member, channel)


async def eventually(
    holds: Callable[[], bool] | Callable[[], Awaitable[bool]], *, what: str, seconds: float = 120
) -> None:
    """Wait until something holds. Fails, naming it, where it never does: a bound on hanging, no measure of speed."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = holds()
                if await answer if isinstance(answer, Awaitable) else answer:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never came true: {what}") from None
