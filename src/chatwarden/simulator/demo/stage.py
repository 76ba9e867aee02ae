"""The stage of the demo: the group with its people and its bot, and what an actor can do on it."""

from random import Random
from typing import Any

from chatwarden.simulator.demo.cast import Cast, Place
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat, ChatType
from chatwarden.simulator.state.members import Rights
from chatwarden.simulator.state.membership import join, promote
from chatwarden.simulator.state.messages import Message
from chatwarden.simulator.state.people import Person
from chatwarden.simulator.state.posting import Draft, Edit, edit, post, react
from chatwarden.simulator.state.world import World

GROUP_ID = -1_001_700_000_001
CHANNEL_ID = -1_001_700_000_002

DEMO_EPOCH = 1_790_000_000
MESSAGES_A_SECOND = 10
"""Message ids start from the time, so that no id comes again when the demo is started again."""


class Stage:
    """The demo group. Actions of somebody banned or muted meanwhile raise ControlError 409."""

    def __init__(self, world: World, bot: Bot, cast: Cast, random: Random) -> None:
        self.world = world
        self.random = random
        self.people: dict[str, Person] = {}
        """The cast by the names of the screenplay."""
        self.last_spam: Message | None = None
        self._settle(cast)
        self.group = self._place(cast.group, GROUP_ID, "supergroup", self._owner.id)
        self.channel = self._place(cast.channel, CHANNEL_ID, "channel", self._owner.id)
        self.group.linked_chat_id, self.channel.linked_chat_id = self.channel.id, self.group.id
        self.group.messages.start_at(MESSAGES_A_SECOND * (world.clock.date() - DEMO_EPOCH))
        self._fill(cast)
        join(world, self.group, bot.person, announced=False)
        promote(world, self.group, bot.person, Rights(), actor=self._owner.id)

    def say(
        self,
        who: Person,
        text: str | None,
        *,
        reply_to: Message | None = None,
        date: int | None = None,
        entities: list[dict[str, Any]] | None = None,
        buttons: list[list[dict[str, Any]]] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> Message:
        """Somebody posts; an answer to a message that is gone becomes a message of its own."""
        living = reply_to is not None and not reply_to.is_deleted
        draft = Draft(
            from_id=who.id,
            text=text,
            reply_to=reply_to.id if living and reply_to else None,
            date=date,
            entities=entities,
            buttons=buttons,
            extra=extra,
        )
        return post(self.world, self.group, draft)

    def say_as(self, chat: Chat, text: str, extra: dict[str, Any] | None = None) -> Message:
        """A channel speaks in the group; given the group itself, an anonymous admin does."""
        return post(self.world, self.group, Draft(sender_chat_id=chat.id, text=text, extra=extra))

    def announce(self, text: str) -> Message:
        """The linked channel posts, and Telegram forwards it into the group."""
        return post(self.world, self.channel, Draft(text=text))

    def change(self, message: Message, text: str) -> None:
        """The sender edits a message; nothing happens if it is gone."""
        if not message.is_deleted:
            edit(self.world, self.group, message.id, Edit(text=text))

    def react(self, who: Person, emoji: str) -> None:
        """Somebody reacts to the newest message they have not reacted to."""
        for message in self.group.messages.latest():
            if not message.is_deleted and who.id not in (message.reactions or {}):
                react(self.world, self.group, message.id, from_id=who.id, emoji=[emoji])
                return

    def newcomer(
        self,
        first_name: str,
        *,
        last_name: str | None = None,
        username: str | None = None,
        language: str = "en",
        bio: str | None = None,
        joins: bool = True,
        extra: dict[str, Any] | None = None,
    ) -> Person:
        """Somebody new exists and, unless told otherwise, joins the group."""
        person = self.world.add_person(
            Person(
                id=self.random.randint(6_000_000_000, 7_999_999_999),
                first_name=first_name,
                last_name=last_name,
                username=username,
                language_code=language,
                bio=bio,
            )
        )
        if joins:
            join(self.world, self.group, person, extra=extra)
        return person

    def outside_channel(self, title: str, username: str) -> Chat:
        """A channel somewhere else."""
        chat_id = -1_002_000_000_000 - self.random.randint(1, 999_999_999)
        return self.world.add_chat(id=chat_id, type="channel", title=title, username=username)

    @property
    def _owner(self) -> Person:
        return self.people[self._owner_name]

    def _settle(self, cast: Cast) -> None:
        self._owner_name = next(name for name, one in cast.people.items() if one.role == "owner")
        for number, (name, role) in enumerate(cast.people.items()):
            self.people[name] = self.world.add_person(
                Person(
                    id=200_000_001 + number * 7_654_321,
                    first_name=role.first,
                    last_name=role.last,
                    username=role.username,
                    language_code=role.knows,
                    is_premium=role.premium,
                    bio=role.bio,
                )
            )

    def _place(self, place: Place, chat_id: int, type: ChatType, owner: int) -> Chat:
        return self.world.add_chat(
            id=chat_id,
            type=type,
            title=place.title,
            username=place.username,
            description=place.description,
            owner=owner,
        )

    def _fill(self, cast: Cast) -> None:
        """Let all be members before the bot comes: it hears of nobody's joining."""
        for name, role in cast.people.items():
            member = self.world.member(self.group, self.people[name])
            member.custom_title = role.title
            if role.role == "member":
                member.status = "member"
            elif role.role == "admin":
                member.status, member.rights = "administrator", Rights()
