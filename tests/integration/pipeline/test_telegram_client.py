"""What Telegram's answers become: errors that say whether waiting helps."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.support.product import TOKEN
from tests.support.scene import BOT_ID, Scene
from tests.support.warden import Warden

from chatwarden.errors import (
    ChatUnreachable,
    MissingRight,
    TargetGone,
    TargetProtected,
    TelegramBusy,
    TelegramFailed,
    TelegramRefused,
    TelegramUnreachable,
    TokenRejected,
)
from chatwarden.simulator.client import Fault, Rights
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.rights import AdminDirectory


@pytest.mark.parametrize(
    ("code", "words", "error"),
    [
        (400, "Bad Request: not enough rights to restrict/unrestrict chat member", MissingRight),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", MissingRight),
        (400, "Bad Request: need administrator rights in the channel chat", MissingRight),
        (403, "Forbidden: not enough rights", MissingRight),
        (400, "Bad Request: user is an administrator of the chat", TargetProtected),
        (400, "Bad Request: can't remove chat owner", TargetProtected),
        (400, "Bad Request: USER_ADMIN_INVALID", TargetProtected),
        (400, "Bad Request: message to delete not found", TargetGone),
        (400, "Bad Request: MESSAGE_ID_INVALID", TargetGone),
        (400, "Bad Request: PARTICIPANT_ID_INVALID", TargetGone),
        (400, "Bad Request: user not found", TargetGone),
        (400, "Bad Request: invalid user_id specified", TargetGone),
        (400, "Bad Request: chat not found", ChatUnreachable),
        (403, "Forbidden: bot was kicked from the supergroup chat", ChatUnreachable),
        (403, "Forbidden: bot is not a member of the supergroup chat", ChatUnreachable),
        (403, "Forbidden: words of the future", ChatUnreachable),
        (400, "Bad Request: words of the future", TelegramRefused),
        (401, "Unauthorized", TokenRejected),
        (429, "Too Many Requests: no word of how long", TelegramBusy),
        (500, "Internal Server Error", TelegramFailed),
        (502, "Bad Gateway", TelegramFailed),
        (503, "Service Unavailable: restart", TelegramFailed),
    ],
)
async def test_telegrams_words_become_an_error_of_ours(
    warden: Warden, code: int, words: str, error: type[Exception]
) -> None:
    await warden.scene.control.fail(
        Fault(method="deleteMessage", chat_id=warden.scene.group, code=code, description=words)
    )

    with pytest.raises(error) as raised:
        await warden.telegram.delete_message(warden.scene.group, 1)

    assert type(raised.value) is error
    assert TOKEN not in str(raised.value)


async def test_a_group_that_moved_is_named_with_its_new_id(warden: Warden) -> None:
    await warden.scene.control.fail(
        Fault(method="deleteMessage", code=400, description="upgraded", migrate_to_chat_id=-1009)
    )

    with pytest.raises(ChatUnreachable, match="-1009"):
        await warden.telegram.delete_message(warden.scene.group, 1)


async def test_an_error_page_of_a_proxy_is_waited_out_instead_of_counted_as_a_refusal() -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(status=502, text="<html>Bad Gateway</html>")

    application = web.Application()
    application.router.add_post("/{rest:.*}", page)
    async with TestServer(application) as server:
        address = str(server.make_url("/")).rstrip("/")
        async with TelegramClient.connect(api=address, token=TOKEN) as telegram:
            with pytest.raises(TelegramUnreachable):
                await telegram.delete_message(-1, 1)


async def test_a_connection_that_drops_is_waited_out_and_tells_no_token(warden: Warden) -> None:
    await warden.scene.control.fail(Fault(method="deleteMessage", kind="drop"))

    with pytest.raises(TelegramUnreachable) as raised:
        await warden.telegram.delete_message(warden.scene.group, 1)

    assert TOKEN not in str(raised.value)


async def test_nothing_is_asked_of_a_chat_before_the_time_that_telegram_named(
    warden: Warden,
) -> None:
    group = warden.scene.group
    await warden.scene.control.fail(
        Fault(method="deleteMessage", code=429, description="Too Many Requests", retry_after=60)
    )
    with pytest.raises(TelegramBusy):
        await warden.telegram.delete_message(group, 1)
    asked = len(warden.calls("getChatAdministrators", "deleteMessage"))

    warden.pass_time(58)
    with pytest.raises(TelegramBusy) as raised:
        await warden.telegram.admin_rights(group)
    assert 0 < raised.value.seconds <= 2
    assert len(warden.calls("getChatAdministrators", "deleteMessage")) == asked

    warden.pass_time(2)
    assert await warden.telegram.admin_rights(group)


async def test_another_chat_is_asked_while_one_has_to_wait(warden: Warden, scene: Scene) -> None:
    await scene.control.fail(
        Fault(method="deleteMessage", code=429, description="Too Many Requests", retry_after=60)
    )
    with pytest.raises(TelegramBusy):
        await warden.telegram.delete_message(scene.group, 1)

    with pytest.raises(ChatUnreachable):
        await warden.telegram.delete_message(-1001, 1)


async def test_somebody_telegram_never_saw_counts_as_left(warden: Warden) -> None:
    found = await warden.telegram.membership(warden.scene.group, 999_999_999)

    assert (found.status, found.is_member) == ("left", False)


async def test_rights_the_bot_lacks_are_named(warden: Warden, scene: Scene) -> None:
    await scene.control.promote(scene.group, BOT_ID, Rights(can_delete_messages=False))

    assert await warden.telegram.missing_rights(scene.group) == ["can_delete_messages"]


async def test_who_is_an_admin_is_asked_once_a_minute(warden: Warden, scene: Scene) -> None:
    admins = AdminDirectory(warden.telegram, clock=scene.app.world.clock.now)
    for _ in range(3):
        assert await admins.admin_ids(scene.group) >= {scene.owner, scene.admin}
    assert len(warden.calls("getChatAdministrators")) == 1

    warden.pass_time(61)
    await admins.admin_ids(scene.group)
    assert len(warden.calls("getChatAdministrators")) == 2


async def test_a_change_of_rights_is_seen_at_the_next_question(
    warden: Warden, scene: Scene
) -> None:
    await warden.admins.admin_ids(scene.group)
    await scene.control.promote(scene.group, scene.member, Rights())
    warden.admins.forget(scene.group)

    assert scene.member in await warden.admins.admin_ids(scene.group)


async def test_an_answer_overtaken_by_a_change_of_rights_is_not_remembered(
    warden: Warden, scene: Scene
) -> None:
    class Changing(TelegramClient):
        """Rights change while the answer is on its way."""

        async def admin_rights(self, chat_id: int) -> dict[int, frozenset[str]]:
            found = await warden.telegram.admin_rights(chat_id)
            admins.forget(chat_id)
            return found

    admins = AdminDirectory(Changing(warden.telegram._bot), clock=scene.app.world.clock.now)
    await admins.admin_ids(scene.group)
    await admins.admin_ids(scene.group)

    assert len(warden.calls("getChatAdministrators")) == 2
