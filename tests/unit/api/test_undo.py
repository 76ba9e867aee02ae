from tests.support.rows import action_row, outcome_row

from chatwarden.api.outcomes.undo import describe_undo


def test_a_deleted_message_never_comes_back() -> None:
    outcome = outcome_row(1)
    undo = describe_undo(outcome, [action_row(outcome, "delete_message")])
    assert undo.possible
    assert undo.restores == []
    assert "Telegram keeps no copy" in undo.cannot_restore[0]


def test_a_message_that_waits_for_its_deletion_stays() -> None:
    outcome = outcome_row(1, state="pending")
    undo = describe_undo(outcome, [action_row(outcome, "delete_message", state="pending")])
    assert undo.cannot_restore == []
    assert undo.restores == ["The message stays: it has not been deleted yet."]


def test_a_muted_sender_gets_back_what_they_had() -> None:
    outcome = outcome_row(1)
    undo = describe_undo(outcome, [action_row(outcome, "mute")])
    assert undo.restores == ["The sender may write again, with exactly the permissions they had."]


def test_a_banned_person_has_to_come_back_by_themselves() -> None:
    outcome = outcome_row(1)
    undo = describe_undo(outcome, [action_row(outcome, "ban")])
    assert "ban is lifted" in undo.restores[0]
    assert "by themselves" in undo.cannot_restore[0]


def test_a_banned_channel_has_no_membership_to_lose() -> None:
    outcome = outcome_row(1, sender_kind="channel")
    undo = describe_undo(outcome, [action_row(outcome, "ban")])
    assert "channel may write" in undo.restores[0]
    assert undo.cannot_restore == []


def test_an_action_that_may_have_failed_midway_is_named_too() -> None:
    outcome = outcome_row(1, state="failed")
    undo = describe_undo(outcome, [action_row(outcome, "mute", state="dead")])
    assert undo.possible
    assert undo.restores


def test_what_was_cancelled_needs_no_undo() -> None:
    outcome = outcome_row(1, state="undone")
    undo = describe_undo(outcome, [action_row(outcome, "ban", state="cancelled")])
    assert not undo.possible
    assert undo.restores == undo.cannot_restore == []
