"""What a bot did about a sender and their messages, read off the simulator's log of calls."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.support.scene import SPAM, Scene, eventually

from chatwarden.simulator.calls import Call
from chatwarden.simulator.client import Draft, Permissions
from chatwarden.simulator.methods.registry import find_method, read_params

LOOKING = frozenset({"getChat", "getChatMember", "getUserPersonalChatMessages"})
"""Calls that ask about somebody and change nothing."""
_NAMED = ("user_id", "sender_chat_id", "actor_chat_id", "receiver_user_id", "message_id")
ADVERT = "Passive income from 500$ a day, no risk, join t.me/+AbCdEfGh12345678"
"""What a spammer's profile says."""
SILENT = dict.fromkeys(Permissions.__struct_fields__, False)
"""The permissions of whoever may do nothing."""


class Act(NamedTuple):
    """One call, about one sender or message by its id; a call about many messages is as many acts."""

    method: str
    about: int


def acts(scene: Scene, *about: int) -> list[Act]:
    """What was done about these senders and messages of the scene's group, answered or not, in its order."""
    return [
        Act(call.method, one)
        for call in _calls(scene, *about)
        if call.method not in LOOKING
        for one in _named(call)
        if one in about
    ]


def looks(scene: Scene, person: int) -> list[str]:
    """The methods by which somebody's profile was asked for, in their order."""
    profile = ("getChat", "getUserPersonalChatMessages")
    return [
        call.method
        for call in _calls(scene, person)
        if call.method in profile and person in _named(call)
    ]


def permissions_given(scene: Scene, person: int) -> list[dict[str, bool]]:
    """The permissions that each call about somebody left them."""
    return [
        read_params(find_method(call.method)[1].params, dict(call.params)).permissions
        for call in scene.app.api.calls.find(method="restrictChatMember", chat_id=scene.group)
        if person in _named(call)
    ]


async def enforced(scene: Scene) -> None:
    """Whatever was written in the group before is judged, and what was to be done about it is done.

    One lane carries out a group's actions, turn after turn: when spam posted after the end of a turn is gone, that turn is over.
    """
    await _punish_somebody(scene)
    await _punish_somebody(scene)


async def looked_into(scene: Scene, *people: int) -> None:
    """The same, once the profiles of these people are looked at: so is one that was asked for later, and is an advert."""
    await eventually(lambda: all(looks(scene, one) for one in people), what="profiles are read")
    advertiser = await scene.newcomer("Nina", bio=ADVERT)
    message = await scene.say(advertiser, "Good evening")
    await eventually(lambda: scene.is_deleted(message), what="a profile's advert is found")
    await enforced(scene)


async def _punish_somebody(scene: Scene) -> None:
    spammer = await scene.newcomer("Vera")
    # In a raid whoever comes may not write.
    draft = Draft(from_id=spammer, text=SPAM, force=True)
    spam = await scene.control.post(scene.group, draft)
    await eventually(
        lambda: scene.is_deleted(spam) and scene.record(spammer) is not None,
        what="the next spammer is punished",
    )


def _calls(scene: Scene, *about: int) -> Iterator[Call]:
    """In the group, in private with one of them, or about their personal channel."""
    here = {str(one) for one in (scene.group, *about)}
    return (
        call
        for call in scene.app.api.calls.find()
        if str(call.chat_id) in here or call.method == "getUserPersonalChatMessages"
    )


def _named(call: Call) -> Iterator[int]:
    """Whom and what a call is about; in private it is whose chat it is."""
    if call.chat_id is not None:
        yield int(call.chat_id)
    given = read_params(find_method(call.method)[1].params, dict(call.params))
    for name in _NAMED:
        if (one := getattr(given, name, None)) is not None:
            yield one
    yield from getattr(given, "message_ids", ())
    if (seen_by := getattr(given, "ephemeral_message_parameters", None)) is not None:
        yield seen_by["receiver_user_id"]
    if (reply := getattr(given, "reply_parameters", None)) is not None:
        yield reply.message_id
