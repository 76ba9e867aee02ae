from chatwarden.simulator.state.updates import LIFETIME, UpdateQueue


def queue_of(count: int) -> UpdateQueue:
    queue = UpdateQueue(first_id=1)
    for _ in range(count):
        queue.put("message", b"{}", 0.0)
    return queue


def ids(bodies: list[bytes]) -> list[int]:
    return [int(body.split(b":")[1].split(b",")[0]) for body in bodies]


def test_an_offset_confirms_everything_before_it() -> None:
    queue = queue_of(5)
    assert ids(queue.take(3, 100, 0.0)) == [3, 4, 5]
    assert ids(queue.take(0, 100, 0.0)) == [3, 4, 5]


def test_without_an_offset_the_same_updates_come_again() -> None:
    queue = queue_of(2)
    assert queue.take(0, 100, 0.0) == queue.take(0, 100, 0.0)


def test_a_negative_offset_keeps_only_the_newest() -> None:
    queue = queue_of(5)
    assert ids(queue.take(-2, 100, 0.0)) == [4, 5]
    assert len(queue) == 2


def test_at_most_a_hundred_updates_come_at_once() -> None:
    assert len(queue_of(150).take(0, 1000, 0.0)) == 100


def test_updates_are_forgotten_after_a_day() -> None:
    queue = queue_of(1)
    assert queue.take(0, 100, LIFETIME - 1.0)
    assert not queue.take(0, 100, LIFETIME + 1.0)


def test_the_default_set_leaves_out_chat_member_and_reactions() -> None:
    queue = UpdateQueue(1)
    assert queue.put("chat_member", b"{}", 0.0) is None
    assert queue.put("message_reaction", b"{}", 0.0) is None
    assert queue.put("my_chat_member", b"{}", 0.0) is not None


def test_asking_without_kinds_keeps_what_was_asked_before() -> None:
    queue = UpdateQueue(1)
    queue.allow(["chat_member"])
    queue.allow(None)
    assert queue.put("message", b"{}", 0.0) is None
    assert queue.put("chat_member", b"{}", 0.0) is not None


def test_an_empty_list_of_kinds_is_the_default_set_again() -> None:
    queue = UpdateQueue(1)
    queue.allow(["chat_member"])
    queue.allow([])
    assert queue.put("message", b"{}", 0.0) is not None
    assert queue.put("chat_member", b"{}", 0.0) is None


def test_arrivals_are_announced() -> None:
    queue, arrivals = UpdateQueue(1), []
    queue.on_arrival = lambda: arrivals.append(1)
    queue.put("message", b"{}", 0.0)
    assert arrivals == [1]
