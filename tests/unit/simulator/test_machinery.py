"""The clock, the limiter, the faults and the call log."""

import pytest

from chatwarden.simulator.calls import CallLog
from chatwarden.simulator.clock import Clock
from chatwarden.simulator.errors import ApiError
from chatwarden.simulator.faults import Fault, Faults
from chatwarden.simulator.limiter import Limiter, Limits

GROUP = -100


def retry_after(limiter: Limiter, method: str, now: float, chat_id: int = GROUP) -> int | None:
    try:
        limiter.check(method, 42, chat_id, now)
    except ApiError as error:
        assert error.code == 429
        return error.retry_after
    return None


def test_the_clock_runs_with_its_source_and_by_what_was_added() -> None:
    ticks = iter([100.0, 105.0])
    clock = Clock(lambda: next(ticks))
    clock.advance(10)
    assert [clock.now(), clock.now()] == [110.0, 115.0]


def test_a_frozen_clock_moves_only_by_hand_and_goes_on_from_there() -> None:
    machine = [100.0]
    clock = Clock(lambda: machine[0])
    clock.freeze()
    machine[0] = 200.0
    clock.advance(5)
    assert clock.now() == 105.0
    clock.thaw()
    machine[0] = 201.0
    assert clock.now() == 106.0


def test_the_clock_never_goes_back() -> None:
    with pytest.raises(ValueError, match="only moves forward"):
        Clock().advance(-1)


def test_a_group_takes_one_send_a_second() -> None:
    limiter = Limiter(Limits())
    assert retry_after(limiter, "sendMessage", 0.0) is None
    assert retry_after(limiter, "sendMessage", 0.5) == 1
    assert retry_after(limiter, "sendMessage", 1.0) is None


def test_a_refused_call_does_not_count() -> None:
    limiter = Limiter(Limits())
    limiter.check("sendMessage", 42, GROUP, 0.0)
    for _ in range(50):
        assert retry_after(limiter, "sendMessage", 0.5) == 1
    assert retry_after(limiter, "sendMessage", 1.0) is None


def test_all_groups_together_take_thirty_sends_a_second() -> None:
    limiter = Limiter(Limits())
    for number in range(30):
        assert retry_after(limiter, "sendMessage", 0.0, chat_id=-number - 1) is None
    assert retry_after(limiter, "sendMessage", 0.0, chat_id=-31) == 1


def test_all_calls_can_be_limited_too() -> None:
    limiter = Limiter(Limits(calls_per_second=2))
    assert retry_after(limiter, "deleteMessage", 0.0) is None
    assert retry_after(limiter, "banChatMember", 0.0) is None
    assert retry_after(limiter, "deleteMessage", 0.0) == 1
    assert retry_after(limiter, "getUpdates", 0.0) is None


def test_a_limit_of_zero_is_no_limit() -> None:
    limiter = Limiter(
        Limits(group_sends_per_second=0, group_sends_per_minute=0, sends_per_second=0)
    )
    assert {retry_after(limiter, "sendMessage", 0.0) for _ in range(100)} == {None}


def test_a_fault_is_used_up() -> None:
    faults = Faults()
    faults.waiting.append(Fault(method="deletemessage", times=2))
    taken = [faults.take("deleteMessage", GROUP) is not None for _ in range(3)]
    assert taken == [True, True, False]


def test_a_fault_for_any_method_spares_the_poll() -> None:
    faults = Faults()
    faults.waiting.append(Fault())
    assert faults.take("getUpdates", None) is None
    assert faults.take("getChat", None) is not None


def test_a_fault_for_one_chat_spares_the_others() -> None:
    faults = Faults()
    faults.waiting.append(Fault(chat_id=GROUP))
    assert faults.take("getChat", -200) is None
    assert faults.take("getChat", str(GROUP)) is not None


def test_calls_are_found_by_method_chat_number_and_failure() -> None:
    log = CallLog()
    for method, chat_id, code in (
        ("getUpdates", None, 200),
        ("deleteMessage", GROUP, 200),
        ("deleteMessage", -200, 400),
    ):
        log.add(0.0, 42, method, {"chat_id": chat_id}).code = code
    assert [call.number for call in log.find()] == [2, 3]
    assert [call.number for call in log.find(method="GETUPDATES")] == [1]
    assert [call.number for call in log.find(chat_id=GROUP)] == [2]
    assert [call.number for call in log.find(after=2)] == [3]
    assert [call.number for call in log.find(failed=True)] == [3]
