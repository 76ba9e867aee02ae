"""What the control API does, operation by operation. Each takes its typed request and gives a typed
answer.

Raises ControlError for what makes no sense.
"""

from collections.abc import Iterable

import msgspec

from chatwarden.simulator.control import requests as r
from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state import membership, posting, requests
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.people import Person
from chatwarden.simulator.state.rawupdates import put_raw
from chatwarden.simulator.state.world import World


def add_people(world: World, request: r.NewPeople) -> r.Ids:
    """Let people exist."""
    ids: list[int | None] = []
    for new in request.people:
        fields = msgspec.structs.asdict(new)
        fields["id"] = world.take_person_id() if new.id is None else new.id
        ids.append(world.add_person(Person(**fields)).id)
    return r.Ids(ids)


def add_chat(world: World, request: r.NewChat) -> r.Ids:
    """Let a group or channel exist."""
    chat = world.add_chat(
        type=request.type,
        title=request.title,
        id=request.id,
        username=request.username,
        owner=request.owner,
        is_forum=request.is_forum,
        description=request.description,
    )
    if request.permissions is not None:
        chat.permissions = request.permissions
    if request.linked_chat_id is not None:
        other = world.chat(request.linked_chat_id)
        chat.linked_chat_id, other.linked_chat_id = other.id, chat.id
    return r.Ids([chat.id])


def add_file(world: World, request: r.NewFile) -> r.Text:
    """Let a file exist; gives its id."""
    return r.Text(world.files.add(request.content).id)


def add_bot(world: World, request: r.NewBot) -> r.Ids:
    """Let a bot exist."""
    bot = world.add_bot(request.token, name=request.name, username=request.username)
    bot.reads_everything = request.reads_everything
    return r.Ids([bot.id])


def join(world: World, request: r.Join) -> r.Ids:
    """People join a chat."""
    chat = world.chat(request.chat_id)
    for person_id in request.person_ids:
        person = world.person(person_id)
        membership.join(world, chat, person, extra=request.extra, announced=request.announced)
    return r.Ids(list(request.person_ids))


def ask_to_join(world: World, request: r.AskToJoin) -> r.Ids:
    """Somebody asks to be let in."""
    chat, person = world.chat(request.chat_id), world.person(request.person_id)
    requests.request(world, chat, person, with_query=request.with_query, extra=request.extra)
    return r.Ids([person.id])


def leave(world: World, request: r.Leave) -> r.Ids:
    """People leave a chat."""
    chat = world.chat(request.chat_id)
    for person_id in request.person_ids:
        membership.leave(world, chat, world.person(person_id), announced=request.announced)
    return r.Ids(list(request.person_ids))


def promote(world: World, request: r.Promote) -> r.Ids:
    """Somebody gets or loses admin rights."""
    chat = world.chat(request.chat_id)
    person = world.person(request.person_id)
    actor = _actor(chat, request.by, person.id)
    title = request.custom_title
    membership.promote(world, chat, person, request.rights, actor=actor, custom_title=title)
    return r.Ids([person.id])


def tag(world: World, request: r.Tag) -> r.Ids:
    """A member tags themselves."""
    chat, person = world.chat(request.chat_id), world.person(request.person_id)
    membership.tag(world, chat, world.member(chat, person), request.tag, actor=person.id)
    return r.Ids([person.id])


def kick(world: World, request: r.Kick) -> r.Ids:
    """An admin bans somebody by hand."""
    chat = world.chat(request.chat_id)
    member = world.member(chat, world.person(request.person_id))
    actor = _actor(chat, request.by, member.person.id)
    membership.ban(world, chat, member, actor=actor, until_date=request.until_date)
    return r.Ids([member.person.id])


def post(world: World, request: r.Post) -> r.Ids:
    """Somebody posts a message; in a private chat with the bot the chat's id is the person's."""
    return r.Ids([posting.post(world, _chat(world, request.chat_id), request.message).id])


def post_many(world: World, request: r.Bulk) -> r.Ids:
    """Many messages at once; one whose sender may not write is left out."""
    chat = world.chat(request.chat_id)
    return r.Ids([_post_or_not(world, chat, draft) for draft in request.messages])


def edit(world: World, request: r.EditMessage) -> r.Ids:
    """A sender changes a message."""
    chat = world.chat(request.chat_id)
    return r.Ids([posting.edit(world, chat, request.message_id, request.change).id])


def press(world: World, request: r.Press) -> r.Text:
    """Somebody presses a button under a bot's message."""
    chat = world.chat(request.chat_id)
    query = posting.press(
        world, chat, request.message_id, from_id=request.from_id, data=request.data
    )
    return r.Text(query)


def react(world: World, request: r.React) -> r.Ids:
    """Somebody's reactions to a message."""
    chat = world.chat(request.chat_id)
    posting.react(world, chat, request.message_id, from_id=request.from_id, emoji=request.emoji)
    return r.Ids([request.message_id])


def put_updates(world: World, request: r.RawUpdates) -> r.Ids:
    """Updates exactly as they stand; messages in them exist from then on."""
    bot = _bot(world, request.token)
    return r.Ids([put_raw(world, bot, bytes(update)) for update in request.updates])


def migrate(world: World, request: r.Migrate) -> r.Ids:
    """A basic group becomes a supergroup with another id."""
    group = world.chat(request.chat_id)
    if group.type != "group":
        raise ControlError(409, "no_basic_group", "only a basic group can be upgraded")
    upgraded = world.add_chat(type="supergroup", title=group.title)
    upgraded.members, upgraded.owner_id = group.members, group.owner_id
    upgraded.permissions = group.permissions
    actor = _actor(group, None, 0)
    fields = {"migrate_to_chat_id": upgraded.id}
    posting.service_message(world, group, from_id=actor, fields=fields)
    group.migrated_to = upgraded.id
    fields = {"migrate_from_chat_id": group.id}
    posting.service_message(world, upgraded, from_id=actor, fields=fields)
    return r.Ids([upgraded.id])


def set_clock(world: World, request: r.SetClock) -> r.Time:
    """Move, stop or restart the time."""
    if request.frozen is not None:
        (world.clock.freeze if request.frozen else world.clock.thaw)()
    try:
        world.clock.advance(request.advance)
    except ValueError as error:
        raise ControlError(400, "clock_backwards", str(error)) from None
    return r.Time(world.clock.now())


def ledger(world: World, chat_id: int | None) -> r.LedgerPage:
    """The ledger, of one chat or all."""
    return r.LedgerPage(
        deletions=[
            one for one in world.ledger.deletions.values() if chat_id in (None, one.chat_id)
        ],
        records=[one for one in world.ledger.records.values() if chat_id in (None, one.chat_id)],
    )


def messages(world: World, chat_id: int, after: int, limit: int) -> list[r.MessageState]:
    """Messages of a chat with an id greater than `after`, oldest first, deleted ones too."""
    chosen = (message for message in world.chat(chat_id).messages if message.id > after)
    return [
        r.MessageState(
            message_id=message.id,
            sender=message.sender,
            deleted_at=message.deleted_at,
            by_bot=message.by_bot,
            message=message.payload(),
            only_for=message.only_for,
        )
        for message, _ in zip(chosen, range(limit), strict=False)
    ]


def state(world: World) -> r.State:
    """Everything in figures."""
    return r.State(
        now=world.clock.now(),
        people=len(world.people),
        chats=[_chat_state(world, chat) for chat in world.chats.values()],
        bots=[
            r.BotState(
                bot_id=bot.id,
                username=bot.person.username,
                pending_updates=len(bot.updates),
                allowed_updates=bot.updates.allowed_updates,
            )
            for bot in world.bots.values()
        ],
    )


def _chat_state(world: World, chat: Chat) -> r.ChatState:
    members: Iterable[int] = list(chat.members)
    return r.ChatState(
        chat_id=chat.id,
        title=chat.title,
        type=chat.type,
        messages=len(chat.messages),
        deleted=sum(message.is_deleted for message in chat.messages),
        members=[
            r.MemberState(person_id=person_id, status=member.status, member=member.payload())
            for person_id in members
            if (member := world.member(chat, world.people[person_id]))
        ],
        banned_channels=sorted(chat.banned_channels),
    )


def _post_or_not(world: World, chat: Chat, draft: posting.Draft) -> int | None:
    try:
        return posting.post(world, chat, draft).id
    except ControlError as error:
        if error.status != 409:
            raise
        return None


def _chat(world: World, chat_id: int) -> Chat:
    if chat_id > 0 and chat_id not in world.chats:
        return world.private_chat(world.person(chat_id))
    return world.chat(chat_id)


def _bot(world: World, token: str | None) -> Bot:
    bot = world.bots.get(token) if token else next(iter(world.bots.values()), None)
    if bot is None:
        raise ControlError(404, "bot_unknown", "there is no such bot")
    return bot


def _actor(chat: Chat, given: int | None, otherwise: int) -> int:
    if given is not None:
        return given
    owner = next((one for one in chat.members.values() if one.status == "creator"), None)
    return owner.person.id if owner else otherwise
