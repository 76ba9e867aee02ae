"""Attacks that advertise by who somebody is, by the rows of the table of attacks, each with its trap. Asserted on what the bot called."""

from tests.support.acts import ADVERT, Act, acts, enforced, looked_into, looks
from tests.support.dashboard import outcome_of
from tests.support.product import Product
from tests.support.scene import HEAVY_SPAM, Scene, eventually

from chatwarden.simulator.client import Draft, NewChat, NewPerson, Rights
from chatwarden.simulator.state.people import CHANNEL_BOT

VERIFY = "Hello, I am the admin. Please verify your account with me privately."
PRAISE = "What a thoughtful post, it made me think about patience."


async def react_to_posts(scene: Scene, who: int, *, posts: int) -> None:
    """Somebody, or a channel, likes this many posts of a member."""
    (bot,) = scene.app.world.bots.values()
    await eventually(lambda: bot.updates.wants("message_reaction"), what="reactions are asked for")
    for number in range(posts):
        post = await scene.say(scene.member, f"Bed {number} needs water.")
        await scene.control.react(scene.group, post, from_id=who, emoji="🔥")


async def channel_post(scene: Scene, text: str) -> int:
    """The group's channel posts; the message that Telegram forwards into the group."""
    await scene.control.post(scene.channel, Draft(text=text))
    return next(scene.app.world.chats[scene.group].messages.latest()).id


async def personal_channel(scene: Scene, *posts: str) -> int:
    channel = await scene.control.add_chat(NewChat(title="Anna", type="channel", username="anna_l"))
    for text in posts:
        await scene.control.post(channel, Draft(text=text))
    return channel


def reactions_of(scene: Scene, who: int) -> int:
    messages = scene.app.world.chats[scene.group].messages
    return sum(bool((message.reactions or {}).get(who)) for message in messages)


# Row 1: a silent account reacts to many posts; the advert is its profile.


async def test_1_reactions_of_a_silent_advert_are_removed_whenever_it_reacts_again(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer("Robin", bio=ADVERT)
    channel = await scene.control.add_chat(
        NewChat(title="Passive income @profit_here", type="channel")
    )
    for who, posts in ((spammer, 4), (spammer, 1), (channel, 4)):
        await react_to_posts(scene, who, posts=posts)
        await eventually(lambda who=who: not reactions_of(scene, who), what="no reaction is left")
    await enforced(scene)

    # A reaction set while a call is under way needs another call, so that their number depends on the moment.
    assert set(acts(scene, spammer)) == {Act("deleteAllMessageReactions", spammer)}
    assert len(acts(scene, spammer)) >= 2
    assert looks(scene, spammer) == ["getChat"]
    assert set(acts(scene, channel)) == {Act("deleteAllMessageReactions", channel)}


async def test_1_trap_a_reader_who_only_likes_keeps_all_reactions(
    scene: Scene, product: Product
) -> None:
    reader = await scene.newcomer("Robin", bio="Photographer. rosegarden.example")
    await react_to_posts(scene, reader, posts=9)
    await looked_into(scene, reader)

    assert reactions_of(scene, reader) == 9
    assert acts(scene, reader) == []


# Row 6: a neutral first message; the advert is name, bio or personal channel.


async def test_6_a_neutral_message_of_an_advertising_profile_is_deleted(
    scene: Scene, product: Product
) -> None:
    shown = await personal_channel(
        scene, "Passive income without risk, write me", "Good morning", "Earn every day, write me"
    )
    by_bio = await scene.newcomer("Robin", bio=ADVERT)
    by_channel = await scene.newcomer("Anna", personal_chat_id=shown)
    by_name = await scene.newcomer("Mia 💋 link in bio")
    said = {one: await scene.say(one, "so true!") for one in (by_bio, by_channel, by_name)}
    await eventually(lambda: all(map(scene.is_deleted, said.values())), what="all of them are gone")
    await enforced(scene)

    for sender, message in said.items():
        assert acts(scene, sender, message) == [Act("deleteMessages", message)]
    assert looks(scene, by_bio) == ["getChat"]
    assert looks(scene, by_channel) == ["getChat", "getUserPersonalChatMessages"]


async def test_6_trap_a_site_and_a_channel_of_ones_own_in_the_profile_are_no_advert(
    scene: Scene, product: Product
) -> None:
    shown = await personal_channel(scene, "Roses at dawn", "Prints: rosegarden.example/shop")
    newcomer = await scene.newcomer(
        "Robin", bio="Photographer in Kent. rosegarden.example", personal_chat_id=shown
    )
    message = await scene.say(newcomer, "great post, thank you")
    await looked_into(scene, newcomer)

    assert acts(scene, newcomer, message) == []


# Row 13: a channel as sender; comments in the first seconds under a post by outsiders.


async def test_13_an_advertising_channel_is_banned_as_a_channel_and_a_first_comment_goes(
    scene: Scene, product: Product
) -> None:
    channel = await scene.control.add_chat(NewChat(title="Rose offers", type="channel"))
    advert = await scene.control.post(scene.group, Draft(sender_chat_id=channel, text=HEAVY_SPAM))
    post = await channel_post(scene, "Roses like sun.")
    (outsider,) = await scene.control.add_people(NewPerson(first_name="Robin", bio=ADVERT))
    comment = await scene.control.post(
        scene.group, Draft(from_id=outsider, text="Very useful, thanks!", reply_to=post)
    )
    await eventually(lambda: scene.is_deleted(comment), what="the comment is deleted")
    await enforced(scene)

    assert acts(scene, channel, CHANNEL_BOT, advert) == [
        Act("deleteMessages", advert),
        Act("banChatSenderChat", channel),
    ]
    assert acts(scene, outsider, comment, post) == [Act("deleteMessages", comment)]


async def test_13_trap_fast_fans_the_linked_channel_and_the_group_itself_are_left_alone(
    scene: Scene, product: Product
) -> None:
    by_channel = 0
    async with product.client() as client:

        async def is_known() -> bool:
            """Telegram is asked for the linked channel when the bot comes in."""
            nonlocal by_channel
            by_channel = await scene.control.post(
                scene.group, Draft(sender_chat_id=scene.channel, text="More: t.me/+AbCdEfGh")
            )
            outcome = await outcome_of(scene, client, by_channel)
            return bool(outcome["guard"] == "linked_channel")

        await eventually(is_known, what="the linked channel is known")
    post = await channel_post(scene, HEAVY_SPAM)
    by_group = await scene.control.post(
        scene.group, Draft(sender_chat_id=scene.group, text=HEAVY_SPAM)
    )
    fans = await scene.control.add_people(
        NewPerson(first_name="Robin"),
        NewPerson(first_name="Kim", bio="Gardener. rosegarden.example"),
    )
    comments = [
        await scene.control.post(
            scene.group, Draft(from_id=fan, text="First! Lovely roses", reply_to=post)
        )
        for fan in fans
    ]
    await looked_into(scene, *fans)

    assert acts(scene, *fans, *comments) == []
    assert acts(scene, by_channel, post, by_group) == []
    assert "banChatSenderChat" not in {act.method for act in acts(scene, scene.channel)}


# Row 18: somebody poses as an admin.


async def promoted(scene: Scene, person: int) -> None:
    """Somebody becomes an admin, and the bot asks who the admins are now."""

    def asked() -> int:
        return len(
            list(scene.app.api.calls.find(method="getChatAdministrators", chat_id=scene.group))
        )

    before = asked()
    await scene.control.promote(scene.group, person, Rights())
    await eventually(lambda: asked() > before, what="the admins are asked for again")


async def test_18_whoever_poses_as_an_admin_to_get_codes_loses_the_message(
    scene: Scene, product: Product
) -> None:
    rosa = await scene.newcomer("Rosa", last_name="Green", username="rosa_green")
    await promoted(scene, rosa)
    posed: dict[int, int] = {}

    async def is_known() -> bool:
        """What Telegram said of the admins counts from some batch on."""
        double = await scene.newcomer("Rosa", last_name="Green", username="rosa_gr33n")
        # Never in the same words: many who say the same are another attack.
        posed[double] = await scene.say(double, f"{VERIFY} Ticket {len(posed)}.")
        await enforced(scene)
        return scene.is_deleted(posed[double])

    await eventually(is_known, what="a double's message is deleted")
    double, message = list(posed.items())[-1]

    assert acts(scene, double, message) == [Act("deleteMessages", message)]


async def test_18_trap_the_same_first_name_a_namesake_and_the_admin_are_left_alone(
    scene: Scene, product: Product
) -> None:
    rosa = await scene.newcomer("Rosa", last_name="Green", username="rosa_green")
    await promoted(scene, rosa)
    first_name = await scene.newcomer("Rosa")
    namesake = await scene.newcomer("Rosa", last_name="Green")
    said = {one: await scene.say(one, "Hello from Kent") for one in (first_name, namesake)}
    said[rosa] = await scene.say(rosa, VERIFY)
    await looked_into(scene, first_name, namesake)

    assert acts(scene, *said, *said.values()) == []


# Row 19: comments made by a machine, of a profile that advertises.


async def test_19_a_clever_comment_of_an_advertising_profile_is_deleted(
    scene: Scene, product: Product
) -> None:
    shown = await personal_channel(scene, "Earn every day without risk, write me")
    post = await channel_post(scene, "A rose takes three years.")
    (outsider,) = await scene.control.add_people(
        NewPerson(first_name="Robin", bio=ADVERT, personal_chat_id=shown)
    )
    comment = await scene.control.post(
        scene.group, Draft(from_id=outsider, text=PRAISE, reply_to=post)
    )
    await eventually(lambda: scene.is_deleted(comment), what="the comment is deleted")
    await enforced(scene)

    assert acts(scene, outsider, comment, post) == [Act("deleteMessages", comment)]


async def test_19_trap_a_readers_thoughtful_comment_stays(scene: Scene, product: Product) -> None:
    post = await channel_post(scene, "A rose takes three years.")
    (reader,) = await scene.control.add_people(
        NewPerson(first_name="Robin", bio="Gardener and father of two")
    )
    comment = await scene.control.post(
        scene.group, Draft(from_id=reader, text=PRAISE, reply_to=post)
    )
    await looked_into(scene, reader)

    assert acts(scene, reader, comment, post) == []


# Row 20: a member's tag is the advert.


async def test_20_a_message_beside_a_tag_that_is_an_advert_is_deleted(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    await scene.control.tag(scene.group, spammer, "VIP signals @vip_sig_bot")
    message = await scene.say(spammer, "good evening")
    await eventually(lambda: scene.is_deleted(message), what="the message is deleted")
    await enforced(scene)

    assert acts(scene, spammer, message) == [Act("deleteMessages", message)]


async def test_20_trap_a_tag_that_is_a_title_is_none(scene: Scene, product: Product) -> None:
    member = await scene.newcomer()
    await scene.control.tag(scene.group, member, "Rose doctor")
    message = await scene.say(member, "good evening")
    await looked_into(scene, member)

    assert acts(scene, member, message) == []
