import json
from typing import Any

import pytest

from chatwarden.learning.native_bans import NativeBan, native_ban_of

BOT_ID = 42
ADMIN = {"id": 5, "is_bot": False}
MEMBER = {"id": 6, "is_bot": False}
SILENT = {"status": "restricted", "can_send_messages": False}


def found(before: dict[str, Any], after: dict[str, Any], by: dict[str, Any]) -> NativeBan | None:
    change = {
        "chat": {"id": -100},
        "from": by,
        "date": 1_780_000_000,
        "old_chat_member": {"user": MEMBER, **before},
        "new_chat_member": {"user": MEMBER, **after},
    }
    raw = json.dumps({"update_id": 1, "chat_member": change}).encode()
    return native_ban_of(raw, "chat_member", bot_id=BOT_ID)


@pytest.mark.parametrize("after", [{"status": "kicked"}, SILENT])
@pytest.mark.parametrize("by", [ADMIN, {"id": 1087968824, "is_bot": True}])
def test_an_admin_who_bans_or_silences_a_member_says_something(
    after: dict[str, Any], by: dict[str, Any]
) -> None:
    ban = found({"status": "member"}, after, by)
    assert ban is not None
    assert (ban.chat_id, ban.admin_id, ban.sender_id) == (-100, by["id"], MEMBER["id"])


def test_a_ban_of_somebody_who_was_silenced_says_something() -> None:
    assert found(SILENT, {"status": "kicked"}, ADMIN) is not None


@pytest.mark.parametrize(
    ("before", "after", "by"),
    [
        ({"status": "member"}, {"status": "kicked"}, {"id": BOT_ID, "is_bot": True}),
        ({"status": "member"}, {"status": "kicked"}, {"id": 77, "is_bot": True}),
        ({"status": "member"}, {"status": "left"}, MEMBER),
        ({"status": "member"}, {"status": "left"}, ADMIN),
        ({"status": "left"}, {"status": "kicked"}, ADMIN),
        (SILENT, SILENT, ADMIN),
        ({"status": "member"}, {"status": "restricted", "can_send_messages": True}, ADMIN),
        ({"status": "kicked"}, {"status": "member"}, ADMIN),
    ],
)
def test_bots_leaving_and_lesser_limits_say_nothing(
    before: dict[str, Any], after: dict[str, Any], by: dict[str, Any]
) -> None:
    assert found(before, after, by) is None


def test_other_and_unreadable_updates_say_nothing() -> None:
    assert native_ban_of(b"{}", "message", bot_id=BOT_ID) is None
    for raw in (b"{", b"{}", b'{"chat_member": 5}', b'{"chat_member": {"date": "\xff"}}'):
        assert native_ban_of(raw, "chat_member", bot_id=BOT_ID) is None
