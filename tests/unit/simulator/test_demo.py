from random import Random

import pytest

from chatwarden.simulator import Simulator, create_app
from chatwarden.simulator.clock import Clock
from chatwarden.simulator.demo import Player
from chatwarden.simulator.demo.attacks import ATTACKS
from chatwarden.simulator.demo.cast import load_cast
from chatwarden.simulator.demo.player import HISTORY_DAYS
from chatwarden.simulator.demo.screenplay import load_screenplay, parse
from chatwarden.simulator.demo.stage import Stage
from chatwarden.simulator.demo.traps import TRAPS
from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.methods.members import BanMember, ban_chat_member
from chatwarden.simulator.state.messages import Message
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import decode

from .conftest import NOW


@pytest.fixture
def simulator() -> Simulator:
    return create_app(world=World(Clock(lambda: NOW)))


def player_of(simulator: Simulator, seed: int = 1) -> Player:
    bot = next(iter(simulator.world.bots.values()))
    return Player(simulator, bot, Random(seed))


def stage_of(simulator: Simulator) -> Stage:
    return player_of(simulator).stage


def spoken(stage: Stage) -> list[Message]:
    return [message for message in stage.group.messages if not message.is_service]


def test_everybody_in_the_screenplay_is_in_the_cast() -> None:
    people = load_cast().people
    speakers = {line.who for scene in load_screenplay().scenes for line in scene.lines}
    assert speakers <= set(people)
    assert len(people) >= 25


def test_an_answer_answers_somebody_who_has_spoken() -> None:
    for scene in load_screenplay().scenes:
        before: set[str] = set()
        for line in scene.lines:
            assert line.answers is None or line.answers in before, (scene.title, line.text)
            before.add(line.who)


def test_every_word_of_the_screenplay_can_be_chosen() -> None:
    screenplay = load_screenplay()
    for scene in screenplay.scenes:
        for line in screenplay.perform(scene, Random(1)):
            assert "{" not in line.text


def test_a_malformed_line_is_named() -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse("== A scene\nnobody says this")


def test_in_the_history_everybody_speaks_on_several_past_days(simulator: Simulator) -> None:
    player = player_of(simulator)
    player.recall()
    for person in player.stage.people.values():
        days = {message.date // 86_400 for message in player.stage.group.messages.of(person.id)}
        assert len(days) >= HISTORY_DAYS // 2, person.first_name
    assert all(message.date < NOW for message in spoken(player.stage))


def test_the_history_holds_no_spam(simulator: Simulator) -> None:
    player = player_of(simulator)
    player.recall()
    cast = {person.id for person in player.stage.people.values()}
    assert {message.sender for message in spoken(player.stage)} == cast


def test_the_same_seed_plays_the_same_demo() -> None:
    def texts(seed: int) -> list[bytes]:
        player = player_of(create_app(world=World(Clock(lambda: NOW))), seed)
        player.recall()
        for _ in range(300):
            player.step()
        return [message.raw for message in player.stage.group.messages]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)


@pytest.mark.parametrize("act", [*ATTACKS, *TRAPS], ids=lambda act: act.__name__)
def test_every_act_plays_to_its_end(simulator: Simulator, act: object) -> None:
    stage = stage_of(simulator)
    before = len(stage.group.messages)
    assert callable(act)
    for _ in act(stage):
        pass
    assert len(stage.group.messages) > before


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda act: act.__name__)
def test_every_round_of_an_attack_has_new_spammers(simulator: Simulator, attack: object) -> None:
    stage = stage_of(simulator)
    assert callable(attack)
    rounds = []
    for _ in range(2):
        first = len(stage.group.messages)
        for _ in attack(stage):
            pass
        rounds.append({message.sender for message in list(stage.group.messages)[first:]})
    assert not rounds[0] & rounds[1]


def test_nobody_of_the_group_takes_part_in_an_attack(simulator: Simulator) -> None:
    stage = stage_of(simulator)
    cast = {person.id for person in stage.people.values()}
    for attack in ATTACKS:
        for _ in attack(stage):
            pass
    assert not {message.sender for message in spoken(stage)} & cast


def test_about_one_message_in_five_is_spam(simulator: Simulator) -> None:
    player = player_of(simulator)
    for _ in range(2000):
        player.step()
    cast = {person.id for person in player.stage.people.values()}
    channels = {player.stage.group.id, player.stage.channel.id}
    outside = [one for one in spoken(player.stage) if one.sender not in cast | channels]
    assert 0.1 < len(outside) / len(spoken(player.stage)) < 0.35


def test_the_play_goes_on_while_spammers_are_banned(simulator: Simulator) -> None:
    player = player_of(simulator)
    stage, bot = player.stage, next(iter(simulator.world.bots.values()))
    cast = {person.id for person in stage.people.values()}
    for _ in range(1000):
        player.step()
        for member in list(stage.group.members.values()):
            if member.person.id not in cast and member.status == "member":
                ban = BanMember(chat_id=stage.group.id, user_id=member.person.id)
                ban_chat_member(simulator.world, bot, ban)
    assert len(spoken(stage)) > 300


def test_a_banned_spammer_is_stopped_in_the_middle(simulator: Simulator) -> None:
    stage = stage_of(simulator)
    attack = next(one for one in ATTACKS if one.__name__ == "in_pieces")(stage)
    for _ in range(3):
        next(attack)
    spammer = spoken(stage)[-1].sender
    bot = next(iter(simulator.world.bots.values()))
    ban_chat_member(simulator.world, bot, BanMember(chat_id=stage.group.id, user_id=spammer))
    with pytest.raises(ControlError, match="banned"):
        next(attack)


def test_a_demo_started_again_uses_no_update_or_message_id_twice() -> None:
    def ids(now: float) -> tuple[set[int], set[int]]:
        app = create_app(world=World(Clock(lambda: now)))
        player = player_of(app)
        player.recall()
        for _ in range(50):
            player.step()
        bot = next(iter(app.world.bots.values()))
        updates = {decode(body)["update_id"] for body in bot.updates.take(0, 100, now)}
        return updates, {message.id for message in player.stage.group.messages}

    (updates, messages), (later_updates, later_messages) = ids(NOW), ids(NOW + 60)
    assert max(updates) < min(later_updates)
    assert max(messages) < min(later_messages)


def test_the_bot_may_delete_and_restrict(simulator: Simulator) -> None:
    stage = stage_of(simulator)
    member = stage.group.members[42]
    assert member.may("can_delete_messages") and member.may("can_restrict_members")


def test_the_bot_hears_of_no_regular_joining(simulator: Simulator) -> None:
    bot = next(iter(simulator.world.bots.values()))
    bot.updates.allow(["chat_member", "message", "my_chat_member"])
    player_of(simulator)
    kinds = [set(decode(body)) - {"update_id"} for body in bot.updates.take(0, 100, NOW)]
    assert kinds == [{"my_chat_member"}, {"my_chat_member"}]
