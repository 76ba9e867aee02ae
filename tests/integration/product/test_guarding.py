"""The whole product as a process, against a separately started Telegram."""

from pathlib import Path

from tests.support.acts import enforced
from tests.support.dashboard import outcome_of, set_policy
from tests.support.pictures import meme, qr_code
from tests.support.product import Product, running_product, start_product
from tests.support.scene import (
    BOT_ID,
    HAM,
    HEAVY_SPAM,
    SPAM,
    Scene,
    eventually,
    playing_scene,
)
from tests.support.talk import Said

from chatwarden.simulator.client import Draft, NewChat, NewPerson, Permissions, Rights


async def test_spam_is_deleted_and_its_sender_muted_while_ham_stays(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    ham = await scene.say(scene.member, HAM)
    spam = await scene.say(spammer, SPAM)

    await eventually(lambda: scene.is_deleted(spam), what="the spam is deleted")
    await eventually(lambda: scene.status(spammer) == "restricted", what="the sender is muted")

    assert not scene.is_deleted(ham)
    assert scene.status(scene.member) == "member"


async def test_a_newcomers_code_that_leads_to_an_invite_goes_and_a_meme_stays(
    scene: Scene, product: Product
) -> None:
    newcomer = await scene.newcomer()
    pictures = [
        await scene.control.add_file(each)
        for each in (qr_code("https://t.me/+AbCdEf123456"), meme())
    ]
    code, plain = [
        await scene.control.post(scene.group, Draft(from_id=sender, photo=picture))
        for sender, picture in zip((newcomer, scene.member), pictures, strict=True)
    ]
    await eventually(lambda: scene.is_deleted(code), what="the code is deleted")
    async with product.client() as client:
        outcome = await outcome_of(scene, client, code, state="enforced")

    assert outcome["trace_id"].endswith("-2")
    assert not scene.is_deleted(plain)


async def test_an_admins_identical_message_is_untouched(scene: Scene, product: Product) -> None:
    spammer = await scene.newcomer()
    by_admin = await scene.say(scene.admin, SPAM)
    anonymous = await scene.control.post(scene.group, Draft(sender_chat_id=scene.group, text=SPAM))
    by_spammer = await scene.say(spammer, SPAM)

    await eventually(lambda: scene.is_deleted(by_spammer), what="the spammer's message is deleted")

    assert not scene.is_deleted(by_admin)
    assert not scene.is_deleted(anonymous)
    assert scene.status(scene.admin) == "administrator"
    assert scene.record(scene.admin) is None


async def test_undo_gives_a_plain_member_the_groups_permissions_again(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, SPAM)
    async with product.client() as client:
        outcome = await outcome_of(scene, client, spam, state="enforced")
        before = scene.status(spammer)
        answer = await client.post(f"/api/v1/outcomes/{outcome['trace_id']}/undo")
        assert answer.status_code == 202
        undone = await outcome_of(scene, client, spam, state="undone")

    assert before == "restricted"
    assert scene.status(spammer) == "member"
    assert undone["undo"] is not None


async def test_undo_restores_exactly_the_permissions_an_admin_had_left(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    chat = scene.app.world.chats[scene.group]
    member = scene.app.world.member(chat, scene.app.world.person(spammer))
    member.status, member.inside = "restricted", True
    member.permissions = Permissions(can_send_photos=False, can_send_polls=False)
    member.until_date = scene.app.world.clock.date() + 86_400
    allowed, until = member.permissions, member.until_date
    spam = await scene.say(spammer, SPAM)
    async with product.client() as client:
        outcome = await outcome_of(scene, client, spam, state="enforced")
        assert member.permissions != allowed
        await client.post(f"/api/v1/outcomes/{outcome['trace_id']}/undo")
        await outcome_of(scene, client, spam, state="undone")

    assert member.status == "restricted"
    assert member.permissions == allowed
    assert member.until_date == until


async def test_a_group_in_observe_mode_gets_verdicts_but_no_actions(
    tmp_path: Path,
) -> None:
    async with playing_scene() as scene:
        await _observe(scene, tmp_path / "data")


async def _observe(scene: Scene, data: Path) -> None:
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, SPAM)
    async with running_product(data, scene.url, CHATWARDEN_NEW_GROUP_MODE="observe") as product:
        async with product.client() as client:
            await outcome_of(scene, client, spam, state="observed")
    calls = {call.method for call in scene.app.api.calls.find()}

    assert not scene.is_deleted(spam)
    assert scene.record(spammer) is None
    assert "getMe" in calls
    assert not {"deleteMessages", "restrictChatMember", "banChatMember"} & calls


async def test_a_group_that_began_observing_guards_once_it_is_told_to(tmp_path: Path) -> None:
    async with playing_scene() as scene:
        await _start_guarding(scene, tmp_path / "data")


async def _start_guarding(scene: Scene, data: Path) -> None:
    watched = await scene.say(await scene.newcomer(), SPAM)
    async with (
        running_product(data, scene.url, CHATWARDEN_NEW_GROUP_MODE="observe") as product,
        product.client() as client,
    ):
        await outcome_of(scene, client, watched, state="observed")
        (group,) = (await client.get("/api/v1/groups")).json()["items"]
        address = f"/api/v1/groups/{group['bot_id']}/{group['chat_id']}"
        answer = await client.patch(address, json={"posture": "guarding"})
        written: list[int] = []

        async def is_guarded() -> bool:
            """The mode counts from the next batch on; one may be on its way already."""
            written.append(await scene.say(await scene.newcomer("Vera"), HEAVY_SPAM))
            return any(scene.is_deleted(message) for message in written)

        await eventually(is_guarded, what="spam posted afterwards is deleted")
    assert group["posture"] == "observing"
    assert answer.json()["posture"] == "guarding"
    assert not scene.is_deleted(watched)


async def test_what_waited_while_the_product_was_down_is_judged_at_its_start(
    tmp_path: Path,
) -> None:
    async with playing_scene() as scene:
        spammer = await scene.newcomer()
        first = await start_product(tmp_path / "data", scene.url)
        await first.stop()
        spam = await scene.say(spammer, SPAM)

        async with running_product(tmp_path / "data", scene.url):
            await eventually(
                lambda: scene.is_deleted(spam), what="the spam is deleted", seconds=180
            )


async def test_a_ban_is_lifted_by_an_undo_and_the_person_stays_outside(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, HEAVY_SPAM)
    async with product.client() as client:
        outcome = await outcome_of(scene, client, spam, state="enforced")
        banned = scene.status(spammer)
        await client.post(f"/api/v1/outcomes/{outcome['trace_id']}/undo")
        undone = await outcome_of(scene, client, spam, state="undone")
    (result,) = [a["result"] for a in undone["actions"] if a["kind"] == "undo"]

    assert banned == "kicked"
    assert scene.status(spammer) == "left"
    assert "The ban is lifted." in result["restored"]
    assert any("come back by themselves" in words for words in result["not_restored"])


async def test_a_channel_is_banned_as_a_channel_and_freed_by_an_undo(
    scene: Scene, product: Product
) -> None:
    channel = await scene.control.add_chat(NewChat(title="Signals", type="channel"))
    spam = await scene.control.post(scene.group, Draft(sender_chat_id=channel, text=HEAVY_SPAM))
    banned = scene.app.world.chats[scene.group].banned_channels
    async with product.client() as client:
        outcome = await outcome_of(scene, client, spam, state="enforced")
        assert channel in banned
        await client.post(f"/api/v1/outcomes/{outcome['trace_id']}/undo")
        await outcome_of(scene, client, spam, state="undone")

    assert channel not in banned


async def test_a_ban_counts_in_all_groups_of_their_owner_and_one_undo_lifts_it_in_all(
    scene: Scene, product: Product
) -> None:
    control, world = scene.control, scene.app.world
    other = await control.add_chat(NewChat(title="Potters", owner=scene.owner))
    await control.add_admin(other, BOT_ID)
    spammer = await scene.newcomer()
    await control.join(other, spammer, announced=False)
    await control.post(other, Draft(from_id=scene.owner, text=HAM))

    def status() -> str:
        return world.member(world.chats[other], world.person(spammer)).status

    async with product.client() as client:

        async def is_owner_known() -> bool:
            """Telegram tells the owner beside the bot's rights."""
            listed = (await client.get("/api/v1/groups")).json()["items"]
            told = {group["chat_id"] for group in listed if group["rights_checked_at"] is not None}
            return {scene.group, other} <= told

        await eventually(is_owner_known, what="it is known whose both groups are")
        spam = await scene.say(spammer, HEAVY_SPAM)
        outcome = await outcome_of(scene, client, spam, state="enforced")
        await eventually(lambda: status() == "kicked", what="the other group bans too")
        await client.post(f"/api/v1/outcomes/{outcome['trace_id']}/undo")
        await outcome_of(scene, client, spam, state="undone")
        await eventually(lambda: status() == "left", what="the ban is lifted there too")

    assert scene.status(spammer) == "left"
    about_bans = [
        call.method
        for call in scene.app.api.calls.find(chat_id=other)
        if call.method in ("banChatMember", "unbanChatMember", "restrictChatMember")
    ]
    assert about_bans == ["banChatMember", "unbanChatMember"]


async def test_many_messages_of_one_spammer_are_deleted_together_and_punished_once(
    scene: Scene, product: Product
) -> None:
    spammer = await scene.newcomer()
    drafts = [Draft(from_id=spammer, text=f"{SPAM} {n}", force=True) for n in range(60)]
    ids = [found for found in await scene.control.post_many(scene.group, drafts) if found]
    await eventually(lambda: all(map(scene.is_deleted, ids)), what="all of them are deleted")
    await eventually(lambda: scene.record(spammer) is not None, what="the sender is punished")
    record = scene.record(spammer)
    deletions = list(scene.app.api.calls.find(method="deleteMessages", chat_id=scene.group))

    assert len(ids) == 60
    assert record is not None
    assert record.repeats == {}
    assert len(deletions) < 10


async def test_without_the_right_to_delete_the_outcome_says_which_right_is_missing(
    scene: Scene, product: Product
) -> None:
    await scene.control.promote(scene.group, 42, Rights(can_delete_messages=False))
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, SPAM)
    async with product.client() as client:
        outcome = await outcome_of(scene, client, spam, state="failed")

        async def is_told() -> bool:
            listed = (await client.get("/api/v1/groups")).json()["items"]
            (group,) = [group for group in listed if group["chat_id"] == scene.group]
            return [one["name"] for one in group["missing_rights"]] == ["can_delete_messages"]

        await eventually(is_told, what="the group says which right is missing")
    await eventually(lambda: scene.status(spammer) == "restricted", what="the sender is muted")

    errors = [action["error"]["code"] for action in outcome["actions"] if action["error"]]
    assert errors == ["missing_right"]


async def test_what_an_admin_calls_spam_goes_when_the_next_one_writes_the_like(
    scene: Scene, product: Product
) -> None:
    advert = (
        "Fresh cherries from our garden t.me/+AbCdEfGh12345678 ten a kilo, delivered on Saturday"
    )
    again = "Fresh apples from our garden, ten a kilo, delivered on Saturday"
    first = await scene.say(await scene.newcomer(), advert)

    async with product.client() as client:
        outcome = await outcome_of(scene, client, first, state="enforced")
        said = await client.post(
            f"/api/v1/outcomes/{outcome['trace_id']}/feedback", json={"label": "spam"}
        )
        assert said.json()["feedback"] == "spam"

        written: list[int] = []

        async def is_learned() -> bool:
            written.append(await scene.say(await scene.newcomer(), again))
            return any(scene.is_deleted(message) for message in written)

        await eventually(is_learned, what="a deletion of what is like it")


async def test_what_was_tapped_in_one_language_goes_in_another(
    scene: Scene, product: Product
) -> None:
    tapped = {
        "We lend cash to anybody within an hour, no papers asked t.me/some_channel": "spam",
        "Need a loan today? Money on your card in ten minutes t.me/some_channel": "spam",
        "Quick credit for everyone, even with bad history t.me/some_channel": "spam",
        "Who knows when the market on the square opens? t.me/some_channel": "ham",
        "My tomatoes have yellow leaves, what do they need? t.me/some_channel": "ham",
    }
    async with product.client() as client:
        for text, label in tapped.items():
            message = await scene.say(await scene.newcomer(), text)
            outcome = await outcome_of(scene, client, message)
            await client.post(
                f"/api/v1/outcomes/{outcome['trace_id']}/feedback", json={"label": label}
            )

        written: list[int] = []

        async def is_found() -> bool:
            words = "Деньги в долг любому за час, без справок и поручителей"
            written.append(await scene.say(await scene.newcomer(), words))
            return any(scene.is_deleted(message) for message in written)

        await eventually(is_found, what="a deletion of what means the like")


async def test_an_admin_is_told_in_private_and_undoes_with_one_tap(
    scene: Scene, product: Product
) -> None:
    def said() -> list[Said]:
        chat = scene.app.world.chats.get(scene.admin)
        found = [] if chat is None else list(chat.messages)
        return [Said(one) for one in found if one.by_bot is not None]

    await scene.control.post(scene.admin, Draft(from_id=scene.admin, text="/start"))
    await eventually(lambda: len(said()) == 1, what="the bot says how to begin")
    spammer = await scene.newcomer()
    spam = await scene.say(spammer, SPAM)
    await eventually(lambda: len(said()) == 2, what="the admin is told")
    card = said()[1]
    muted = scene.status(spammer)
    await scene.control.press(scene.admin, card.id, from_id=scene.admin, data=card.button("Undo"))
    await eventually(lambda: scene.status(spammer) == "member", what="the sender is freed")
    await eventually(lambda: "Undone" in said()[1].text, what="the card says so")

    assert scene.is_deleted(spam)
    assert card.text.startswith("🗑 Deleted, sender muted")
    assert SPAM in card.text
    assert muted == "restricted"


async def test_an_admins_command_is_carried_out_and_a_members_is_not(
    scene: Scene, product: Product
) -> None:
    newcomer = await scene.newcomer()
    ham = await scene.say(newcomer, HAM)
    group = scene.group
    await scene.control.post(group, Draft(from_id=scene.member, text="/ban", reply_to=ham))
    command = Draft(from_id=scene.admin, text="/spam", reply_to=ham)
    told = await scene.control.post(group, command)

    await eventually(lambda: scene.is_deleted(ham), what="the message is deleted")
    await eventually(lambda: scene.status(newcomer) == "kicked", what="its sender is banned")
    await eventually(lambda: scene.is_deleted(told), what="the command is tidied up")
    async with product.client() as client:
        outcome = await outcome_of(scene, client, ham, state="enforced")
    assert outcome["feedback"] == "spam"
    record = scene.record(newcomer)
    assert record is not None and len(record.sanctions) == 1


def said_in(scene: Scene, chat: int) -> list[Said]:
    """What the bot said there, and nobody took away."""
    found = scene.app.world.chats.get(chat)
    messages = [] if found is None else list(found.messages)
    return [Said(one) for one in messages if one.by_bot is not None and not one.is_deleted]


async def test_whoever_joins_proves_to_be_a_person_and_is_let_in(
    scene: Scene, product: Product
) -> None:
    async with product.client() as client:
        await set_policy(scene, client, gate={"ask": "everyone", "by": "button"})
    came: list[int] = []

    def silenced() -> list[int]:
        return [person for person in came if scene.status(person) == "restricted"]

    async def is_silenced() -> bool:
        """The policy counts from some batch on."""
        came.append(await scene.newcomer())
        return bool(silenced())

    await eventually(is_silenced, what="whoever joins is silenced")
    stranger = silenced()[0]

    def questions() -> list[Said]:
        """Those that they see."""
        return [
            one
            for one in said_in(scene, scene.group)
            if one.message.only_for in (None, stranger)
            and any("I am a person" in words for words in one.buttons)
        ]

    await eventually(lambda: bool(questions()), what="they are asked")
    question = questions()[0]
    await scene.control.press(
        scene.group, question.id, from_id=stranger, data=question.button("I am a person")
    )
    await eventually(lambda: scene.status(stranger) == "member", what="they are let in")


async def test_a_raid_by_an_admins_word_asks_strangers_and_ends_by_a_word(
    scene: Scene, product: Product
) -> None:
    async with product.client() as client:
        await set_policy(scene, client, gate={"by": "button"})
    await scene.control.post(scene.group, Draft(from_id=scene.admin, text="/raid 1h"))
    strangers: list[int] = []

    async def is_silenced() -> bool:
        strangers.append(await scene.newcomer())
        return any(scene.status(one) == "restricted" for one in strangers)

    await eventually(is_silenced, what="strangers are silenced")
    await scene.control.post(scene.group, Draft(from_id=scene.admin, text="/raid off"))
    free: list[int] = []

    async def is_free() -> bool:
        free.append(await scene.newcomer())
        return len(free) > 5 and all(scene.status(one) == "member" for one in free[-5:])

    await eventually(is_free, what="strangers are let in again")


async def test_whom_an_admin_allows_no_verdict_touches(scene: Scene, product: Product) -> None:
    friend = await scene.newcomer()
    hello = await scene.say(friend, HAM)
    allow = await scene.control.post(
        scene.group, Draft(from_id=scene.admin, text="/allow", reply_to=hello)
    )
    await eventually(lambda: scene.is_deleted(allow), what="the command is carried out")
    async with product.client() as client:
        spam = await scene.say(friend, HEAVY_SPAM)
        outcome = await outcome_of(scene, client, spam, state="guarded")
    assert outcome["guard"] in ("protected", "allowed")
    assert not scene.is_deleted(spam)
    assert scene.status(friend) == "member"


async def test_whoever_asks_to_be_let_in_is_answered_at_once(
    scene: Scene, product: Product
) -> None:
    async with product.client() as client:
        await set_policy(scene, client, gate={"ask": "everyone", "by": "button"})
    (person,) = await scene.control.add_people(NewPerson(first_name="Robin"))
    await scene.control.ask_to_join(scene.group, person, with_query=True)
    await eventually(lambda: bool(said_in(scene, person)), what="they are asked in private")
    question = said_in(scene, person)[-1]
    await scene.control.press(
        person, question.id, from_id=person, data=question.button("I am a person")
    )
    await eventually(lambda: scene.status(person) == "member", what="they are let in")
    calls = scene.app.api.calls.find(method="answerChatJoinRequestQuery")
    assert [call.code for call in calls][-1:] == [200]
    await enforced(scene)
    assert scene.status(person) == "member", "whoever was let in is not asked again"


async def test_whatever_else_a_spammer_wrote_goes_at_a_word(scene: Scene, product: Product) -> None:
    spammer = await scene.newcomer()
    mine = [await scene.say(spammer, f"{HAM} {number}") for number in range(3)]
    last = await scene.say(scene.member, HAM)
    await scene.control.post(
        scene.group, Draft(from_id=scene.admin, text="/spam all", reply_to=mine[0])
    )
    await eventually(lambda: all(map(scene.is_deleted, mine)), what="all of theirs is deleted")
    assert not scene.is_deleted(last)


async def test_whoever_is_muted_learns_where_to_appeal_and_is_heard(
    scene: Scene, product: Product
) -> None:
    person = await scene.newcomer()

    def only_for_them() -> list[Said]:
        return [one for one in said_in(scene, scene.group) if one.message.only_for == person]

    def last() -> Said | None:
        return next(iter(said_in(scene, person)[-1:]), None)

    async def has_said(words: str) -> Said:
        await eventually(lambda: words in getattr(last(), "text", ""), what=f"it says: {words}")
        said = last()
        assert said is not None
        return said

    spam = await scene.say(person, SPAM)
    await eventually(lambda: len(only_for_them()) == 1, what="they are told")
    (notice,) = only_for_them()
    start = notice.button("mistake").partition("?start=")[2]
    await scene.control.post(person, Draft(from_id=person, text=f"/start {start}"))
    held = await has_said("you cannot write")
    await scene.control.press(person, held.id, from_id=person, data=held.button("Makers"))
    await has_said("in one message")
    await scene.control.post(person, Draft(from_id=person, text="It was about the garden."))
    await has_said("have your appeal")
    async with product.client() as client:
        query = {"appealed": True, "chat_id": scene.group}
        (case,) = (await client.get("/api/v1/cases", params=query)).json()["items"]
        body = {"trace_ids": [case["outcome"]["trace_id"]], "label": "ham"}
        await client.post("/api/v1/cases/decide", json=body)
    await has_said("your appeal was accepted")

    assert (case["outcome"]["message_id"], case["appeal"]["text"]) == (
        spam,
        "It was about the garden.",
    )
    assert scene.status(person) == "member"
