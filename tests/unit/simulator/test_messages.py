import pytest

from chatwarden.simulator.errors import ApiError, ControlError
from chatwarden.simulator.methods.members import BanMember, ban_chat_member
from chatwarden.simulator.methods.messages import (
    DeleteMessage,
    DeleteMessages,
    EditText,
    SendMessage,
    delete_message,
    delete_messages,
    edit_message_text,
    send_message,
)
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.members import Rights
from chatwarden.simulator.state.membership import promote
from chatwarden.simulator.state.posting import Draft, Edit, edit, post, press, react
from chatwarden.simulator.state.rawupdates import put_raw
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import Payload, decode

from .conftest import NOW


def updates(bot: Bot) -> list[Payload]:
    found = [decode(body) for body in bot.updates.take(0, 100, NOW)]
    bot.updates.clear()
    return found


def delete(world: World, bot: Bot, group: Chat, message_id: int) -> object:
    return delete_message(world, bot, DeleteMessage(chat_id=group.id, message_id=message_id))


def test_a_posted_message_reaches_the_bot(world: World, bot: Bot, group: Chat) -> None:
    message = post(world, group, Draft(from_id=2, text="Hello"))
    (update,) = updates(bot)
    assert update["message"]["message_id"] == message.id
    assert update["message"]["from"]["first_name"] == "Mateus"
    assert update["message"]["date"] == int(NOW)


def test_extra_fields_are_merged_as_they_stand(world: World, bot: Bot, group: Chat) -> None:
    quote = {"text": "win", "position": 0}
    post(world, group, Draft(from_id=2, text="wow", extra={"quote": quote, "unheard_of": [1]}))
    message = updates(bot)[0]["message"]
    assert (message["quote"], message["unheard_of"]) == (quote, [1])


def test_an_anonymous_admin_speaks_as_the_group(world: World, bot: Bot, group: Chat) -> None:
    post(world, group, Draft(sender_chat_id=group.id, text="Be nice"))
    message = updates(bot)[0]["message"]
    assert message["from"]["id"] == 1087968824
    assert message["sender_chat"]["id"] == group.id


def test_a_channel_speaks_through_the_channel_bot(world: World, bot: Bot, group: Chat) -> None:
    channel = world.add_chat(type="channel", title="Deals")
    post(world, group, Draft(sender_chat_id=channel.id, text="Buy"))
    message = updates(bot)[0]["message"]
    assert (message["from"]["id"], message["sender_chat"]["id"]) == (136817688, channel.id)


def test_a_linked_channels_post_is_forwarded_into_the_group(
    world: World, bot: Bot, group: Chat
) -> None:
    channel = world.add_chat(type="channel", title="Makers news", owner=1)
    channel.linked_chat_id, group.linked_chat_id = group.id, channel.id
    post(world, channel, Draft(text="Open day on Saturday"))
    message = updates(bot)[0]["message"]
    assert message["is_automatic_forward"] is True
    assert message["from"]["id"] == 777000
    assert message["forward_origin"]["chat"]["id"] == channel.id


def test_an_edit_changes_text_and_entities(world: World, bot: Bot, group: Chat) -> None:
    message = post(world, group, Draft(from_id=2, text="hi"))
    edit(world, group, message.id, Edit(text="hi https://x.example"))
    edited = updates(bot)[1]["edited_message"]
    assert edited["entities"][0]["type"] == "url"
    assert edited["edit_date"] == int(NOW)


def test_who_was_banned_cannot_edit(world: World, bot: Bot, group: Chat) -> None:
    message = post(world, group, Draft(from_id=2, text="hi"))
    ban_chat_member(world, bot, BanMember(chat_id=group.id, user_id=2))
    with pytest.raises(ControlError, match="banned"):
        edit(world, group, message.id, Edit(text="hi https://x.example"))


def test_a_reaction_tells_what_it_was_before(world: World, bot: Bot, group: Chat) -> None:
    message = post(world, group, Draft(from_id=1, text="hi"))
    bot.updates.clear()
    bot.updates.allow(["message_reaction"])
    react(world, group, message.id, from_id=2, emoji=["👍"])
    react(world, group, message.id, from_id=2, emoji=[])
    first, second = (update["message_reaction"] for update in updates(bot))
    assert first["new_reaction"] == second["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert first["old_reaction"] == second["new_reaction"] == []


def test_a_bot_without_rights_sees_commands_only(world: World, bot: Bot, group: Chat) -> None:
    promote(world, group, bot.person, None, actor=1)
    bot.updates.clear()
    post(world, group, Draft(from_id=2, text="hello all"))
    post(world, group, Draft(from_id=2, text="/rules"))
    assert [update["message"]["text"] for update in updates(bot)] == ["/rules"]


def test_a_message_is_deleted_once_and_then_not_found(world: World, bot: Bot, group: Chat) -> None:
    message = post(world, group, Draft(from_id=2, text="Buy"))
    assert delete(world, bot, group, message.id) is True
    with pytest.raises(ApiError, match="message to delete not found"):
        delete(world, bot, group, message.id)
    entry = world.ledger.deletion(group.id, message.id)
    assert (entry.effective, entry.repeated) == (1, 1)


def test_a_message_older_than_48_hours_cannot_be_deleted(
    world: World, bot: Bot, group: Chat
) -> None:
    message = post(world, group, Draft(from_id=2, text="Buy"))
    world.clock.advance(48 * 3600)
    with pytest.raises(ApiError, match="message can't be deleted"):
        delete(world, bot, group, message.id)


def test_without_the_right_only_own_messages_can_be_deleted(
    world: World, bot: Bot, group: Chat
) -> None:
    promote(world, group, bot.person, Rights(can_delete_messages=False), actor=1)
    message = post(world, group, Draft(from_id=2, text="Buy"))
    with pytest.raises(ApiError, match="message can't be deleted"):
        delete(world, bot, group, message.id)
    sent = send_message(world, bot, SendMessage(chat_id=group.id, text="mine"))
    assert isinstance(sent, dict)
    assert delete(world, bot, group, sent["message_id"]) is True


def test_delete_messages_skips_those_already_gone(world: World, bot: Bot, group: Chat) -> None:
    first, second = (post(world, group, Draft(from_id=2, text="Buy")).id for _ in range(2))
    delete(world, bot, group, first)
    many = DeleteMessages(chat_id=group.id, message_ids=[first, second, 999])
    assert delete_messages(world, bot, many) is True
    assert world.ledger.deletion(group.id, first).repeated == 1
    assert world.ledger.deletion(group.id, second).effective == 1


def test_more_than_a_hundred_messages_cannot_be_deleted_at_once(
    world: World, bot: Bot, group: Chat
) -> None:
    with pytest.raises(ApiError, match="too many message identifiers"):
        delete_messages(
            world, bot, DeleteMessages(chat_id=group.id, message_ids=list(range(1, 102)))
        )


def test_a_bot_edits_only_its_own_messages(world: World, bot: Bot, group: Chat) -> None:
    message = post(world, group, Draft(from_id=2, text="hi"))
    with pytest.raises(ApiError, match="message can't be edited"):
        edit_message_text(world, bot, EditText(chat_id=group.id, message_id=message.id, text="ho"))


def test_an_edit_that_changes_nothing_is_refused(world: World, bot: Bot, group: Chat) -> None:
    sent = send_message(world, bot, SendMessage(chat_id=group.id, text="card"))
    assert isinstance(sent, dict)
    same = EditText(chat_id=group.id, message_id=sent["message_id"], text="card")
    with pytest.raises(ApiError, match="message is not modified"):
        edit_message_text(world, bot, same)


def test_a_pressed_button_comes_as_a_callback_query(world: World, bot: Bot, group: Chat) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Undo", "callback_data": "undo:1"}]]}
    sent = send_message(
        world, bot, SendMessage(chat_id=group.id, text="card", reply_markup=keyboard)
    )
    assert isinstance(sent, dict)
    query_id = press(world, group, sent["message_id"], from_id=1, data="undo:1")
    query = updates(bot)[0]["callback_query"]
    assert (query["id"], query["data"], query["from"]["id"]) == (query_id, "undo:1", 1)


def test_a_button_that_is_not_there_cannot_be_pressed(world: World, bot: Bot, group: Chat) -> None:
    sent = send_message(world, bot, SendMessage(chat_id=group.id, text="card"))
    assert isinstance(sent, dict)
    with pytest.raises(ControlError, match="no button"):
        press(world, group, sent["message_id"], from_id=1, data="undo:1")


def test_a_raw_update_passes_byte_for_byte_with_orphan_surrogates(
    world: World, bot: Bot, group: Chat
) -> None:
    raw = (
        b'{"update_id": 7, "message": {"message_id": 50, "date": 1800000000, "text": "a\\ud83d",'
        b'"chat": {"id": %d, "type": "supergroup", "title": "M"},'
        b'"from": {"id": 9, "is_bot": false, "first_name": "X"}}}' % group.id
    )
    assert put_raw(world, bot, raw) == 7
    assert bot.updates.take(0, 1, NOW) == [raw]
    assert delete(world, bot, group, 50) is True
