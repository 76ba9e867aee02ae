"""What people say to the bot, and what comes of it in Telegram."""

import json

import pytest
from tests.support.scene import BOT_ID, HAM, SPAM
from tests.support.talk import Talk

from chatwarden.simulator.client import Draft, NewChat, NewPerson, Rights
from chatwarden.storage.models import Correspondent, Feedback, Group, Outcome, Strike


async def test_spam_by_an_admin_deletes_bans_and_teaches(talk: Talk) -> None:
    newcomer = await talk.scene.newcomer()
    message = await talk.scene.say(newcomer, HAM)

    (answer,) = await talk.in_group(talk.scene.admin, "/spam", reply_to=message)
    await talk.warden.enforce()

    assert talk.scene.is_deleted(message)
    assert talk.scene.status(newcomer) == "kicked"
    assert answer.message.only_for == talk.scene.admin
    assert "banned" in answer.text
    (feedback,) = await talk.warden.rows(Feedback)
    assert (feedback.label, feedback.given_by) == ("spam", f"user:{talk.scene.admin}")
    (outcome,) = [row for row in await talk.warden.rows(Outcome) if row.message_id == message]
    assert outcome.state == "enforced"
    assert talk.learned == [talk.scene.group]


async def test_the_command_itself_is_tidied_up_and_counts_as_no_spam(talk: Talk) -> None:
    newcomer = await talk.scene.newcomer()
    message = await talk.scene.say(newcomer, HAM)
    command = await talk.scene.control.post(
        talk.scene.group, Draft(from_id=talk.scene.admin, text="/mute 2h", reply_to=message)
    )
    await talk.answer()
    await talk.warden.enforce()

    assert talk.scene.is_deleted(command)
    assert not talk.scene.is_deleted(message)
    assert talk.scene.status(newcomer) == "restricted"
    (sanction,) = talk.warden.sanctions(newcomer)
    assert 7100 < sanction.until_date - talk.warden.now().timestamp() <= 7200


async def test_a_members_try_is_ignored_quietly(talk: Talk) -> None:
    message = await talk.scene.say(await talk.scene.newcomer(), HAM)

    said = await talk.in_group(talk.scene.member, "/ban", reply_to=message)
    await talk.warden.enforce()

    assert said == []
    assert talk.warden.calls() == []


@pytest.mark.parametrize(
    "rights", [Rights(can_restrict_members=False), Rights(can_delete_messages=False)]
)
async def test_an_admin_without_a_right_gets_nothing_by_the_bot(talk: Talk, rights: Rights) -> None:
    (helper,) = await talk.scene.control.add_people(NewPerson(first_name="Half"))
    await talk.scene.control.add_admin(talk.scene.group, helper, rights)
    message = await talk.scene.say(await talk.scene.newcomer(), HAM)

    assert await talk.in_group(helper, "/ban", reply_to=message) == []
    await talk.warden.enforce()
    assert talk.warden.calls() == []


async def test_admins_are_left_alone(talk: Talk) -> None:
    message = await talk.scene.say(talk.scene.owner, HAM)

    (answer,) = await talk.in_group(talk.scene.admin, "/ban", reply_to=message)
    await talk.warden.enforce()

    assert "is an admin" in answer.text
    assert talk.scene.status(talk.scene.owner) == "creator"


async def test_a_ban_by_hand_is_undone_by_its_button(talk: Talk) -> None:
    newcomer = await talk.scene.newcomer()
    message = await talk.scene.say(newcomer, HAM)
    (answer,) = await talk.in_group(talk.scene.admin, "/ban", reply_to=message)
    await talk.warden.enforce()
    banned = talk.scene.status(newcomer)

    line = await talk.press(talk.scene.group, answer, "Undo", by=talk.scene.owner)
    await talk.warden.enforce()

    assert banned == "kicked"
    assert line == "Being undone."
    assert talk.scene.status(newcomer) == "left"


async def test_unban_frees_a_muted_member_with_their_permissions(talk: Talk) -> None:
    newcomer = await talk.scene.newcomer()
    message = await talk.scene.say(newcomer, HAM)
    await talk.in_group(talk.scene.admin, "/mute", reply_to=message)
    await talk.warden.enforce()
    muted = talk.scene.status(newcomer)

    await talk.in_group(talk.scene.admin, "/unban", reply_to=message)
    await talk.warden.enforce()

    assert (muted, talk.scene.status(newcomer)) == ("restricted", "member")


async def test_three_warnings_mute_and_are_counted_from_none_again(talk: Talk) -> None:
    newcomer = await talk.scene.newcomer()
    message = await talk.scene.say(newcomer, HAM)
    said = [
        (await talk.in_group(talk.scene.admin, "/warn Please.", reply_to=message))[0].text
        for _ in range(4)
    ]
    await talk.warden.enforce()

    assert "(1 of 3)" in said[0] and "Please." in said[0]
    assert "(2 of 3)" in said[1]
    assert "muted" in said[2]
    assert "(1 of 3)" in said[3]
    assert talk.scene.status(newcomer) == "restricted"


async def test_old_warnings_expire(talk: Talk) -> None:
    newcomer = await talk.scene.newcomer()
    message = await talk.scene.say(newcomer, HAM)
    await talk.in_group(talk.scene.admin, "/warn", reply_to=message)
    talk.warden.pass_time(31 * 86_400)
    (answer,) = await talk.in_group(talk.scene.admin, "/warn", reply_to=message)

    assert "(1 of 3)" in answer.text
    assert len(await talk.warden.rows(Strike)) == 2


@pytest.mark.parametrize("text", ["soon", "5s", "2y", "0m", "999999d"])
async def test_a_time_that_is_none_is_said(talk: Talk, text: str) -> None:
    message = await talk.scene.say(await talk.scene.newcomer(), HAM)

    (answer,) = await talk.in_group(talk.scene.admin, f"/mute {text}", reply_to=message)
    await talk.warden.enforce()

    assert f"“{text}”" in answer.text
    assert talk.warden.calls("restrictChatMember") == []


async def test_a_command_without_a_message_says_what_it_wants(talk: Talk) -> None:
    (answer,) = await talk.in_group(talk.scene.admin, "/spam")
    assert "Reply to a message with /spam" in answer.text


async def test_a_typo_gets_a_hint_from_admins_only(talk: Talk) -> None:
    (hint,) = await talk.in_group(talk.scene.admin, "/sapm")
    assert "/spam" in hint.text
    assert await talk.in_group(talk.scene.member, "/sapm") == []
    assert await talk.in_group(talk.scene.admin, "/karma") == []
    assert await talk.in_group(talk.scene.admin, "/spam@other_bot") == []


async def test_an_anonymous_admin_presses_a_button_to_be_known(talk: Talk) -> None:
    newcomer = await talk.scene.newcomer()
    message = await talk.scene.say(newcomer, HAM)
    (ask,) = await talk.in_group(None, "/mute 3h", reply_to=message)
    await talk.warden.enforce()
    before = talk.scene.status(newcomer)

    refused = await talk.press(talk.scene.group, ask, "do it", by=talk.scene.member)
    await talk.warden.enforce()
    still = talk.scene.status(newcomer)
    await talk.press(talk.scene.group, ask, "do it", by=talk.scene.admin)
    await talk.warden.enforce()

    assert "Only admins" in refused
    assert (before, still, talk.scene.status(newcomer)) == ("member", "member", "restricted")


async def test_a_channel_is_banned_as_a_channel(talk: Talk) -> None:
    channel = await talk.scene.control.add_chat(NewChat(title="Signals", type="channel"))
    message = await talk.scene.control.post(
        talk.scene.group, Draft(sender_chat_id=channel, text=HAM)
    )
    await talk.in_group(talk.scene.admin, "/ban", reply_to=message)
    await talk.warden.enforce()

    assert channel in talk.scene.app.world.chats[talk.scene.group].banned_channels


async def test_ham_on_what_was_flagged_undoes_and_teaches(talk: Talk) -> None:
    spam = await talk.warden.spam(await talk.scene.newcomer(), SPAM)
    outcome = await spam.outcome()
    # The message waits for its deletion: an admin is faster.
    await talk.in_group(talk.scene.admin, "/ham", reply_to=spam.message_id)
    await talk.warden.enforce()

    assert not talk.scene.is_deleted(spam.message_id)
    assert await spam.state() == "undone"
    (feedback,) = await talk.warden.rows(Feedback)
    assert (feedback.label, feedback.update_id) == ("ham", outcome.update_id)


async def test_why_tells_the_signals_and_their_weight(talk: Talk) -> None:
    spam = await talk.warden.spam(await talk.scene.newcomer(), SPAM)

    (answer,) = await talk.in_group(talk.scene.admin, "/why", reply_to=spam.message_id)

    assert "Why" in answer.text
    assert "Invite link +" in answer.text


async def test_members_report_and_admins_get_a_case(talk: Talk) -> None:
    (reporter,) = await talk.scene.control.add_people(NewPerson(first_name="Rita"))
    await talk.scene.control.join(talk.scene.group, reporter, announced=False)
    message = await talk.scene.say(await talk.scene.newcomer(), HAM)

    (thanks,) = await talk.in_group(talk.scene.member, "/report", reply_to=message)
    (again,) = await talk.in_group(talk.scene.member, "/report", reply_to=message)
    await talk.in_group(reporter, "/report", reply_to=message)

    (outcome,) = [row for row in await talk.warden.rows(Outcome) if row.message_id == message]
    assert outcome.state == "review"
    assert "Thank you" in thanks.text
    assert "already" in again.text
    assert {row.source for row in await talk.warden.rows(Feedback)} == {"report"}
    assert len(await talk.warden.rows(Feedback)) == 2


async def test_who_reports_a_lot_has_to_wait(talk: Talk) -> None:
    newcomer = await talk.scene.newcomer()
    messages = [await talk.scene.say(newcomer, f"{HAM} {n}") for n in range(6)]
    answers = [
        (await talk.in_group(talk.scene.member, "/report", reply_to=one))[0].text
        for one in messages
    ]
    assert "wait" in answers[5]
    assert all("Thank you" in answer for answer in answers[:5])


async def test_start_in_private_says_how_to_begin_and_remembers_the_person(talk: Talk) -> None:
    (answer,) = await talk.private(talk.scene.admin, "/start")

    assert "Add me to your group" in answer.text
    assert "startgroup" in answer.button("Add me")
    people = await talk.warden.rows(Correspondent)
    assert [one.user_id for one in people] == [talk.scene.admin]


async def test_any_words_in_private_get_help(talk: Talk) -> None:
    (answer,) = await talk.private(talk.scene.member, "what is this?")
    assert "/privacy" in answer.text
    assert "/spam" not in answer.text


async def test_settings_are_shown_to_admins_only_and_buttons_change_them(talk: Talk) -> None:
    await talk.in_group(talk.scene.member, HAM)
    (none,) = await talk.private(talk.scene.member, "/settings")
    (shown,) = await talk.private(talk.scene.admin, "/settings")
    refused = await talk.press(talk.scene.admin, shown, "strict", by=talk.scene.member)
    await talk.press(talk.scene.admin, shown, "strict", by=talk.scene.admin)
    (changed,) = talk.said(talk.scene.admin, after=shown.id - 1)
    await talk.press(talk.scene.admin, changed, "Only watch", by=talk.scene.admin)
    group = await talk.warden.group()

    assert "admin of no group" in none.text
    assert "Makers" in shown.text
    assert "Only admins of Makers" in refused
    assert group.policy["preset"] == "strict"
    assert group.policy_version == 2
    assert group.mode == "observe"


async def test_the_language_of_a_group_is_chosen(talk: Talk) -> None:
    await talk.in_group(talk.scene.member, HAM)
    (shown,) = await talk.private(talk.scene.admin, "/settings")
    await talk.press(talk.scene.admin, shown, "English", by=talk.scene.admin)
    (languages,) = talk.said(talk.scene.admin, after=shown.id - 1)
    await talk.press(talk.scene.admin, languages, "Español", by=talk.scene.admin)

    assert (await talk.warden.group()).language == "es"


async def test_the_dashboards_link_is_sent_in_private_only(talk: Talk) -> None:
    (in_group,) = await talk.in_group(talk.scene.admin, "/dashboard")
    (private,) = await talk.private(talk.scene.admin, "/dashboard")

    assert in_group.buttons == {}
    assert private.button("dashboard").startswith("https://guard.example/sign-in#link=")


async def test_stats_tell_what_was_caught(talk: Talk) -> None:
    await talk.warden.spam(await talk.scene.newcomer(), SPAM)
    await talk.warden.enforce()

    (answer,) = await talk.in_group(talk.scene.admin, "/stats")

    assert "1 deleted" in answer.text


async def test_mydata_tells_what_is_held(talk: Talk) -> None:
    spammer = await talk.scene.newcomer()
    await talk.warden.spam(spammer, SPAM)

    (held,) = await talk.private(spammer, "/mydata")
    (nothing,) = await talk.private(talk.scene.member, "/mydata")

    sent = held.message.payload()
    assert "1 messages that looked like spam" in sent["caption"]
    assert "Nothing" in nothing.text
    document = talk.scene.app.world.files.find(sent["document"]["file_id"])
    assert document is not None
    file = json.loads(document.content)
    assert file["person"] == spammer
    assert file["held"]["outcomes"][0]["texts"][0]["text"] == SPAM
    assert len(file["remembered_messages"][str(talk.scene.group)]) == 1


async def test_whoever_asks_for_it_is_erased_and_their_ban_stays(talk: Talk) -> None:
    from chatwarden.storage.models import Outcome

    spammer = await talk.scene.newcomer()
    await talk.warden.spam(spammer, SPAM)
    (early,) = await talk.private(spammer, "/forgetme")
    waiting = await talk.press(spammer, early, "Yes, erase it", by=spammer)
    await talk.warden.enforce()
    status = talk.scene.status(spammer)
    assert status != "member"

    (asked,) = await talk.private(spammer, "/forgetme")
    await talk.press(spammer, asked, "Yes, erase it", by=spammer)
    (held,) = await talk.private(spammer, "/mydata")

    assert "no ban and no mute is lifted" in asked.text
    assert "still under way" in waiting
    assert "Nothing" in held.text
    (outcome,) = await talk.warden.rows(Outcome)
    assert (outcome.sender_id == spammer, outcome.sealed) == (False, None)
    assert await talk.ports.history.messages_of(talk.scene.group, spammer) == []
    assert talk.scene.status(spammer) == status
    await talk.in_group(talk.scene.admin, f"/unban {spammer}")
    await talk.warden.enforce()
    assert talk.scene.status(spammer) in ("member", "left")


async def test_who_is_told_nothing_can_be_reached_in_the_group(talk: Talk) -> None:
    """Telegram may refuse ephemeral messages: then the answer stands in private, and else for a while in the group."""
    from chatwarden.simulator.client import Fault

    message = await talk.scene.say(await talk.scene.newcomer(), HAM)
    await talk.scene.control.fail(
        Fault(method="sendMessage", code=400, description="Bad Request: EPHEMERAL_INVALID", times=1)
    )
    (answer,) = await talk.in_group(talk.scene.admin, "/ban", reply_to=message)
    stands = not talk.scene.is_deleted(answer.id)
    talk.warden.pass_time(31)
    await talk.warden.enforce()

    assert answer.message.only_for is None
    assert stands
    assert talk.scene.is_deleted(answer.id)


async def test_a_group_row_is_there_for_real_groups_alone(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    assert all(row.chat_id < 0 for row in await talk.warden.rows(Group))
    assert BOT_ID not in {row.chat_id for row in await talk.warden.rows(Group)}
