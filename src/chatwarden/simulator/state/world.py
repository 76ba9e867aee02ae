"""Everything there is: people, chats, bots, the time, the ledger. What happens in it is in the
files beside this one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatwarden.simulator.clock import Clock
from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat, ChatType
from chatwarden.simulator.state.files import Files
from chatwarden.simulator.state.ledger import Ledger
from chatwarden.simulator.state.members import Member, Rights
from chatwarden.simulator.state.people import Person, service_accounts
from chatwarden.simulator.wire import encode

if TYPE_CHECKING:
    from chatwarden.simulator.state.requests import JoinRequest

FIRST_PERSON = 5_000_000_001
FIRST_SUPERGROUP = -1_001_000_000_001
FIRST_GROUP = -4_000_001


class World:
    """The simulated Telegram."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.bots: dict[str, Bot] = {}
        self.requests: dict[tuple[int, int], JoinRequest] = {}
        """Who waits to be let in, by chat and person."""
        self.last_request: dict[int, float] = {}
        """When each person last asked to be let in anywhere."""
        self.ledger = Ledger()
        self.files = Files()
        self._encoded_people: dict[int, bytes] = {}
        self._callbacks = 0
        self._last_person_id = FIRST_PERSON - 1
        self.reset()

    def reset(self) -> None:
        """Forget everything but the bots' tokens and the time."""
        self.people.clear()
        self.chats.clear()
        self.requests.clear()
        self.last_request.clear()
        self._encoded_people.clear()
        self.ledger = Ledger()
        self.files = Files()
        for person in [*service_accounts(), *(bot.person for bot in self.bots.values())]:
            self.add_person(person)
        for bot in self.bots.values():
            bot.updates.clear()
            bot.webhook = None
            bot.commands.clear()
            bot.callbacks.clear()

    def add_person(self, person: Person) -> Person:
        """Let somebody exist, or replace who has this id (a new name, a new bio)."""
        self.people[person.id] = person
        self._encoded_people.pop(person.id, None)
        for chat in self.chats.values():
            if person.id in chat.members:
                chat.members[person.id].person = person
        return person

    def add_bot(self, token: str, *, name: str = "Warden", username: str = "warden_bot") -> Bot:
        """Let a bot exist, or rename it. Its id is the part of the token before the colon.

        Its updates are numbered from the time in milliseconds: a bot that remembers where it was
        must not take a restarted simulator's updates for old ones.
        Raises ControlError 400 for a token of any other form.
        """
        id_text, colon, _ = token.partition(":")
        if not colon or not id_text.isdecimal():
            raise ControlError(400, "token_malformed", "a token is a number, a colon and letters")
        person = Person(id=int(id_text), first_name=name, username=username, is_bot=True)
        bot = self.bots.setdefault(
            token, Bot(person, token, first_update=int(self.clock.now() * 1000))
        )
        bot.person = self.add_person(person)
        return bot

    def add_chat(
        self,
        *,
        type: ChatType,
        title: str,
        id: int | None = None,
        username: str | None = None,
        owner: int | None = None,
        is_forum: bool = False,
        description: str | None = None,
    ) -> Chat:
        """Let a group or channel exist; `owner` is the person who made it."""
        chat = Chat(
            id=self._free_chat_id(type) if id is None else id,
            type=type,
            title=title,
            username=username,
            is_forum=is_forum,
            description=description,
        )
        self.chats[chat.id] = chat
        if owner is not None:
            member = chat.member(self.person(owner))
            member.status, member.rights = "creator", Rights(can_promote_members=True)
            chat.owner_id = owner
        return chat

    def private_chat(self, person: Person) -> Chat:
        """The chat between the bots and one person; its id is the person's."""
        found = self.chats.get(person.id)
        if found is None:
            found = Chat(
                id=person.id, type="private", title=person.first_name, username=person.username
            )
            self.chats[person.id] = found
        return found

    def person(self, person_id: int) -> Person:
        """Raises ControlError 404 for someone unknown."""
        found = self.people.get(person_id)
        if found is None:
            raise ControlError(404, "person_unknown", f"there is no person {person_id}")
        return found

    def chat(self, chat_id: int) -> Chat:
        """Raises ControlError 404 for an unknown chat."""
        found = self.chats.get(chat_id)
        if found is None:
            raise ControlError(404, "chat_unknown", f"there is no chat {chat_id}")
        return found

    def find_chat(self, username: str) -> Chat | None:
        """A public chat by its name, without the @, whatever the case."""
        wanted = username.lower()
        for chat in self.chats.values():
            if chat.username and chat.username.lower() == wanted and chat.type != "private":
                return chat
        return None

    def member(self, chat: Chat, person: Person) -> Member:
        """A person's standing in a chat at this moment: what has run out is settled first."""
        found = chat.member(person)
        found.settle(self.clock.now())
        return found

    def encoded_person(self, person_id: int) -> bytes:
        """The User as JSON. Raises ControlError 404 for someone unknown."""
        found = self._encoded_people.get(person_id)
        if found is None:
            found = self._encoded_people[person_id] = encode(self.person(person_id).user())
        return found

    def bots_in(self, chat: Chat) -> Iterable[tuple[Bot, Member]]:
        """The bots that are in a chat; in a private chat all of them."""
        for bot in self.bots.values():
            if chat.type == "private":
                yield bot, Member(person=bot.person, status="member")
            elif (member := chat.members.get(bot.id)) is not None and member.is_present:
                yield bot, member

    def take_person_id(self) -> int:
        """An id nobody has."""
        self._last_person_id += 1
        while self._last_person_id in self.people:
            self._last_person_id += 1
        return self._last_person_id

    def take_callback_id(self) -> str:
        """The next callback query id."""
        self._callbacks += 1
        return str(4_000_000_000_000 + self._callbacks)

    def _free_chat_id(self, type: ChatType) -> int:
        chat_id = FIRST_GROUP if type == "group" else FIRST_SUPERGROUP
        while chat_id in self.chats:
            chat_id -= 1
        return chat_id
