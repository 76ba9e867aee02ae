"""Attacks that advertise by what somebody writes, by the rows of the table of attacks, each with its trap. Asserted on what the bot called."""

import pytest
from tests.support.acts import (
    ADVERT,
    SILENT,
    Act,
    acts,
    enforced,
    looked_into,
    permissions_given,
)
from tests.support.dashboard import set_policy
from tests.support.pictures import meme
from tests.support.product import Product
from tests.support.scene import HEAVY_SPAM, Scene, eventually, new_scene

from chatwarden.simulator.client import Draft, Edit, NewChat, NewPerson
from chatwarden.simulator.state.posting import post

DAY = 86_400
OFFER = "Remote work 18+, from 80 $ a day, no experience, DM me"
GOOD = "Roses like sun and a deep soil. Water them in the morning, and cut the old wood in March."
BUTTONS = [[{"text": "🎰 Get the bonus", "url": "https://bonus.example/go"}]]


def now(scene: Scene) -> int:
    return scene.app.world.clock.date()


async def regular(scene: Scene) -> int:
    """Somebody who has written here for a month."""
    person = await scene.newcomer("Kim")
    first = now(scene) - 30 * DAY
    await scene.control.post_many(
        scene.group,
        [
            Draft(
                from_id=person, text=f"Bed {day} of my garden needs water", date=first + day * DAY
            )
            for day in range(25)
        ],
    )
    return person


async def outside_post(scene: Scene, text: str) -> tuple[int, int]:
    """A post of a channel that has nothing to do with the group; the channel and the post."""
    channel = await scene.control.add_chat(NewChat(title="Rose offers", type="channel"))
    return channel, await scene.control.post(channel, Draft(text=text))


# Row 2: harmless words, and the advert stands in the post that they quote.


async def test_2_a_quote_of_an_outside_advert_is_deleted(scene: Scene, product: Product) -> None:
    channel, advert = await outside_post(scene, "Join the team: t.me/+AbCdEfGhIj")
    spammer = await scene.newcomer()
    message = await scene.control.post(
        scene.group,
        Draft(from_id=spammer, text="wow, look", reply_to=advert, reply_to_chat=channel),
    )
    await eventually(lambda: scene.is_deleted(message), what="the message is deleted")
    await enforced(scene)

    assert acts(scene, spammer, message) == [Act("deleteMessages", message)]


async def test_2_trap_quotes_of_a_topic_and_of_an_outside_question_stay(
    scene: Scene, product: Product
) -> None:
    forum = await new_scene(scene.app, scene.url, scene.control, is_forum=True)
    rules = await forum.control.post(
        forum.group,
        Draft(from_id=forum.member, text="Write to @makers_admin if you find an error", topic=3),
    )
    channel, news = await outside_post(forum, "New roses this year: https://garden.example/roses")
    newcomer = await forum.newcomer()
    agreeing = Draft(from_id=newcomer, text="I agree with this", topic=4, reply_to=rules)
    asking = Draft(
        from_id=newcomer, text="what is this?", topic=4, reply_to=news, reply_to_chat=channel
    )
    said = [await forum.control.post(forum.group, draft) for draft in (agreeing, asking)]
    await enforced(forum)

    assert acts(forum, newcomer, *said) == []


# Row 3: posts, waits, edits a link in.


async def test_3_a_message_that_gets_its_link_later_is_deleted(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    message = await scene.say(spammer, "Thanks, very helpful!")
    await enforced(scene)
    before = acts(scene, spammer, message)
    await scene.control.edit(
        scene.group, message, Edit(text="Thanks, very helpful! t.me/rose_market")
    )
    await eventually(lambda: scene.is_deleted(message), what="the message is deleted")
    await enforced(scene)

    assert before == []
    assert acts(scene, spammer, message) == [Act("deleteMessages", message)]


async def test_3_trap_a_mended_typo_and_an_edit_that_nobody_sees_stay(
    scene: Scene, product: Product
) -> None:
    newcomer = await scene.newcomer()
    typo = await scene.say(newcomer, "Thnaks, very helpful!")
    linked = await scene.say(newcomer, "See https://example.com/roses")
    await scene.control.edit(scene.group, typo, Edit(text="Thanks, very helpful!"))
    await scene.control.edit(scene.group, linked, Edit())
    await enforced(scene)

    assert acts(scene, newcomer, typo, linked) == []


# Row 9: a message in pieces.


async def test_9_the_piece_that_makes_an_advert_of_the_others_is_deleted(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    picture = await scene.control.add_file(meme())
    first = await scene.say(spammer, "Есть тема, доход хороший")
    second = await scene.control.post(scene.group, Draft(from_id=spammer, photo=picture))
    third = await scene.say(spammer, "Пишите мне")
    await eventually(lambda: scene.is_deleted(third), what="the last piece is deleted")
    await enforced(scene)

    assert acts(scene, spammer, first, second, third) == [Act("deleteMessages", third)]


async def test_9_trap_a_regular_in_short_pieces_and_a_newcomers_an_hour_apart_stay(
    scene: Scene, product: Product
) -> None:
    picture = await scene.control.add_file(meme())
    arguing, asking = await regular(scene), await scene.newcomer()
    drafts = [
        draft
        for person, earlier in ((arguing, now(scene)), (asking, now(scene) - 3600))
        for draft in (
            Draft(from_id=person, text="У меня доход упал в этом году", date=earlier),
            Draft(from_id=person, photo=picture, date=earlier),
            Draft(from_id=person, text="напишите мне, кто будет на встрече"),
        )
    ]
    said = [await scene.control.post(scene.group, draft) for draft in drafts]
    await enforced(scene)

    assert acts(scene, arguing, asking, *said) == []


# Row 12: by way of an inline bot, or by a guest bot that a member called.


async def test_12_a_bots_buttons_go_and_whoever_called_the_guest_bot_is_its_author(
    scene: Scene, product: Product
) -> None:
    by_inline, by_guest = await scene.newcomer("Ina"), await scene.newcomer("Gus")
    (bot,) = await scene.control.add_people(
        NewPerson(first_name="Post", username="post_bot", is_bot=True)
    )
    inline = await scene.control.post(
        scene.group,
        Draft(from_id=by_inline, text="Look what I found", via_bot=bot, buttons=BUTTONS),
    )
    guest = await scene.control.post(
        scene.group, Draft(from_id=bot, called_by=by_guest, text=HEAVY_SPAM, buttons=BUTTONS)
    )
    await eventually(lambda: scene.status(by_guest) == "kicked", what="the caller is banned")
    await enforced(scene)

    assert acts(scene, by_inline, inline) == [Act("deleteMessages", inline)]
    assert acts(scene, by_guest, bot, guest) == [
        Act("deleteMessages", guest),
        Act("banChatMember", by_guest),
    ]


async def test_12_trap_a_moving_picture_by_the_usual_bot_stays(
    scene: Scene, product: Product
) -> None:
    newcomer = await scene.newcomer()
    (gif,) = await scene.control.add_people(
        NewPerson(first_name="GIF", username="gif", is_bot=True)
    )
    message = await scene.control.post(
        scene.group,
        Draft(from_id=newcomer, via_bot=gif, extra={"animation": {"file_id": "g", "duration": 3}}),
    )
    await enforced(scene)

    assert acts(scene, newcomer, gif, message) == []


# Row 17: an account that joined weeks ago, and whose first words are spam.


async def test_17_a_sleepers_spam_goes_and_the_sender_is_asked(
    scene: Scene, product: Product
) -> None:
    sleeper = await scene.newcomer()
    await scene.control.post(
        scene.group, Draft(from_id=sleeper, text="hi", date=now(scene) - 40 * DAY)
    )
    message = await scene.say(sleeper, "Remote work 18+, 90 $ a day, no experience, write me")
    await eventually(
        lambda: Act("sendMessage", sleeper) in acts(scene, sleeper), what="the sender is asked"
    )
    await enforced(scene)

    assert acts(scene, sleeper, message) == [
        Act("deleteMessages", message),
        Act("restrictChatMember", sleeper),
        Act("sendMessage", sleeper),
    ]
    assert permissions_given(scene, sleeper) == [SILENT]


async def test_17_trap_a_quiet_member_may_speak_up(scene: Scene, product: Product) -> None:
    quiet = await scene.newcomer()
    await scene.control.post(
        scene.group, Draft(from_id=quiet, text="hi", date=now(scene) - 40 * DAY)
    )
    message = await scene.say(quiet, "I finally planted the roses, thank you all")
    await enforced(scene)

    assert acts(scene, quiet, message) == []


# Row 21: a flood.


async def test_21_a_flood_of_the_same_words_is_deleted_once_it_is_one(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    drafts = [Draft(from_id=spammer, text="ааа") for _ in range(12)]
    said = [one for one in await scene.control.post_many(scene.group, drafts) if one]
    await eventually(lambda: scene.is_deleted(said[-1]), what="the last one is deleted")
    await enforced(scene)
    gone = [one for one in said if scene.is_deleted(one)]

    assert gone == said[-len(gone) :]
    assert acts(scene, spammer, *said) == [Act("deleteMessages", one) for one in gone]


async def test_21_trap_an_excited_regular_and_an_album_of_ten_pictures_stay(
    scene: Scene, product: Product
) -> None:
    excited, newcomer = await regular(scene), await scene.newcomer()
    picture = await scene.control.add_file(meme())
    album = [
        Draft(from_id=newcomer, photo=picture, extra={"media_group_id": "777"}) for _ in range(10)
    ]
    cheers = [Draft(from_id=excited, text=f"They bloom{'!' * count}") for count in range(1, 8)]
    said = [one for one in await scene.control.post_many(scene.group, album + cheers) if one]
    await enforced(scene)

    assert acts(scene, excited, newcomer, *said) == []


# Row 24: what is quoted is not what one says.


async def test_24_spam_in_a_reply_to_good_words_goes_and_its_sender_may_write_no_more(
    scene: Scene, product: Product
) -> None:
    good = await scene.say(scene.member, GOOD)
    spammer = await scene.newcomer()
    offer = await scene.control.post(scene.group, Draft(from_id=spammer, text=OFFER, reply_to=good))
    await eventually(lambda: scene.status(spammer) == "restricted", what="the sender is muted")
    await enforced(scene)

    assert acts(scene, spammer, offer, good) == [
        Act("deleteMessages", offer),
        Act("restrictChatMember", spammer),
    ]
    assert permissions_given(scene, spammer) == [SILENT]


async def test_24_trap_whoever_asks_what_the_spam_is_is_left_alone(
    scene: Scene, product: Product
) -> None:
    spammer, asking = await scene.newcomer(), await scene.newcomer("Ada")
    world, group = scene.app.world, scene.app.world.chats[scene.group]
    # At one stroke: the spam must be there when it is asked about.
    spam = post(world, group, Draft(from_id=spammer, text=OFFER)).id
    question = Draft(from_id=asking, text="what is this?", reply_to=spam, quote=OFFER)
    asked = post(world, group, question).id
    await enforced(scene)

    assert scene.is_deleted(spam)
    assert acts(scene, asking, asked) == []


async def test_24_an_advertising_profiles_ok_to_a_long_good_message_is_deleted(
    scene: Scene, product: Product
) -> None:
    good = await scene.say(scene.member, GOOD)
    spammer = await scene.newcomer(bio=ADVERT)
    ok = await scene.control.post(scene.group, Draft(from_id=spammer, text="ok", reply_to=good))
    await eventually(lambda: scene.is_deleted(ok), what="the reply is deleted")
    await enforced(scene)

    assert acts(scene, spammer, ok, good) == [Act("deleteMessages", ok)]


async def test_24_trap_a_newcomers_ok_to_a_long_good_message_stays(
    scene: Scene, product: Product
) -> None:
    good = await scene.say(scene.member, GOOD)
    newcomer = await scene.newcomer()
    ok = await scene.control.post(scene.group, Draft(from_id=newcomer, text="ok", reply_to=good))
    await looked_into(scene, newcomer)

    assert acts(scene, newcomer, ok, good) == []


# Row 15: a raid. The last, as so many joins use up what may be asked of profiles.


async def crowd(scene: Scene, size: int) -> list[int]:
    """Strangers who come by one folder's link."""
    people = await scene.control.add_people(
        *(NewPerson(first_name=f"Anna {number}") for number in range(size))
    )
    by_link = {"via_chat_folder_invite_link": True}
    await scene.control.join(scene.group, *people, announced=False, extra=by_link)
    return people


async def set_raids(scene: Scene, product: Product, **raid: object) -> None:
    """How the group meets raids, and wait until it does: dice are unwanted from then on."""
    async with product.client() as client:
        await set_policy(
            scene,
            client,
            mass_join_size=4,
            gate={"by": "button"},
            raid=raid,
            locks={"from_everyone": ["dice"]},
        )
    dice = Draft(from_id=scene.member, extra={"dice": {"emoji": "🎲", "value": 6}})
    thrown: list[int] = []

    async def is_unwanted() -> bool:
        thrown.append(await scene.control.post(scene.group, dice))
        return any(map(scene.is_deleted, thrown))

    await eventually(is_unwanted, what="the policy counts")


@pytest.mark.parametrize(
    ("joins", "becomes", "expected"),
    [
        ("ask", "restricted", ["restrictChatMember"]),
        ("remove", "left", ["banChatMember", "unbanChatMember"]),
    ],
)
async def test_15_whoever_joins_in_a_raid_is_asked_or_removed_until_it_ends(
    scene: Scene, product: Product, joins: str, becomes: str, expected: list[str]
) -> None:
    await set_raids(scene, product, joins=joins)
    strangers = await crowd(scene, 8)

    async def is_on() -> bool:
        strangers.extend(await crowd(scene, 1))
        return any(scene.status(one) != "member" for one in strangers)

    await eventually(is_on, what="a raid begins")
    raiders = await crowd(scene, 3)
    await eventually(
        lambda: all(scene.status(one) == becomes for one in raiders), what="raiders are met so"
    )
    await enforced(scene)
    await scene.control.post(scene.group, Draft(from_id=scene.admin, text="/raid off"))
    later: list[int] = []

    async def is_over() -> bool:
        later.extend(await crowd(scene, 1))
        await enforced(scene)
        return scene.status(later[-1]) == "member"

    await eventually(is_over, what="whoever comes is let in again")

    for raider in raiders:
        assert [
            act.method for act in acts(scene, raider) if act.method != "sendMessage"
        ] == expected
    assert acts(scene, later[-1]) == []


async def test_15_trap_a_campaign_of_the_admins_is_no_raid(scene: Scene, product: Product) -> None:
    await set_raids(scene, product, automatic=False)
    people = await crowd(scene, 12)
    await enforced(scene)

    assert acts(scene, *people) == []
    assert {scene.status(one) for one in people} == {"member"}
