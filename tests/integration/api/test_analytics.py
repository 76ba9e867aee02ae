"""Analytics: a group's figures by day, as JSON and as CSV, on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, DAY, group_row
from tests.support.team import member_row

from chatwarden.storage.models import DailyCount, HourlyCount

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/analytics"
TODAY = DAY.date()


def counted(kind: str, name: str, number: int, *, ago: int = 0, chat_id: int = CHAT_ID) -> Any:
    day = TODAY - timedelta(days=ago)
    return DailyCount(bot_id=BOT_ID, chat_id=chat_id, day=day, kind=kind, name=name, count=number)


async def seed(api: ApiUnderTest) -> None:
    hours = [DAY, DAY.replace(hour=23), DAY.replace(hour=0) - timedelta(hours=1)]
    await api.add(
        group_row(),
        *(
            HourlyCount(
                bot_id=BOT_ID,
                chat_id=CHAT_ID,
                hour=hour,
                judged=100,
                flagged=0,
                deleted=0,
                punished=0,
            )
            for hour in hours
        ),
        counted("result", "caught", 12),
        counted("result", "caught", 8, ago=1),
        counted("result", "caught", 7, ago=2),
        counted("result", "overturned", 3),
        counted("result", "missed", 2, ago=1),
        counted("result", "observed", 0),
        counted("message", "delete", 12),
        counted("sender", "ban", 5),
        counted("signal", "invite_link", 30),
        counted("signal_caught", "invite_link", 20),
        counted("signal_overturned", "invite_link", 3),
        counted("signal", "new_here", 9),
        counted("signal_caught", "new_here", 9),
        counted("action_done", "delete_message", 12),
        counted("action_failed", "ban", 1),
        counted("response", "1000", 10),
        counted("response", "5000", 9),
        counted("response", "over", 1),
        counted("raid", "begun", 1),
        counted("result", "caught", 50, chat_id=CHAT_ID - 1),
    )


async def test_figures_are_those_of_the_days_asked_for_and_of_this_group(
    each_api: ApiUnderTest,
) -> None:
    await seed(each_api)

    async with each_api.client() as client:
        answer = await client.get(
            ADDRESS, params={"from": str(TODAY - timedelta(days=1)), "to": str(TODAY)}
        )

    told = answer.json()
    assert answer.status_code == 200, answer.text
    none = {"caught": 0, "overturned": 0, "missed": 0, "observed": 0}
    assert told["days"] == [
        none | {"day": "2026-11-19", "judged": 100, "caught": 8, "missed": 2},
        none | {"day": "2026-11-20", "judged": 200, "caught": 12, "overturned": 3},
    ]
    assert (told["messages"], told["senders"], told["raids"]) == ({"delete": 12}, {"ban": 5}, 1)
    assert told["signals"] == [
        {"name": "invite_link", "found": 30, "caught": 20, "overturned": 3, "precision": 0.85},
        {"name": "new_here", "found": 9, "caught": 9, "overturned": 0, "precision": None},
    ]
    assert told["actions"] == [
        {"kind": "ban", "done": 0, "undone": 0, "failed": 1},
        {"kind": "delete_message", "done": 12, "undone": 0, "failed": 0},
    ]
    times = told["response_times"]
    assert (times["count"], times["p50_ms"], times["p95_ms"]) == (20, 1000, 5000)


async def test_the_file_has_a_line_a_day_and_figure(each_api: ApiUnderTest) -> None:
    await seed(each_api)

    async with each_api.client() as client:
        answer = await client.get(
            f"{ADDRESS}.csv", params={"from": "2026-11-18", "to": "2026-11-19"}
        )

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.splitlines() == [
        "day,kind,name,count",
        "2026-11-18,result,caught,7",
        "2026-11-19,judged,messages,100",
        "2026-11-19,result,caught,8",
        "2026-11-19,result,missed,2",
    ]


async def test_without_days_it_is_the_last_thirty(api: ApiUnderTest) -> None:
    await api.add(group_row())

    async with api.client() as client:
        told = (await client.get(ADDRESS)).json()

    assert len(told["days"]) == 30
    assert told["days"][-1]["day"] == told["last"]
    assert told["response_times"]["p50_ms"] is None


@pytest.mark.parametrize(
    "days",
    [
        {"from": "2026-11-20", "to": "2026-11-19"},
        {"from": "2025-10-16", "to": "2026-11-20"},
        {"to": "9999-12-31"},
    ],
)
async def test_more_than_four_hundred_days_or_none_are_refused(
    api: ApiUnderTest, days: dict[str, str]
) -> None:
    await api.add(group_row())

    async with api.client() as client:
        answer = await client.get(ADDRESS, params=days)
        most = await client.get(ADDRESS, params={"from": "2025-10-17", "to": "2026-11-20"})

    assert answer.status_code == 422
    assert len(most.json()["days"]) == 400


async def test_a_viewer_reads_their_groups_and_finds_no_other(api: ApiUnderTest) -> None:
    await api.add(group_row(), group_row(chat_id=CHAT_ID - 1), member_row(42, "viewer"))
    other = ADDRESS.replace(str(CHAT_ID), str(CHAT_ID - 1))

    async with api.client(subject="user:42") as client:
        own = [(await client.get(f"{ADDRESS}{end}")).status_code for end in ("", ".csv")]
        strange = [(await client.get(f"{other}{end}")).status_code for end in ("", ".csv")]

    assert (own, strange) == ([200, 200], [404, 404])
