from datetime import timedelta

from tests.support.rows import action_row, outcome_row

from chatwarden.outcomes.undo import describe_undo


def test_a_deleted_message_never_comes_back() -> None:
    outcome = outcome_row(1)
    undo = describe_undo(outcome, [action_row(outcome, "delete_message")])
    assert not undo.possible
    assert undo.effects == undo.restores == []
    assert "lets nobody bring one back" in undo.cannot_restore[0]


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


def test_what_failed_was_not_done_and_is_not_taken_back() -> None:
    outcome = outcome_row(1, state="failed")
    undo = describe_undo(
        outcome,
        [action_row(outcome, kind, state="dead") for kind in ("delete_message", "mute")],
    )
    assert not undo.possible
    assert undo.restores == undo.cannot_restore == []


def test_a_mute_that_was_done_is_lifted_though_the_deletion_failed() -> None:
    outcome = outcome_row(1, state="failed")
    actions = [action_row(outcome, "delete_message", state="dead"), action_row(outcome, "mute")]
    undo = describe_undo(outcome, actions)
    assert undo.possible
    assert undo.effects == ["lift_mute"]
    assert undo.cannot_restore == []


def test_an_action_whose_end_is_unknown_is_named_too() -> None:
    outcome = outcome_row(1, state="pending")
    undo = describe_undo(outcome, [action_row(outcome, "ban", state="started")])
    assert undo.effects == ["lift_ban"]


def test_a_mute_that_has_ended_needs_no_undo() -> None:
    outcome = outcome_row(1)
    mute = action_row(outcome, "mute", until_date=outcome.date + timedelta(days=1))
    assert describe_undo(outcome, [mute], now=outcome.date).possible
    assert not describe_undo(outcome, [mute], now=outcome.date + timedelta(days=2)).possible


def test_a_restriction_of_somebody_else_is_not_ours_to_lift() -> None:
    outcome = outcome_row(1)
    covered = action_row(outcome, "mute", result={"covered_by": "telegram"})
    assert not describe_undo(outcome, [covered]).possible


def test_a_removed_person_has_to_come_back_by_themselves() -> None:
    outcome = outcome_row(1)
    undo = describe_undo(outcome, [action_row(outcome, "kick")])
    assert not undo.possible
    assert "by themselves" in undo.cannot_restore[0]


def test_what_was_cancelled_needs_no_undo() -> None:
    outcome = outcome_row(1, state="undone")
    undo = describe_undo(outcome, [action_row(outcome, "ban", state="cancelled")])
    assert not undo.possible
    assert undo.restores == undo.cannot_restore == []
