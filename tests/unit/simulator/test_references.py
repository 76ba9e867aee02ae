"""What a message tells of other messages, of other bots and of its sender."""

from typing import Any

import pytest

from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.membership import promote, tag
from chatwarden.simulator.state.people import Person
from chatwarden.simulator.state.posting import Draft, post, react
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import decode


def posted(world: World, chat: Chat, draft: Draft) -> dict[str, Any]:
    return post(world, chat, draft).payload()


@pytest.fixture
def channel(world: World) -> Chat:
    return world.add_chat(type="channel", title="Rose news", username="rose_news")


def test_a_reply_to_a_post_elsewhere_holds_its_words_as_a_quote_alone(
    world: World, group: Chat, channel: Chat
) -> None:
    original = post(world, channel, Draft(text="Roses are in, t.me/+AbC", extra={"dice": {}}))
    reply = Draft(from_id=2, text="look", reply_to=original.id, reply_to_chat=channel.id)
    told = posted(world, group, reply)

    assert "reply_to_message" not in told
    assert told["quote"] == {"text": "Roses are in, t.me/+AbC", "position": 0}
    outside = told["external_reply"]
    assert (outside["chat"]["id"], outside["message_id"]) == (channel.id, original.id)
    assert outside["origin"]["type"] == "channel"
    assert outside["dice"] == {}
    assert "text" not in outside


def test_a_forum_tells_of_another_topic_as_of_another_chat(world: World, group: Chat) -> None:
    group.is_forum = True
    first = post(world, group, Draft(from_id=1, text="Rules are here", topic=7))
    same, other = (
        posted(world, group, Draft(from_id=2, text="yes", reply_to=first.id, topic=topic))
        for topic in (7, 8)
    )
    assert same["reply_to_message"]["message_id"] == first.id
    assert "quote" not in same
    assert other["external_reply"]["chat"]["id"] == group.id
    assert other["external_reply"]["origin"]["sender_user"]["id"] == 1
    assert (other["message_thread_id"], other["is_topic_message"]) == (8, True)


def test_a_quote_says_where_its_words_stand_and_holds_no_others(world: World, group: Chat) -> None:
    first = post(world, group, Draft(from_id=1, text="🌹 Roses like sun"))
    told = posted(world, group, Draft(from_id=2, text="so", reply_to=first.id, quote="like sun"))
    assert told["quote"] == {"text": "like sun", "position": 9, "is_manual": True}
    with pytest.raises(ControlError, match="does not hold"):
        post(world, group, Draft(from_id=2, text="so", reply_to=first.id, quote="like shade"))


def test_a_forwarded_post_keeps_its_origin_in_a_reply_to_it(
    world: World, group: Chat, channel: Chat
) -> None:
    channel.linked_chat_id, group.linked_chat_id = group.id, channel.id
    original = post(world, channel, Draft(text="Good morning"))
    (forward,) = list(group.messages)
    told = posted(world, group, Draft(from_id=2, text="first!", reply_to=forward.id))
    replied = told["reply_to_message"]
    assert replied["is_automatic_forward"] is True
    assert replied["forward_origin"]["message_id"] == original.id


def test_other_bots_are_named_beside_the_message(world: World, group: Chat) -> None:
    post_bot = world.add_person(Person(id=55, first_name="Post", username="post_bot", is_bot=True))
    inline = posted(world, group, Draft(from_id=2, text="spin", via_bot=post_bot.id))
    guest = posted(world, group, Draft(from_id=post_bot.id, text="spin", called_by=2))
    assert (inline["from"]["id"], inline["via_bot"]["id"]) == (2, 55)
    assert (guest["from"]["id"], guest["guest_bot_caller_user"]["id"]) == (55, 2)


def test_a_members_tag_and_an_admins_title_stand_beside_their_names(
    world: World, bot: Bot, group: Chat
) -> None:
    tag(world, group, group.members[2], "Rose doctor", actor=2)
    (update,) = [decode(one) for one in bot.updates.take(0, 100, world.clock.now())]
    assert update["chat_member"]["new_chat_member"]["tag"] == "Rose doctor"
    assert posted(world, group, Draft(from_id=2, text="hi"))["sender_tag"] == "Rose doctor"

    promote(
        world, group, world.person(2), group.members[bot.id].rights, actor=1, custom_title="Vet"
    )
    assert posted(world, group, Draft(from_id=2, text="hi"))["sender_tag"] == "Vet"
    assert "sender_tag" not in posted(world, group, Draft(from_id=1, text="hi"))


def test_a_channel_reacts_as_itself(world: World, bot: Bot, group: Chat, channel: Chat) -> None:
    message = post(world, group, Draft(from_id=1, text="hi"))
    bot.updates.clear()
    bot.updates.allow(["message_reaction"])
    react(world, group, message.id, from_id=channel.id, emoji=["🔥"])
    (update,) = [decode(one) for one in bot.updates.take(0, 100, world.clock.now())]
    assert update["message_reaction"]["actor_chat"]["id"] == channel.id
    assert "user" not in update["message_reaction"]
