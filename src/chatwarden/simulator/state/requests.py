"""Asking to be let in: who waits for an answer, whom a bot may write to because of it, and the ten seconds Telegram waits for a guard bot."""

from typing import Any

import msgspec

from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.membership import join
from chatwarden.simulator.state.people import Person
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import encode

WRITABLE = 300
"""Seconds after a request in which a bot may write to whoever asked (Bot API, ChatJoinRequest.user_chat_id)."""
QUERY_WAITS = 10
"""Seconds Telegram waits for the answer to a query (Bot API, answerChatJoinRequestQuery)."""


class JoinRequest(msgspec.Struct, kw_only=True):
    """Somebody waits to be let in. Times are seconds since the epoch."""

    chat_id: int
    person_id: int
    asked_at: float
    query_id: str | None = None
    query_answer: str | None = None
    """What a bot said in time: approve, decline or queue."""


def request(
    world: World,
    chat: Chat,
    person: Person,
    *,
    with_query: bool = False,
    extra: dict[str, Any] | None = None,
) -> None:
    """Ask to be let in. Bots that are admins with the right to invite hear of it. Raises ControlError 409 for the banned and members."""
    member = world.member(chat, person)
    if member.status == "kicked" or member.is_present:
        raise ControlError(409, "cannot_ask", "a banned person or a member does not ask to join")
    now = world.clock.now()
    asked = JoinRequest(chat_id=chat.id, person_id=person.id, asked_at=now)
    if with_query:
        asked.query_id = world.take_callback_id()
    world.requests[chat.id, person.id] = asked
    world.last_request[person.id] = now
    body: dict[str, Any] = {
        "chat": chat.encoded(),
        "from": person.encoded(),
        "user_chat_id": person.id,
        "date": world.clock.date(),
    }
    if person.bio:
        body["bio"] = person.bio
    if asked.query_id is not None:
        body["query_id"] = asked.query_id
    for bot, member in world.bots_in(chat):
        if member.may("can_invite_users"):
            bot.updates.put("chat_join_request", encode(body | (extra or {})), now)


def let_in(world: World, asked: JoinRequest) -> None:
    """Whoever asked comes in."""
    del world.requests[asked.chat_id, asked.person_id]
    chat, person = world.chat(asked.chat_id), world.person(asked.person_id)
    join(world, chat, person, extra={"via_join_request": True})


def may_be_written_to(world: World, person_id: int) -> bool:
    """Whether somebody asked lately enough for a bot to write to them."""
    return world.clock.now() - world.last_request.get(person_id, -WRITABLE) < WRITABLE
