"""Whoever a verdict met says that it was wrong, and what comes of that."""

from collections.abc import Sequence

import pytest
from tests.support.scene import BOT_ID, HAM, HEAVY_SPAM, SPAM, eventually
from tests.support.talk import TOKEN, Said, Talk

from chatwarden.bot.appeals.keeper import NOTICES_A_MINUTE, AppealKeeper
from chatwarden.bot.cards.keeper import CARDS_AN_HOUR
from chatwarden.outcomes.appeals import MOST_CHARACTERS
from chatwarden.outcomes.person import person_file
from chatwarden.simulator.client import Draft, Fault, NewChat, NewPerson
from chatwarden.storage.models import Appeal, Feedback, Outcome, WebhookDelivery
from chatwarden.storage.repositories import webhooks

WORDS = "I only told a friend about <b>my</b> work."
A_WEEK = 7 * 86_400


async def punished(talk: Talk, text: str = SPAM, *, name: str = "Rex & Co") -> int:
    """Somebody whose message was deleted, and who was muted or banned for it."""
    person = await talk.scene.newcomer(name)
    await talk.warden.spam(person, text)
    await talk.warden.enforce()
    return person


async def listed(talk: Talk, person: int) -> Said:
    """What they are shown when they follow a link."""
    (said,) = await talk.private(person, f"/start appeal{talk.scene.group}")
    return said


async def asked(talk: Talk, person: int) -> Said:
    """They choose the group; what they are asked then."""
    said = await listed(talk, person)
    await talk.press(person, said, "Makers", by=person)
    return talk.said(person)[-1]


async def appealed(talk: Talk, person: int, words: str = WORDS) -> str:
    await asked(talk, person)
    (answer,) = await talk.private(person, words)
    return answer.text


async def look(talk: Talk) -> None:
    await AppealKeeper(talk.ports).look()


async def decided(talk: Talk, words: str, *, by: int | None = None) -> str:
    """An admin presses that on the card; what is told to them."""
    admin = talk.scene.admin if by is None else by
    await talk.show_cards()
    card = [one for one in talk.said(admin) if one.buttons][-1]
    line = await talk.press(admin, card, words, by=admin)
    await talk.warden.enforce()
    await talk.show_cards()
    await look(talk)
    return line


async def states(talk: Talk) -> list[str]:
    rows: Sequence[Appeal] = await talk.warden.rows(Appeal)
    return [row.state for row in sorted(rows, key=lambda row: row.asked_at)]


def told(talk: Talk, person: int) -> list[str]:
    return [one.text for one in talk.said(person)]


async def test_whoever_is_muted_learns_alone_where_to_appeal_and_once(talk: Talk) -> None:
    person = await punished(talk)
    keeper = AppealKeeper(talk.ports)
    await keeper.look()
    await keeper.look()

    (notice,) = talk.said(talk.scene.group)
    assert notice.message.only_for == person
    assert notice.text.startswith("🔔 Makers: you cannot write until ")
    assert "looked like spam" in notice.text
    assert list(notice.buttons.values()) == [
        f"https://t.me/warden_bot?start=appeal{talk.scene.group}"
    ]


async def test_whoever_writes_to_the_bot_is_told_there(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    await talk.private(person, "/start")
    await talk.warden.spam(person, HEAVY_SPAM)
    await talk.warden.enforce()
    await look(talk)

    assert talk.said(talk.scene.group) == []
    notice = talk.said(person)[-1]
    assert "you are banned" in notice.text
    await talk.press(person, notice, "mistake", by=person)
    assert "in one message" in talk.said(person)[-1].text


async def test_whoever_appeals_already_is_not_told_that_they_can(talk: Talk) -> None:
    person = await punished(talk)
    await asked(talk, person)
    await look(talk)

    assert not any("🔔" in one for one in told(talk, person))
    assert talk.said(talk.scene.group) == []


async def test_whoever_is_banned_and_never_wrote_to_the_bot_cannot_be_told(talk: Talk) -> None:
    person = await punished(talk, HEAVY_SPAM)
    await look(talk)

    assert talk.said(talk.scene.group) == []
    assert person not in talk.scene.app.world.chats


async def test_notices_leave_room_for_what_else_is_said_in_the_group(talk: Talk) -> None:
    people = [
        await punished(talk, f"{SPAM} {n}", name=f"S{n}") for n in range(NOTICES_A_MINUTE + 2)
    ]
    keeper = AppealKeeper(talk.ports)
    await keeper.look()
    await keeper.look()

    assert len(people) > len(talk.said(talk.scene.group)) == NOTICES_A_MINUTE


async def test_an_appeal_goes_to_the_admins_and_its_acceptance_to_whoever_appealed(
    talk: Talk,
) -> None:
    await talk.private(talk.scene.admin, "/start")
    person = await punished(talk)
    said = await listed(talk, person)
    sent = await appealed(talk, person)
    await talk.show_cards()
    card = talk.said(talk.scene.admin)[-1]
    line = await decided(talk, "Accept")
    await look(talk)

    assert "Makers: you cannot write until " in said.text
    assert "Invite link" not in said.text
    assert sent.startswith("🙏 The admins of Makers have your appeal.")
    assert "They appeal:\n" + WORDS in card.text
    assert {"↩️ Accept: undo", "✋ Refuse: it stays"} <= set(card.buttons)
    assert line == "Noted: no spam."
    assert talk.scene.status(person) == "member"
    assert await states(talk) == ["accepted"]
    assert [one.label for one in await talk.warden.rows(Feedback)] == ["ham"]
    accepted = [one for one in told(talk, person) if "accepted" in one]
    assert accepted == ["✅ Makers: your appeal was accepted. You may write again."]
    assert "Their appeal was accepted." in talk.said(talk.scene.admin)[-1].text


async def test_the_decision_is_told_once_the_undo_is_done(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    person = await punished(talk, HEAVY_SPAM)
    await appealed(talk, person)
    await talk.show_cards()
    card = talk.said(talk.scene.admin)[-1]
    await talk.press(talk.scene.admin, card, "Accept", by=talk.scene.admin)
    await look(talk)
    before = told(talk, person)
    await talk.warden.enforce()
    await look(talk)

    assert not any("accepted" in one for one in before)
    assert told(talk, person)[-1] == (
        "✅ Makers: your appeal was accepted. You can come back; you have to do so yourself."
    )


async def test_who_is_refused_may_appeal_once_more_a_week_later_and_then_no_more(
    talk: Talk,
) -> None:
    await talk.private(talk.scene.admin, "/start")
    person = await punished(talk, HEAVY_SPAM)
    await appealed(talk, person)
    line = await decided(talk, "Refuse")
    first = told(talk, person)[-1]
    early = await listed(talk, person)
    talk.warden.pass_time(A_WEEK + 1)
    await appealed(talk, person, "Please look again.")
    await talk.show_cards()
    card = talk.said(talk.scene.admin)[-1].text
    again = await decided(talk, "Refuse")
    second = told(talk, person)[-1]
    talk.warden.pass_time(A_WEEK + 1)
    late = await listed(talk, person)

    assert line == again == "Noted: spam."
    assert "it stays. You can appeal in that group again from " in first
    assert "appeal in that group again from" in early.text
    assert early.buttons == {}
    assert "It was refused once before." in card or "appeals in Makers" in card
    assert second.endswith("The admins have looked at it twice: it stays.")
    assert "looked at it twice" in late.text
    assert late.buttons == {}
    assert await states(talk) == ["refused", "refused"]
    assert talk.scene.status(person) == "kicked"


async def test_two_admins_at_once_decide_one_thing(talk: Talk) -> None:
    admins = (talk.scene.admin, talk.scene.owner)
    for admin in admins:
        await talk.private(admin, "/start")
    person = await punished(talk)
    await appealed(talk, person)
    await talk.show_cards()
    for admin, words in zip(admins, ("Accept", "Refuse"), strict=True):
        card = [one for one in talk.said(admin) if one.buttons][-1]
        await talk.scene.control.press(admin, card.id, from_id=admin, data=card.button(words))
    await talk.answer()
    await talk.warden.enforce()
    await look(talk)
    await look(talk)

    assert await states(talk) == ["accepted"]
    assert talk.scene.status(person) == "member"
    assert len([one for one in told(talk, person) if "✅" in one or "✋" in one]) == 1


async def test_an_old_decision_becomes_news_by_its_appeal(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    person = await punished(talk, HEAVY_SPAM)
    talk.warden.pass_time(2 * 3600)
    await talk.show_cards()
    before = talk.said(talk.scene.admin)[1:]
    await appealed(talk, person)
    await talk.show_cards()
    await talk.show_cards()

    assert before == []
    (card,) = talk.said(talk.scene.admin)[1:]
    assert "They appeal" in card.text


async def test_an_old_card_is_pointed_to_as_an_edit_rings_no_bell(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    person = await punished(talk)
    await talk.show_cards()
    (card,) = talk.said(talk.scene.admin)[1:]
    await appealed(talk, person)
    await talk.show_cards()
    await talk.show_cards()

    edited, pointer = talk.said(talk.scene.admin)[1:]
    assert edited.id == card.id
    assert "They appeal" in edited.text
    assert pointer.text == "⚖️ Rex & Co appeals in Makers: see the card."
    assert pointer.message.payload()["reply_to_message"]["message_id"] == card.id


async def test_appeals_are_within_the_hours_budget_of_cards(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    spammers = [await talk.scene.newcomer(f"S{n}") for n in range(3)]
    for n in range(CARDS_AN_HOUR):
        await talk.scene.say(spammers[n % 3], f"{SPAM} {n}")
    await talk.warden.take()
    await talk.warden.enforce()
    await talk.show_cards()
    person = await punished(talk, HEAVY_SPAM)
    await talk.show_cards()
    sent = len(talk.said(talk.scene.admin))
    await appealed(talk, person)
    await talk.show_cards()
    crowded = len(talk.said(talk.scene.admin))
    talk.warden.pass_time(3601)
    (row,) = await talk.warden.rows(Appeal)

    assert sent == crowded
    assert row.shown_at is not None


async def test_against_whom_nothing_holds_is_told_so(talk: Talk) -> None:
    (answer,) = await talk.private(talk.scene.member, "/appeal")
    (by_link,) = await talk.private(talk.scene.member, f"/start appeal{talk.scene.group}")

    assert answer.text.startswith("✅ Nothing that I did holds against you.")
    assert by_link.text == answer.text
    assert by_link.buttons == {}


async def test_nobody_appeals_in_anothers_name(talk: Talk) -> None:
    person = await punished(talk)
    said = await listed(talk, person)
    stranger = talk.scene.member
    await talk.private(stranger, "/start")
    before = len(talk.said(stranger))
    await talk.scene.control.press(person, said.id, from_id=stranger, data=said.button("Makers"))
    await talk.answer()
    (last,) = list(talk.scene.app.api.calls.find(method="answerCallbackQuery"))[-1:]

    assert "does not hold against you" in str(last.params["text"])
    assert len(talk.said(stranger)) == before
    assert await talk.warden.rows(Appeal) == []


async def test_an_appeal_after_the_end_is_answered_kindly(talk: Talk) -> None:
    person = await punished(talk)
    said = await listed(talk, person)
    await asked(talk, person)
    talk.warden.pass_time(400 * 86_400)
    line = await talk.press(person, said, "Makers", by=person)

    assert "or does no more" in line
    assert (await listed(talk, person)).text.startswith("✅ Nothing")


async def test_words_that_come_after_an_undo_open_nothing(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    spam = await talk.warden.spam(person, SPAM)
    await talk.warden.enforce()
    await asked(talk, person)
    await spam.undo()
    (answer,) = await talk.private(person, WORDS)
    (after,) = await talk.private(person, WORDS)

    assert "or does no more" in answer.text
    assert after.text.startswith("What you can say to me here")
    assert await talk.warden.rows(Appeal) == []


async def test_what_ends_before_anybody_decides_is_told_to_both(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    person = await punished(talk)
    await appealed(talk, person)
    await talk.show_cards()
    await look(talk)
    still = await states(talk)
    talk.warden.pass_time(8 * 86_400)
    await look(talk)
    await talk.show_cards()

    assert (still, await states(talk)) == (["open"], ["lapsed"])
    assert "has ended before the admins decided" in told(talk, person)[-1]
    card = talk.said(talk.scene.admin)[-1]
    assert "ended before anybody decided" in card.text
    assert "↩️ Accept: undo" not in card.buttons


async def test_who_is_freed_by_hand_has_had_their_appeal_accepted(talk: Talk) -> None:
    person = await punished(talk)
    await appealed(talk, person)
    await talk.in_group(talk.scene.admin, f"/unban {person}")
    await talk.warden.enforce()
    await look(talk)

    assert await states(talk) == ["accepted"]
    assert told(talk, person)[-1].startswith("✅ Makers: your appeal was accepted.")
    assert not any("took back" in one for one in told(talk, person))


async def test_an_undo_is_told_to_whoever_it_frees_in_private(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    await talk.private(person, "/start")
    spam = await talk.warden.spam(person, HEAVY_SPAM)
    await talk.warden.enforce()
    await spam.undo()
    await look(talk)
    await look(talk)

    (said,) = [one for one in told(talk, person) if "↩️" in one]
    assert said.startswith(
        "↩️ Makers: an admin took back what I had done to you. You can come back"
    )


async def test_an_undo_is_told_in_the_group_to_whoever_is_still_there(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    spam = await talk.warden.spam(person, SPAM)
    await talk.warden.enforce()
    await spam.undo()
    await look(talk)

    (said,) = talk.said(talk.scene.group)
    assert said.message.only_for == person
    assert said.text.endswith("You may write again.")


async def test_an_undo_that_freed_nobody_is_no_news(talk: Talk) -> None:
    message = await talk.scene.say(talk.scene.member, HAM)
    await talk.in_group(talk.scene.admin, "/unban", reply_to=message)
    await talk.warden.enforce()
    before = talk.said(talk.scene.group)
    await look(talk)

    assert len(talk.said(talk.scene.group)) == len(before)


async def test_only_one_message_of_text_is_taken_and_no_long_one(talk: Talk) -> None:
    person = await punished(talk)
    await asked(talk, person)
    (long,) = await talk.private(person, "x" * (MOST_CHARACTERS + 1))
    photo = Draft(from_id=person, extra={"photo": [], "caption": "look"})
    before = len(talk.said(person))
    await talk.scene.control.post(person, photo)
    await talk.answer()
    only_text = talk.said(person)[before]
    (sent,) = await talk.private(person, "x" * MOST_CHARACTERS)
    (after,) = await talk.private(person, "and another thing")

    assert f"{MOST_CHARACTERS + 1} of {MOST_CHARACTERS}" in long.text
    assert only_text.text.startswith("Only text")
    assert sent.text.startswith("🙏")
    assert after.text.startswith("What you can say to me here")
    assert await states(talk) == ["open"]


async def test_an_appeal_needs_no_words(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    person = await punished(talk)
    question = await asked(talk, person)
    await talk.press(person, question, "without words", by=person)
    await talk.show_cards()

    assert talk.said(person)[-1].text.startswith("🙏")
    assert talk.said(person)[-1].buttons == {}
    assert "They appeal, without words." in talk.said(talk.scene.admin)[-1].text


async def test_an_answer_that_did_not_arrive_is_given_again(talk: Talk) -> None:
    person = await punished(talk)
    await asked(talk, person)
    await talk.scene.control.post(person, Draft(from_id=person, text=WORDS))
    await talk.scene.control.fail(
        Fault(
            method="sendMessage",
            code=429,
            description="Too Many Requests: retry after 1",
            retry_after=1,
            chat_id=person,
        )
    )
    await talk.warden.take()
    async with talk.answering():
        await eventually(lambda: talk.said(person)[-1].text.startswith("🙏"), what="it is told")

    assert await states(talk) == ["open"]


async def test_who_thinks_better_of_it_has_sent_nothing(talk: Talk) -> None:
    person = await punished(talk)
    question = await asked(talk, person)
    await talk.press(person, question, "Do not send", by=person)
    (answer,) = await talk.private(person, "never mind")

    assert answer.text.startswith("What you can say to me here")
    assert await talk.warden.rows(Appeal) == []


async def test_words_are_waited_for_an_hour(talk: Talk) -> None:
    person = await punished(talk)
    question = await asked(talk, person)
    talk.warden.pass_time(3601)
    (answer,) = await talk.private(person, WORDS)
    line = await talk.press(person, question, "without words", by=person)

    assert answer.text.startswith("What you can say to me here")
    assert "too old" in line
    assert await states(talk) == ["draft"]


async def test_while_one_is_open_there_is_no_other(talk: Talk) -> None:
    person = await punished(talk)
    said = await listed(talk, person)
    await appealed(talk, person)
    line = await talk.press(person, said, "Makers", by=person)
    now = await listed(talk, person)

    assert line == "Your appeal is with the admins."
    assert "Your appeal is with the admins." in now.text
    assert now.buttons == {}
    assert await states(talk) == ["open"]


async def test_what_an_admin_did_by_hand_is_theirs(talk: Talk) -> None:
    person = await talk.scene.newcomer()
    message = await talk.scene.say(person, HAM)
    await talk.in_group(talk.scene.admin, "/ban", reply_to=message)
    await talk.warden.enforce()
    await look(talk)
    (said,) = await talk.private(person, "/appeal")

    assert "you are banned. An admin did that" in said.text
    assert said.buttons == {}


async def test_each_group_is_listed_and_chosen_by_itself(talk: Talk) -> None:
    person = await punished(talk)
    other = await talk.scene.control.add_chat(NewChat(title="Other", owner=talk.scene.owner))
    await talk.scene.control.add_admin(other, BOT_ID)
    await talk.scene.control.join(other, person, announced=False)
    await talk.scene.control.post(other, Draft(from_id=person, text=HEAVY_SPAM))
    await talk.warden.take()
    lane = talk.warden.lane(other)
    while await lane.turn():
        pass
    said = await listed(talk, person)
    await talk.press(person, said, "Other", by=person)
    question = talk.said(person)[-1]

    assert set(said.buttons) == {"Makers", "Other"}
    assert question.text.startswith("✍️ Other")


async def test_words_rest_sealed(talk: Talk) -> None:
    person = await punished(talk)
    await appealed(talk, person)
    (row,) = await talk.warden.rows(Appeal)

    assert row.sealed is not None
    assert b"friend" not in row.sealed


async def test_words_are_in_the_file_of_whoever_wrote_them(talk: Talk) -> None:
    person = await punished(talk)
    await appealed(talk, person)
    async with talk.warden.database.transaction() as session:
        file = await person_file(
            session, person, keyring=talk.warden.keyring, now=talk.warden.now()
        )
    (told_of,) = file["held"]["appeals"]

    assert (told_of["words"], told_of["state"]) == (WORDS, "open")
    assert "sealed" not in told_of


async def test_an_appeal_is_an_open_case_to_webhooks(talk: Talk) -> None:
    person = await punished(talk)
    async with talk.warden.database.transaction() as session:
        await webhooks.make(
            session,
            bot_id=BOT_ID,
            chat_id=talk.scene.group,
            address="https://hooks.example.org/a",
            events=["case.opened"],
            made_by="operator",
            sealer=talk.warden.sealer,
            now=talk.warden.now(),
        )
    await appealed(talk, person)
    (outcome,) = [row for row in await talk.warden.rows(Outcome) if row.chat_id == talk.scene.group]
    (delivery,) = await talk.warden.rows(WebhookDelivery)

    assert (delivery.event, delivery.trace_id) == ("case.opened", outcome.trace_id)
    assert delivery.detail == {"appeal": True}


async def test_each_reads_their_own_language(talk: Talk) -> None:
    await talk.private(talk.scene.admin, "/start")
    (person,) = await talk.scene.control.add_people(NewPerson(first_name="Оля", language_code="ru"))
    await talk.scene.control.join(talk.scene.group, person, announced=False)
    await talk.warden.spam(person, SPAM)
    await talk.warden.enforce()
    await appealed(talk, person)
    await decided(talk, "Refuse")

    assert "решение остаётся" in told(talk, person)[-1]


@pytest.mark.parametrize(("is_own", "languages"), [(False, 8), (True, 1)])
async def test_the_description_tells_of_appeals_unless_the_operator_wrote_one(
    talk: Talk, *, is_own: bool, languages: int
) -> None:
    bot = talk.scene.app.world.bots[TOKEN]
    bot.descriptions = {"": "Ours."} if is_own else {}
    await talk.bot._describe()
    await talk.bot._describe()

    assert len(bot.descriptions) == languages
    assert ("/appeal" in bot.descriptions[""]) is not is_own
