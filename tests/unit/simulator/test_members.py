import pytest

from chatwarden.simulator.errors import ApiError, ControlError
from chatwarden.simulator.methods.members import (
    BanMember,
    RestrictMember,
    SenderChat,
    UnbanMember,
    ban_chat_member,
    ban_chat_sender_chat,
    restrict_chat_member,
    unban_chat_member,
)
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.members import ALL_PERMISSIONS, Rights, lasting
from chatwarden.simulator.state.membership import join, leave, promote
from chatwarden.simulator.state.posting import Draft, post
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import decode

from .conftest import NOW

MUTED = {"can_send_messages": False}


def mute(world: World, bot: Bot, group: Chat, **fields: object) -> None:
    params = {"chat_id": group.id, "user_id": 2, "permissions": MUTED} | fields
    restrict_chat_member(world, bot, RestrictMember(**params))  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [1, 29, 366 * 86_400 + 1])
def test_a_very_short_or_very_long_ban_is_for_ever(seconds: int) -> None:
    assert lasting(int(NOW) + seconds, NOW) == 0


def test_a_ban_of_an_hour_ends_after_an_hour(world: World, bot: Bot, group: Chat) -> None:
    until = int(NOW) + 3600
    ban_chat_member(world, bot, BanMember(chat_id=group.id, user_id=2, until_date=until))
    assert world.member(group, world.person(2)).status == "kicked"
    world.clock.advance(3601)
    assert world.member(group, world.person(2)).status == "left"


def test_unban_kicks_a_present_member(world: World, bot: Bot, group: Chat) -> None:
    unban_chat_member(world, bot, UnbanMember(chat_id=group.id, user_id=2))
    assert world.member(group, world.person(2)).status == "left"


def test_unban_only_if_banned_leaves_a_present_member_alone(
    world: World, bot: Bot, group: Chat
) -> None:
    unban_chat_member(world, bot, UnbanMember(chat_id=group.id, user_id=2, only_if_banned=True))
    assert world.member(group, world.person(2)).status == "member"


def test_a_muted_member_cannot_post(world: World, bot: Bot, group: Chat) -> None:
    mute(world, bot, group)
    with pytest.raises(ControlError, match="may not write"):
        post(world, group, Draft(from_id=2, text="hello?"))


def test_a_restriction_survives_leaving_and_coming_back(
    world: World, bot: Bot, group: Chat
) -> None:
    mute(world, bot, group)
    leave(world, group, world.person(2))
    assert not world.member(group, world.person(2)).is_present
    join(world, group, world.person(2))
    member = world.member(group, world.person(2))
    assert (member.status, member.is_present) == ("restricted", True)


def test_all_permissions_lift_the_restriction(world: World, bot: Bot, group: Chat) -> None:
    mute(world, bot, group)
    mute(world, bot, group, permissions=ALL_PERMISSIONS.payload())
    assert world.member(group, world.person(2)).status == "member"


def test_permissions_imply_others_unless_independent(world: World, bot: Bot, group: Chat) -> None:
    mute(world, bot, group, permissions={"can_add_web_page_previews": True})
    permissions = world.member(group, world.person(2)).permissions
    assert permissions and permissions.can_send_messages and permissions.can_send_photos
    mute(
        world,
        bot,
        group,
        permissions={"can_add_web_page_previews": True},
        use_independent_chat_permissions=True,
    )
    permissions = world.member(group, world.person(2)).permissions
    assert permissions and not permissions.can_send_messages


def test_restricting_a_banned_person_lifts_the_ban_but_brings_nobody_back(
    world: World, bot: Bot, group: Chat
) -> None:
    ban_chat_member(world, bot, BanMember(chat_id=group.id, user_id=2))
    mute(world, bot, group)
    member = world.member(group, world.person(2))
    assert (member.status, member.is_present) == ("restricted", False)


def test_restricting_works_in_supergroups_only(world: World, bot: Bot) -> None:
    basic = world.add_chat(type="group", title="Old", owner=1)
    join(world, basic, bot.person)
    promote(world, basic, bot.person, Rights(), actor=1)
    with pytest.raises(ApiError, match="available only for supergroups"):
        mute(world, bot, basic)


def test_an_admin_cannot_be_punished(world: World, bot: Bot, group: Chat) -> None:
    promote(world, group, world.person(2), Rights(), actor=1)
    with pytest.raises(ApiError, match="user is an administrator of the chat"):
        ban_chat_member(world, bot, BanMember(chat_id=group.id, user_id=2))


def test_the_owner_cannot_be_punished(world: World, bot: Bot, group: Chat) -> None:
    with pytest.raises(ApiError, match="can't remove chat owner"):
        ban_chat_member(world, bot, BanMember(chat_id=group.id, user_id=1))


def test_without_the_right_nobody_is_punished(world: World, bot: Bot, group: Chat) -> None:
    promote(world, group, bot.person, Rights(can_restrict_members=False), actor=1)
    with pytest.raises(ApiError, match="not enough rights to restrict/unrestrict chat member"):
        mute(world, bot, group)
    assert not world.ledger.records


def test_a_ban_is_told_with_the_old_and_the_new_standing(
    world: World, bot: Bot, group: Chat
) -> None:
    ban_chat_member(world, bot, BanMember(chat_id=group.id, user_id=2))
    change = decode(bot.updates.take(0, 100, NOW)[0])["chat_member"]
    assert change["old_chat_member"]["status"] == "member"
    assert change["new_chat_member"]["status"] == "kicked"
    assert change["from"]["id"] == bot.id


def test_the_ledger_tells_a_first_ban_from_a_repeated_one(
    world: World, bot: Bot, group: Chat
) -> None:
    for _ in range(3):
        ban_chat_member(world, bot, BanMember(chat_id=group.id, user_id=2))
    record = world.ledger.record(group.id, 2)
    assert [one.method for one in record.sanctions] == ["banChatMember"]
    assert record.repeats == {"banChatMember": 2}


def test_the_ledger_keeps_permissions_before_and_after(world: World, bot: Bot, group: Chat) -> None:
    mute(world, bot, group, until_date=int(NOW) + 3600)
    mute(world, bot, group, permissions={"can_send_messages": True})
    first, second = world.ledger.record(group.id, 2).sanctions
    assert first.until_date == int(NOW) + 3600
    assert first.permissions_before is None
    assert second.permissions_before and not second.permissions_before["can_send_messages"]
    assert second.permissions_after and second.permissions_after["can_send_messages"]


def test_banning_a_channel_silences_all_channels_of_its_owner(
    world: World, bot: Bot, group: Chat
) -> None:
    one = world.add_chat(type="channel", title="Deals", owner=2)
    other = world.add_chat(type="channel", title="More deals", owner=2)
    ban_chat_sender_chat(world, bot, SenderChat(chat_id=group.id, sender_chat_id=one.id))
    with pytest.raises(ControlError, match="channel may not speak"):
        post(world, group, Draft(sender_chat_id=other.id, text="Buy"))


def test_revoking_a_banned_members_messages_deletes_them(
    world: World, bot: Bot, group: Chat
) -> None:
    message = post(world, group, Draft(from_id=2, text="Buy"))
    kept = post(world, group, Draft(from_id=1, text="No"))
    ban_chat_member(world, bot, BanMember(chat_id=group.id, user_id=2, revoke_messages=True))
    assert message.is_deleted and not kept.is_deleted
    assert world.ledger.deletion(group.id, message.id).method == "banChatMember"
