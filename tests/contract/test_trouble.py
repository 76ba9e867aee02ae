"""Ordered faults and Telegram's limits reach aiogram's client as the exceptions it has for them."""

import pytest
from aiogram.exceptions import (
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from chatwarden.simulator.client import Draft, Fault, Limits

from .conftest import Scene


async def test_ordered_faults_come_and_go(scene: Scene) -> None:
    await scene.control.fail(Fault(method="getMe", code=500, times=2))
    for _ in range(2):
        with pytest.raises(TelegramServerError):
            await scene.bot.get_me()
    assert await scene.bot.get_me()


async def test_a_fault_can_ask_to_wait(scene: Scene) -> None:
    fault = Fault(code=429, description="Too Many Requests: retry after 7", retry_after=7)
    await scene.control.fail(fault)
    with pytest.raises(TelegramRetryAfter) as caught:
        await scene.bot.get_chat(scene.group)
    assert caught.value.retry_after == 7


async def test_a_dropped_connection_is_a_network_error(scene: Scene) -> None:
    await scene.control.fail(Fault(method="getMe", kind="drop"))
    with pytest.raises(TelegramNetworkError):
        await scene.bot.get_me()


async def test_a_call_can_take_effect_although_its_answer_is_lost(scene: Scene) -> None:
    message = await scene.control.post(scene.group, Draft(from_id=scene.member, text="Buy"))
    await scene.control.fail(Fault(method="deleteMessage", kind="drop", after_effect=True))
    with pytest.raises(TelegramNetworkError):
        await scene.bot.delete_message(scene.group, message)
    deletion = await scene.control.deletion(scene.group, message)
    assert deletion and deletion.effective == 1


async def test_a_hanging_call_runs_into_the_clients_timeout(scene: Scene) -> None:
    await scene.control.fail(Fault(method="getMe", kind="hang"))
    with pytest.raises(TelegramNetworkError, match="timeout"):
        await scene.bot.get_me(request_timeout=1)


async def test_the_limiter_holds_sends_back_until_the_time_has_come(scene: Scene) -> None:
    await scene.control.set_clock(frozen=True)
    await scene.control.set_limits(Limits())
    await scene.bot.send_message(scene.group, "one")
    with pytest.raises(TelegramRetryAfter) as caught:
        await scene.bot.send_message(scene.group, "two")
    assert caught.value.retry_after == 1
    await scene.control.set_clock(advance=1)
    assert await scene.bot.send_message(scene.group, "two")


async def test_the_limiter_allows_twenty_sends_a_minute_into_a_group(scene: Scene) -> None:
    await scene.control.set_clock(frozen=True)
    await scene.control.set_limits(Limits())
    for number in range(20):
        await scene.bot.send_message(scene.group, str(number))
        await scene.control.set_clock(advance=1)
    with pytest.raises(TelegramRetryAfter) as caught:
        await scene.bot.send_message(scene.group, "too much")
    assert caught.value.retry_after == 40


async def test_deletions_are_not_held_back_by_the_send_limit(scene: Scene) -> None:
    await scene.control.set_limits(Limits())
    draft = Draft(from_id=scene.member, text="Buy")
    for message in await scene.control.post_many(scene.group, [draft] * 5):
        assert message and await scene.bot.delete_message(scene.group, message)
