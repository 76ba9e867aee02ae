"""Each decision told to the admins, and what their buttons do."""

import asyncio

from tests.support.scene import HAM, HEAVY_SPAM, SPAM
from tests.support.talk import Said, Talk

from chatwarden.bot.cards.keeper import CARDS_AN_HOUR, CardKeeper
from chatwarden.simulator.client import Edit, Fault, NewChat, NewPerson, Rights
from chatwarden.simulator.state.members import Permissions
from chatwarden.storage.models import Card, Correspondent, Feedback, Outcome


async def card_of(talk: Talk, text: str, *, admins: tuple[int, ...] = ()) -> tuple[int, int, Said]:
    """A newcomer's message that is carried out and told: sender, message, and the card in the admin's chat."""
    for admin in admins or (talk.scene.admin,):
        await talk.private(admin, "/start")
    spammer = await talk.scene.newcomer("Rex & Co")
    spam = await talk.warden.spam(spammer, text)
    await talk.warden.enforce()
    await talk.show_cards()
    card = talk.said(talk.scene.admin)[-1]
    return spammer, spam.message_id, card


async def test_a_card_says_who_what_and_why(talk: Talk) -> None:
    spammer, _, card = await card_of(talk, SPAM)

    assert card.text.startswith("🗑 Deleted, sender muted until ")
    assert "in Makers" in card.text
    assert f"Rex & Co · {spammer}" in card.text
    assert SPAM in card.text
    assert "Invite link +" in card.text
    assert set(card.buttons) == {
        "↩️ Undo: no spam",
        "👍 Right, spam",
        "🧹 Delete all of theirs",
        "🔨 Ban",
        "👤 Always allow",
    }


async def test_one_tap_undoes_and_teaches_and_the_card_says_what_came_back(talk: Talk) -> None:
    spammer, _, card = await card_of(talk, SPAM)

    line = await talk.press(talk.scene.admin, card, "Undo", by=talk.scene.admin)
    await talk.warden.enforce()
    await talk.show_cards()
    (now,) = talk.said(talk.scene.admin, after=card.id - 1)

    assert line == "Noted: no spam."
    assert talk.scene.status(spammer) == "member"
    assert [row.label for row in await talk.warden.rows(Feedback)] == ["ham"]
    assert now.text.startswith("↩️ Undone in Makers by an admin")
    assert "permissions are as they were" in now.text
    assert "stays deleted" in now.text
    assert set(now.buttons) == {"📋 Show it again in the group"}


async def test_what_was_deleted_in_error_is_shown_again_in_the_group(talk: Talk) -> None:
    _, _, card = await card_of(talk, SPAM)
    await talk.press(talk.scene.admin, card, "Undo", by=talk.scene.admin)
    await talk.warden.enforce()
    await talk.show_cards()
    (now,) = talk.said(talk.scene.admin, after=card.id - 1)

    await talk.press(talk.scene.admin, now, "Show it again", by=talk.scene.admin)
    (shown,) = talk.said(talk.scene.group)

    assert SPAM in shown.text
    assert "Rex & Co wrote" in shown.text


async def test_several_admins_at_once_do_one_thing_and_read_the_same(talk: Talk) -> None:
    admins = (talk.scene.admin, talk.scene.owner)
    spammer, _, card = await card_of(talk, HEAVY_SPAM, admins=admins)
    (other,) = talk.said(talk.scene.owner)[1:]

    for admin, theirs in ((talk.scene.admin, card), (talk.scene.owner, other)):
        await talk.scene.control.press(admin, theirs.id, from_id=admin, data=theirs.button("Undo"))
        await talk.scene.control.press(admin, theirs.id, from_id=admin, data=theirs.button("Undo"))
    await talk.answer()
    await talk.warden.enforce()
    await talk.show_cards()

    unbans = talk.warden.calls("unbanChatMember")
    assert len(unbans) == 1
    assert talk.scene.status(spammer) == "left"
    assert len(await talk.warden.rows(Feedback)) == 2
    texts = {talk.said(admin)[-1].text for admin in admins}
    assert len(texts) == 1


async def test_a_stale_button_of_somebody_who_is_no_admin_any_more_does_nothing(
    talk: Talk,
) -> None:
    spammer, _, card = await card_of(talk, SPAM)
    await talk.scene.control.promote(talk.scene.group, talk.scene.admin, None)
    await talk.warden.take()
    talk.warden.pass_time(61)

    line = await talk.press(talk.scene.admin, card, "Undo", by=talk.scene.admin)
    await talk.warden.enforce()

    assert "Only admins of Makers" in line
    assert talk.scene.status(spammer) == "restricted"


async def test_a_card_works_days_later(talk: Talk) -> None:
    spammer, _, card = await card_of(talk, HEAVY_SPAM)
    talk.warden.pass_time(5 * 86_400)

    await talk.press(talk.scene.admin, card, "Undo", by=talk.scene.admin)
    await talk.warden.enforce()
    await talk.show_cards()
    (now,) = talk.said(talk.scene.admin, after=card.id - 1)

    assert talk.scene.status(spammer) == "left"
    assert "The ban is lifted" in now.text
    assert "come back by themselves" in now.text


async def test_a_button_that_nobody_made_is_refused(talk: Talk) -> None:
    _, _, card = await card_of(talk, SPAM)
    chat = talk.scene.app.world.chats[talk.scene.admin]
    message = chat.messages.get(card.id)
    assert message is not None
    for data in ("undo", "ham:", "ham:abc", "nonsense:1", "ham:999999", "as:ban", "mode:1:off"):
        body = message.payload()
        body["reply_markup"] = {"inline_keyboard": [[{"text": "x", "callback_data": data}]]}
        from chatwarden.simulator.wire import encode

        message.raw = encode(body)
        await talk.scene.control.press(
            talk.scene.admin, card.id, from_id=talk.scene.admin, data=data
        )
        await talk.answer()
        (last,) = list(talk.scene.app.api.calls.find(method="answerCallbackQuery"))[-1:]
        assert last.params["show_alert"] in (True, "true")
    assert await talk.warden.rows(Feedback) == []


async def test_review_cards_ask_and_take_an_answer(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    newcomer = await talk.scene.newcomer()
    message = await talk.scene.say(newcomer, HAM)
    await talk.in_group(talk.scene.member, "/report", reply_to=message)
    await talk.show_cards()
    (card,) = talk.said(talk.scene.admin)[1:]
    await talk.press(talk.scene.admin, card, "Spam", by=talk.scene.admin)
    await talk.warden.enforce()
    await talk.show_cards()
    (now,) = talk.said(talk.scene.admin, after=card.id - 1)

    assert card.text.startswith("🔎 Spam? Please look, in Makers")
    assert "Reported by 1" in card.text
    assert set(card.buttons) == {"🗑 Spam", "✅ No spam", "🔨 Ban", "👤 Always allow"}
    assert talk.scene.is_deleted(message)
    assert now.text.startswith("🗑 Deleted in Makers")
    assert "said: spam" in now.text


async def test_ban_by_a_card_bans_whom_the_verdict_only_muted(talk: Talk) -> None:
    spammer, _, card = await card_of(talk, SPAM)
    before = talk.scene.status(spammer)
    await talk.press(talk.scene.admin, card, "Ban", by=talk.scene.admin)
    await talk.warden.enforce()
    await talk.show_cards()
    (now,) = talk.said(talk.scene.admin, after=card.id - 1)

    assert (before, talk.scene.status(spammer)) == ("restricted", "kicked")
    assert "🔨 Ban" not in now.buttons


async def test_a_failed_action_is_told_with_what_to_do(talk: Talk) -> None:
    await talk.scene.control.promote(talk.scene.group, 42, Rights(can_delete_messages=False))
    await talk.warden.take()
    _, _, card = await card_of(talk, SPAM)

    assert card.text.startswith("⚠️ Not done in ")
    assert "Delete messages" in card.text


async def test_beyond_the_hours_budget_cards_are_counted_in_one_message(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    sent = CARDS_AN_HOUR + 7
    spammers = [await talk.scene.newcomer(f"S{n}") for n in range(3)]
    for n in range(sent):
        await talk.scene.say(spammers[n % 3], f"{SPAM} {n}")
    await talk.warden.take()
    await talk.warden.enforce()
    keeper = CardKeeper(talk.ports)
    for row in sorted(await talk.warden.rows(Outcome), key=lambda one: one.update_id):
        await keeper.show(row.update_id)
    telling = asyncio.create_task(keeper._tell_digests())
    try:
        from tests.support.scene import eventually

        digest = talk.said(talk.scene.admin)[-1]
        await eventually(
            lambda: "7 more" in talk.said(talk.scene.admin)[-1].text, what="the digest counts all"
        )
    finally:
        telling.cancel()
    said = talk.said(talk.scene.admin)[1:]

    assert len(said) == CARDS_AN_HOUR + 1
    assert said[-1].id == digest.id
    rows = await talk.warden.rows(Card)
    assert sum(row.in_digest for row in rows) == 7
    assert len(rows) == sent
    # A process that starts anew knows what the hour was used for.
    await talk.warden.spam(await talk.scene.newcomer("Late"), f"{SPAM} late")
    await talk.warden.enforce()
    await talk.show_cards()
    assert len(talk.said(talk.scene.admin)[1:]) == CARDS_AN_HOUR + 1


async def test_who_blocked_the_bot_is_left_alone_until_they_write_again(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    await talk.scene.control.fail(
        Fault(
            method="sendMessage",
            code=403,
            description="Forbidden: bot was blocked by the user",
            chat_id=talk.scene.admin,
        )
    )
    await talk.warden.spam(await talk.scene.newcomer(), SPAM)
    await talk.warden.enforce()
    await talk.show_cards()
    (person,) = await talk.warden.rows(Correspondent)
    blocked = person.unreachable_at
    await talk.private(talk.scene.admin, "/start")
    (person,) = await talk.warden.rows(Correspondent)

    assert blocked is not None
    assert person.unreachable_at is None


async def test_a_log_channel_of_the_group_gets_the_cards_instead(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    channel = await talk.scene.control.add_chat(
        NewChat(title="Log", type="channel", owner=talk.scene.owner)
    )
    await talk.scene.control.add_admin(channel, 42)
    await talk.warden.spam(await talk.scene.newcomer(), SPAM)
    await talk.warden.set_group(card_chat_id=channel)
    await talk.warden.enforce()
    await talk.show_cards()

    assert len(talk.said(channel)) == 1
    assert len(talk.said(talk.scene.admin)) == 1


async def test_undo_gives_back_exactly_the_permissions_that_an_admin_had_left(
    talk: Talk,
) -> None:
    await talk.private(talk.scene.admin, "/start")
    spammer = await talk.scene.newcomer()
    chat = talk.scene.app.world.chats[talk.scene.group]
    member = talk.scene.app.world.member(chat, talk.scene.app.world.person(spammer))
    member.status, member.inside = "restricted", True
    member.permissions = Permissions(can_send_photos=False)
    left = member.permissions
    await talk.warden.spam(spammer, SPAM)
    await talk.warden.enforce()
    await talk.show_cards()
    card = talk.said(talk.scene.admin)[-1]
    await talk.press(talk.scene.admin, card, "Undo", by=talk.scene.admin)
    await talk.warden.enforce()

    assert member.permissions == left


async def test_each_admin_reads_their_own_language(talk: Talk) -> None:
    (admin,) = await talk.scene.control.add_people(NewPerson(first_name="Оля", language_code="ru"))
    await talk.scene.control.add_admin(talk.scene.group, admin, Rights())
    await talk.private(admin, "/start")
    await talk.private(talk.scene.admin, "/start")
    await talk.warden.spam(await talk.scene.newcomer(), SPAM)
    await talk.warden.enforce()
    await talk.show_cards()

    assert talk.said(admin)[-1].text.startswith("🗑 Удалено, отправитель не может писать до ")
    assert "↩️ Отменить: не спам" in talk.said(admin)[-1].buttons
    assert talk.said(talk.scene.admin)[-1].text.startswith("🗑 Deleted")


async def test_a_card_says_what_an_edit_added(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    person = await talk.scene.newcomer()
    message = await talk.scene.say(person, HAM)
    await talk.warden.take()
    talk.warden.pass_time(60)
    await talk.scene.control.edit(talk.scene.group, message, Edit(text=HEAVY_SPAM))
    await talk.warden.take()
    await talk.warden.enforce()
    await talk.show_cards()

    assert "✏️ Edited in: 1 links or names." in talk.said(talk.scene.admin)[-1].text


async def test_a_card_of_an_edit_of_a_message_that_was_never_seen_says_so(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    person = await talk.scene.newcomer()
    message = await talk.scene.say(person, HAM)
    await talk.scene.control.edit(talk.scene.group, message, Edit(text=HEAVY_SPAM))
    updates = await talk.warden.poll()
    await talk.warden.scanner.scan([raw for raw in updates if b"edited_message" in raw])
    await talk.warden.enforce()
    await talk.show_cards()

    assert "✏️ Edited; what it said before is not known." in talk.said(talk.scene.admin)[-1].text
