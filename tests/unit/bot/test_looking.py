from datetime import UTC, datetime, timedelta

from chatwarden.bot.looking import LookBack

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY, LITTLE = timedelta(days=1), timedelta(minutes=5)


def test_looks_go_far_until_one_finds_nothing_and_then_once_a_minute() -> None:
    seconds = 100.0
    back = LookBack(DAY, seconds=lambda: seconds)

    assert [NOW - back.since(NOW) for _ in range(2)] == [DAY, DAY]
    back.found_nothing()
    assert NOW - back.since(NOW) == LITTLE
    seconds += 59
    assert NOW - back.since(NOW) == LITTLE
    back.found_nothing()
    seconds += 1
    assert NOW - back.since(NOW) == DAY
    back.found_nothing()
    assert NOW - back.since(NOW) == LITTLE


def test_a_look_that_went_a_little_way_does_not_stand_for_one_that_is_due_to_go_far() -> None:
    seconds = 100.0
    back = LookBack(DAY, seconds=lambda: seconds)
    back.since(NOW)
    back.found_nothing()

    back.since(NOW)
    seconds += 60
    back.found_nothing()

    assert NOW - back.since(NOW) == DAY
