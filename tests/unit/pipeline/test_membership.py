"""How our own restrictions are told from those of others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatwarden.actions import Action, ActionKind
from chatwarden.pipeline.enforce.punish import _has_ended, _is_covered, is_applied
from chatwarden.pipeline.enforce.undo import _before
from chatwarden.telegram.membership import Membership

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
END = NOW + timedelta(days=7)
PLAIN = Membership(status="member", is_member=True)


def action(kind: ActionKind, *, until_date: datetime | None = END, **values: Any) -> Action:
    return Action(
        id=kind,
        bot_id=1,
        chat_id=-1,
        kind=kind,
        sender_kind="user",
        sender_id=5,
        date=NOW,
        due_at=NOW,
        requested_by="verdict",
        until_date=until_date,
        state="done",
        **values,
    )


def being(status: Any, until: datetime | None = END, **values: Any) -> Membership:
    seconds = None if until is None else int(until.timestamp())
    return Membership(status=status, is_member=False, until_date=seconds, **values)


@pytest.mark.parametrize(
    ("kind", "now_is", "applied"),
    [
        ("mute", being("restricted"), True),
        ("mute", being("restricted", END + timedelta(seconds=1)), False),
        ("mute", being("restricted", None), False),
        ("mute", being("kicked"), False),
        ("mute", PLAIN, False),
        ("ban", being("kicked"), True),
        ("ban", being("kicked", None), False),
        ("ban", being("left", None), False),
        ("kick", being("left", None), True),
        ("kick", being("kicked"), True),
        ("kick", being("kicked", None), False),
        ("kick", PLAIN, False),
    ],
)
def test_a_restriction_is_ours_where_it_ends_at_exactly_our_time(
    kind: ActionKind, now_is: Membership, applied: bool
) -> None:
    assert is_applied(action(kind), now_is) is applied


@pytest.mark.parametrize(
    ("kind", "now_is", "covered"),
    [
        ("mute", being("kicked", NOW), True),
        ("ban", being("kicked", NOW), True),
        ("kick", being("kicked", None), True),
        ("mute", being("restricted", None, permissions={}), True),
        ("mute", being("restricted", permissions={"can_send_messages": False}), True),
        ("mute", being("restricted", END - timedelta(days=1), permissions={}), False),
        ("mute", being("restricted", None, permissions={"can_send_messages": True}), False),
        ("ban", being("restricted", None, permissions={}), False),
        ("mute", PLAIN, False),
    ],
)
def test_what_others_did_covers_ours_where_it_is_as_much(
    kind: ActionKind, now_is: Membership, covered: bool
) -> None:
    assert _is_covered(action(kind), now_is) is covered


def test_what_telegram_would_take_for_endless_has_ended() -> None:
    assert _has_ended(action("mute"), END - timedelta(seconds=40))
    assert not _has_ended(action("mute"), END - timedelta(seconds=90))
    assert not _has_ended(action("ban", until_date=None), END)


def test_an_end_with_a_fraction_of_a_second_is_refused() -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        action("mute", until_date=END + timedelta(microseconds=1))


def test_a_membership_is_stored_and_read_as_it_was() -> None:
    limited = being("restricted", permissions={"can_send_messages": False})

    assert Membership.from_json(limited.to_json()) == limited


def test_the_way_back_goes_through_all_of_ours() -> None:
    mute = action("mute", former=PLAIN.to_json())
    ban = action("ban", former=being("restricted").to_json())

    assert _before([mute, ban], being("kicked")) == PLAIN
    assert _before([mute, ban], being("left", None)) == PLAIN


def test_the_way_back_ends_at_what_somebody_else_did() -> None:
    mute = action("mute", former=PLAIN.to_json())
    by_admin = being("restricted", None)

    assert _before([mute], by_admin) is by_admin
