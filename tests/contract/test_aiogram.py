"""The unmodified aiogram client works here, and its own types accept every answer."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    ChatMemberAdministrator,
    ChatMemberBanned,
    ChatMemberMember,
    ChatMemberOwner,
    ChatMemberRestricted,
    ChatPermissions,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyParameters,
    Update,
)

from chatwarden.simulator.client import (
    ControlClient,
    Draft,
    Edit,
    NewChat,
    NewPerson,
    Rights,
)
from chatwarden.simulator.errors import ControlError

from .conftest import EVERYTHING, Scene, connect

MUTED = ChatPermissions(can_send_messages=False)


async def poll(scene: Scene, *, offset: int | None = None, timeout: int = 0) -> list[Update]:
    return await scene.bot.get_updates(offset=offset, timeout=timeout, allowed_updates=EVERYTHING)


async def test_get_me_tells_who_the_bot_is(scene: Scene) -> None:
    me = await scene.bot.get_me()
    assert (me.id, me.is_bot, me.username) == (42, True, "warden_bot")


async def test_a_wrong_token_is_unauthorized(scene: Scene) -> None:
    async with connect(scene.url, "7:WRONG") as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()


async def test_updates_of_every_kind_are_understood(scene: Scene) -> None:
    await poll(scene)
    message = await scene.control.post(scene.group, Draft(from_id=scene.member, text="hi"))
    await scene.control.edit(scene.group, message, Edit(text="hi t.me/+advert"))
    (late,) = await scene.control.add_people(NewPerson(first_name="Late", is_premium=True))
    await scene.control.join(scene.group, late)
    await scene.bot.ban_chat_member(scene.group, late)
    sent = await scene.bot.send_message(
        scene.group,
        "card",
        reply_markup=InlineKeyboardMarkup(
            inline_keyboard=[[InlineKeyboardButton(text="Undo", callback_data="undo")]]
        ),
    )
    await scene.control.press(scene.group, sent.message_id, from_id=scene.owner, data="undo")
    kinds = [update.event_type for update in await poll(scene)]
    assert kinds == [
        "my_chat_member",
        "my_chat_member",
        "message",
        "edited_message",
        "chat_member",
        "message",
        "chat_member",
        "message",
        "callback_query",
    ]


async def test_an_offset_confirms_updates(scene: Scene) -> None:
    first = await poll(scene)
    await scene.control.post(scene.group, Draft(from_id=scene.member, text="hi"))
    (update,) = await poll(scene, offset=first[-1].update_id + 1)
    assert update.message and update.message.text == "hi"
    assert await poll(scene, offset=update.update_id + 1) == []


async def test_a_long_poll_wakes_as_soon_as_something_happens(scene: Scene) -> None:
    last = (await poll(scene))[-1].update_id
    waiting = asyncio.create_task(poll(scene, offset=last + 1, timeout=30))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await scene.control.post(scene.group, Draft(from_id=scene.member, text="wake up"))
    (update,) = await asyncio.wait_for(waiting, 10)
    assert update.message and update.message.text == "wake up"


async def test_a_second_poll_ends_the_first_with_a_conflict(scene: Scene) -> None:
    last = (await poll(scene))[-1].update_id
    first = asyncio.create_task(poll(scene, offset=last + 1, timeout=30))
    await asyncio.sleep(0.05)
    await poll(scene, offset=last + 1)
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await asyncio.wait_for(first, 10)


async def test_a_poll_that_was_hung_up_does_not_disturb_the_next(scene: Scene) -> None:
    last = (await poll(scene))[-1].update_id
    abandoned = asyncio.create_task(poll(scene, offset=last + 1, timeout=30))
    await asyncio.sleep(0.05)
    abandoned.cancel()
    await asyncio.sleep(0.05)
    await scene.control.post(scene.group, Draft(from_id=scene.member, text="still here"))
    (update,) = await poll(scene, offset=last + 1)
    assert update.message and update.message.text == "still here"


async def test_a_webhook_is_set_reported_and_deleted(scene: Scene) -> None:
    assert await scene.bot.set_webhook(
        "http://127.0.0.1:9/hook", secret_token="s3cret", max_connections=7
    )
    info = await scene.bot.get_webhook_info()
    assert (info.url, info.max_connections) == ("http://127.0.0.1:9/hook", 7)
    with pytest.raises(TelegramConflictError, match="while webhook is active"):
        await scene.bot.get_updates()
    assert await scene.bot.delete_webhook(drop_pending_updates=True)
    info = await scene.bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("", 0)


async def test_sending_replying_and_editing_give_messages_back(scene: Scene) -> None:
    question = await scene.control.post(scene.group, Draft(from_id=scene.member, text="why?"))
    sent = await scene.bot.send_message(
        scene.group,
        "<b>Because</b> 😀 <code>score 0.99</code>",
        parse_mode="HTML",
        reply_parameters=ReplyParameters(message_id=question),
    )
    assert sent.reply_to_message and sent.reply_to_message.text == "why?"
    assert sent.entities and sent.entities[1].extract_from(sent.text or "") == "score 0.99"
    edited = await sent.edit_text("Anyway")
    assert not isinstance(edited, bool) and edited.text == "Anyway"
    keyboard = InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text="Undo", callback_data="undo")]]
    )
    marked = await sent.edit_reply_markup(reply_markup=keyboard)
    assert not isinstance(marked, bool) and marked.reply_markup
    assert marked.reply_markup.inline_keyboard[0][0].callback_data == "undo"


async def test_deleting_answers_as_telegram_does(scene: Scene) -> None:
    draft = Draft(from_id=scene.member, text="Buy")
    one, *rest = [await scene.control.post(scene.group, draft) for _ in range(3)]
    assert await scene.bot.delete_message(scene.group, one)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await scene.bot.delete_message(scene.group, one)
    assert await scene.bot.delete_messages(scene.group, [one, *rest])
    page = await scene.control.ledger(scene.group)
    assert [(entry.effective, entry.repeated) for entry in page.deletions] == [
        (1, 2),
        (1, 0),
        (1, 0),
    ]


async def test_a_message_of_two_days_ago_stays(scene: Scene) -> None:
    message = await scene.control.post(scene.group, Draft(from_id=scene.member, text="Buy"))
    await scene.control.set_clock(advance=48 * 3600 + 1)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await scene.bot.delete_message(scene.group, message)


async def test_every_kind_of_member_is_understood(scene: Scene) -> None:
    async def standing() -> object:
        return await scene.bot.get_chat_member(scene.group, scene.member)

    assert isinstance(await scene.bot.get_chat_member(scene.group, scene.owner), ChatMemberOwner)
    bot = await scene.bot.get_chat_member(scene.group, 42)
    assert isinstance(bot, ChatMemberAdministrator) and bot.can_restrict_members
    assert isinstance(await standing(), ChatMemberMember)
    until = datetime.now(UTC) + timedelta(hours=1)
    assert await scene.bot.restrict_chat_member(
        scene.group, scene.member, MUTED, until_date=until, use_independent_chat_permissions=True
    )
    muted = await standing()
    assert isinstance(muted, ChatMemberRestricted) and not muted.can_send_messages
    assert muted.until_date.timestamp() == round(until.timestamp())
    everything = ChatPermissions(**dict.fromkeys(ChatPermissions.model_fields, True))
    assert await scene.bot.restrict_chat_member(scene.group, scene.member, everything)
    assert isinstance(await standing(), ChatMemberMember)
    assert await scene.bot.ban_chat_member(scene.group, scene.member, revoke_messages=True)
    assert isinstance(await standing(), ChatMemberBanned)
    assert await scene.bot.unban_chat_member(scene.group, scene.member, only_if_banned=True)
    assert getattr(await standing(), "status", None) == "left"


async def test_unban_kicks_who_is_present(scene: Scene) -> None:
    await scene.bot.unban_chat_member(scene.group, scene.member)
    assert (await scene.bot.get_chat_member(scene.group, scene.member)).status == "left"


async def test_admins_are_listed_and_members_counted(scene: Scene) -> None:
    admins = await scene.bot.get_chat_administrators(scene.group)
    assert {admin.user.id for admin in admins} == {42, scene.owner}
    assert await scene.bot.get_chat_member_count(scene.group) == 3


async def test_a_channel_as_sender_is_banned_and_forgiven(scene: Scene) -> None:
    channel = await scene.control.add_chat(NewChat(title="Deals", type="channel"))
    advert = Draft(sender_chat_id=channel, text="Buy")
    await scene.control.post(scene.group, advert)
    assert await scene.bot.ban_chat_sender_chat(scene.group, channel)
    with pytest.raises(ControlError, match="may not speak"):
        await scene.control.post(scene.group, advert)
    assert await scene.bot.unban_chat_sender_chat(scene.group, channel)
    await scene.control.post(scene.group, advert)


async def test_get_chat_tells_permissions_and_linked_channel(scene: Scene) -> None:
    channel = await scene.control.add_chat(
        NewChat(title="News", type="channel", linked_chat_id=scene.group)
    )
    chat = await scene.bot.get_chat(scene.group)
    assert chat.linked_chat_id == channel
    assert chat.permissions and chat.permissions.can_send_messages
    assert not chat.permissions.can_pin_messages


async def test_get_chat_tells_a_persons_bio_and_channel(scene: Scene) -> None:
    channel = await scene.control.add_chat(NewChat(title="Signals", type="channel"))
    (person,) = await scene.control.add_people(
        NewPerson(first_name="Eva", bio="100% profit", personal_chat_id=channel)
    )
    chat = await scene.bot.get_chat(person)
    assert chat.bio == "100% profit"
    assert chat.personal_chat and chat.personal_chat.title == "Signals"


async def test_commands_are_remembered(scene: Scene) -> None:
    commands = [BotCommand(command="spam", description="Report spam")]
    assert await scene.bot.set_my_commands(commands)
    (remembered,) = await scene.bot.get_my_commands()
    assert (remembered.command, remembered.description) == ("spam", "Report spam")


async def test_a_pressed_button_is_answered(scene: Scene) -> None:
    keyboard = InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text="Undo", callback_data="undo")]]
    )
    sent = await scene.bot.send_message(scene.group, "card", reply_markup=keyboard)
    query = await scene.control.press(
        scene.group, sent.message_id, from_id=scene.owner, data="undo"
    )
    assert await scene.bot.answer_callback_query(query, text="Done", show_alert=True)
    with pytest.raises(TelegramBadRequest, match="query ID is invalid"):
        await scene.bot.answer_callback_query("1")


async def test_an_empty_keyboard_removes_the_buttons(scene: Scene) -> None:
    keyboard = InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text="Undo", callback_data="undo")]]
    )
    sent = await scene.bot.send_message(scene.group, "card", reply_markup=keyboard)
    edited = await sent.edit_reply_markup(reply_markup=InlineKeyboardMarkup(inline_keyboard=[]))
    assert not isinstance(edited, bool) and edited.reply_markup is None


async def test_a_mention_by_id_names_the_person(scene: Scene) -> None:
    text = f'<a href="tg://user?id={scene.member}">somebody</a> was muted'
    sent = await scene.bot.send_message(scene.group, text, parse_mode="HTML")
    assert sent.entities and sent.entities[0].user
    assert sent.entities[0].user.first_name == "Mateus"


async def test_a_bot_that_left_is_no_member(scene: Scene) -> None:
    assert await scene.bot.leave_chat(scene.group)
    with pytest.raises(TelegramForbiddenError, match="bot is not a member"):
        await scene.bot.send_message(scene.group, "hello?")


async def test_a_bot_that_was_put_out_is_told_so(scene: Scene) -> None:
    await scene.control.kick(scene.group, 42)
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the supergroup chat"):
        await scene.bot.send_message(scene.group, "hello?")


async def test_an_unknown_chat_is_not_found(scene: Scene) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await scene.bot.get_chat(-100999)


async def test_a_lost_right_is_answered_in_telegrams_words(scene: Scene) -> None:
    rights = Rights(can_restrict_members=False, can_delete_messages=False)
    await scene.control.promote(scene.group, 42, rights)
    message = await scene.control.post(scene.group, Draft(from_id=scene.member, text="Buy"))
    with pytest.raises(TelegramBadRequest, match="not enough rights to restrict"):
        await scene.bot.restrict_chat_member(scene.group, scene.member, MUTED)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await scene.bot.delete_message(scene.group, message)


async def test_a_bot_writes_only_to_people_who_wrote_to_it(scene: Scene) -> None:
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation"):
        await scene.bot.send_message(scene.member, "You were muted")
    await scene.control.post(scene.member, Draft(from_id=scene.member, text="/start"))
    sent = await scene.bot.send_message(scene.member, "You were muted")
    assert sent.chat.type == "private"


async def test_a_plain_member_is_told_that_admin_rights_are_required(scene: Scene) -> None:
    await scene.control.promote(scene.group, 42, None)
    with pytest.raises(TelegramBadRequest, match="CHAT_ADMIN_REQUIRED"):
        await scene.bot.ban_chat_member(scene.group, scene.member)


async def test_an_upgraded_group_tells_its_new_id(scene: Scene) -> None:
    basic = await scene.control.add_chat(NewChat(title="Old", type="group", owner=scene.owner))
    await scene.control.add_admin(basic, 42)
    upgraded = await scene.control.migrate(basic)
    with pytest.raises(TelegramMigrateToChat) as caught:
        await scene.bot.send_message(basic, "hello?")
    assert caught.value.migrate_to_chat_id == upgraded
    assert await scene.bot.send_message(upgraded, "here we are")


async def test_calls_are_logged_with_their_answers(scene: Scene) -> None:
    await scene.bot.get_chat(scene.group)
    with pytest.raises(TelegramBadRequest):
        await scene.bot.delete_message(scene.group, 999)
    calls = await scene.control.calls(chat_id=scene.group)
    assert [(call.method, call.code) for call in calls] == [
        ("getChat", 200),
        ("deleteMessage", 400),
    ]
    assert len(await scene.control.calls(failed=True)) == 1


async def test_a_reset_leaves_the_bots_only(scene: Scene) -> None:
    await scene.control.reset()
    state = await scene.control.state()
    assert (state.chats, len(state.bots)) == ([], 1)
    assert (await scene.bot.get_me()).id == 42


async def test_a_malformed_control_request_is_explained(scene: Scene) -> None:
    async with ControlClient(scene.url) as control:
        with pytest.raises(ControlError) as caught:
            await control.post(scene.group, Draft(text="from nobody"))
    assert (caught.value.status, caught.value.code) == (400, "no_sender")
