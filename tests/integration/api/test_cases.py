"""The review queue: what a person has to decide, and who decided what."""

from datetime import timedelta
from typing import Any

from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, DAY, action_row, appeal_row, outcome_row
from tests.support.team import FOREIGN, OWN, USERS, fill

from chatwarden.storage.models import Feedback

ADDRESS = "/api/v1/cases"
MODERATOR = f"user:{USERS['moderator']}"
VIEWER = f"user:{USERS['viewer']}"


async def _cases(api: ApiUnderTest, who: str = MODERATOR, **query: Any) -> list[dict[str, Any]]:
    async with api.client(subject=who) as client:
        answer = await client.get(ADDRESS, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _say(api: ApiUnderTest, update_id: int, label: str, who: str = MODERATOR) -> None:
    async with api.client(subject=who) as client:
        address = f"/api/v1/outcomes/{BOT_ID}-{update_id}-1/feedback"
        assert (await client.post(address, json={"label": label})).status_code == 200


def _ids(cases: list[dict[str, Any]]) -> list[str]:
    return [one["outcome"]["trace_id"] for one in cases]


def _report(update_id: int, who: str) -> Feedback:
    return Feedback(
        bot_id=BOT_ID,
        chat_id=OWN,
        update_id=update_id,
        message_date=DAY,
        label="spam",
        given_by=who,
        source="report",
        given_at=DAY,
        taken_back_at=None,
        features=None,
        sketch=None,
        picture=None,
    )


async def test_what_is_in_review_is_open_until_somebody_says_what_it_is(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    await each_api.add(_report(81, "user:70"), _report(81, "user:71"))
    (case,) = await _cases(each_api)
    assert (case["outcome"]["trace_id"], case["reports"]) == (f"{BOT_ID}-81-1", 2)
    assert case["decisions"] == []
    await _say(each_api, 81, "ham")
    assert await _cases(each_api) == []
    (decided,) = await _cases(each_api, state="decided")
    (decision,) = decided["decisions"]
    assert (decision["label"], decision["decided_by"]) == ("ham", MODERATOR)


async def test_what_is_taken_back_is_open_again(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await _say(each_api, 81, "ham")
    async with each_api.client(subject=MODERATOR) as client:
        await client.delete(f"/api/v1/outcomes/{BOT_ID}-81-1/feedback")
        (group,) = (await client.get("/api/v1/groups")).json()["items"]
    assert len(await _cases(each_api)) == 1
    assert await _cases(each_api, state="decided") == []
    assert group["in_review"] == 1


async def test_two_who_decide_differently_are_both_told_the_later_first(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    await _say(each_api, 81, "ham")
    await _say(each_api, 81, "spam", f"user:{USERS['admin']}")
    (case,) = await _cases(each_api, state="decided")
    assert [one["label"] for one in case["decisions"]] == ["spam", "ham"]


async def test_pages_of_open_and_decided_cases_follow_each_other(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    numbers = range(100, 107)
    await each_api.add(
        *(outcome_row(n, state="review", date=DAY + timedelta(seconds=n // 3)) for n in numbers)
    )
    for n in (100, 101, 102):
        await _say(each_api, n, "ham")
    for state, total in (("open", 5), ("decided", 3)):
        seen: list[str] = []
        cursor = None
        async with each_api.client(subject=MODERATOR) as client:
            while True:
                query = {"state": state, "limit": "2"} | ({"cursor": cursor} if cursor else {})
                page = (await client.get(ADDRESS, params=query)).json()
                seen += _ids(page["items"])
                cursor = page["next_cursor"]
                if cursor is None:
                    break
        assert len(seen) == len(set(seen)) == total, state


async def test_a_batch_is_decided_and_what_cannot_be_is_told(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    own, foreign = f"{BOT_ID}-81-1", f"{BOT_ID}-82-1"
    body = {"trace_ids": [own, foreign, "nothing", own], "label": "spam"}
    async with each_api.client(subject=MODERATOR) as client:
        answer = await client.post(f"{ADDRESS}/decide", json=body)
        again = await client.post(f"{ADDRESS}/decide", json=body)
        outcome = (await client.get(f"/api/v1/outcomes/{own}")).json()
    told = [(one["trace_id"], (one["problem"] or {}).get("code")) for one in answer.json()["items"]]
    assert told == [(own, None), (foreign, "not_found"), ("nothing", "not_found")]
    assert again.json() == answer.json()
    deletions = [one for one in outcome["actions"] if one["kind"] == "delete_message"]
    assert (len(deletions), outcome["feedback"]) == (1, "spam")
    assert each_api.changed_feedback[-1] == (BOT_ID, OWN)


async def test_a_viewer_looks_and_decides_nothing(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    assert len(await _cases(each_api, VIEWER)) == 1
    async with each_api.client(subject=VIEWER) as client:
        body = {"trace_ids": [f"{BOT_ID}-81-1"], "label": "ham"}
        (told,) = (await client.post(f"{ADDRESS}/decide", json=body)).json()["items"]
    assert told["problem"]["code"] == "role_too_low"
    assert len(await _cases(each_api)) == 1


async def test_somebody_elses_decisions_are_not_seen(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await _say(each_api, 82, "spam", "operator")
    assert await _cases(each_api, state="decided") == []
    assert await _cases(each_api, state="decided", chat_id=FOREIGN) == []
    assert len(await _cases(each_api, "operator", state="decided")) == 1


async def test_a_cursor_that_is_none_is_refused(each_api: ApiUnderTest) -> None:
    async with each_api.client() as client:
        for state in ("open", "decided"):
            answer = await client.get(ADDRESS, params={"state": state, "cursor": "x"})
            assert answer.status_code == 422


async def _fill_with_appeals(api: ApiUnderTest) -> None:
    """Of the moderator's group 300 waits, with 81 that is in review; of another's 301."""
    await fill(api)
    for update_id, chat_id in ((300, OWN), (301, FOREIGN)):
        outcome = outcome_row(update_id, sealer=api.sealer, chat_id=chat_id)
        appeal = appeal_row(outcome, sealer=api.sealer)
        await api.add(outcome, action_row(outcome, "mute"), appeal)


async def test_what_is_appealed_is_open_with_the_words_of_whoever_appealed(
    each_api: ApiUnderTest,
) -> None:
    await _fill_with_appeals(each_api)
    everything = await _cases(each_api)
    (appealed,) = await _cases(each_api, appealed=True)
    async with each_api.client(subject=MODERATOR) as client:
        (group,) = (await client.get("/api/v1/groups")).json()["items"]

    assert _ids(everything) == [f"{BOT_ID}-300-1", f"{BOT_ID}-81-1"]
    assert [one["appeal"] is None for one in everything] == [False, True]
    assert appealed["appeal"] == {
        "state": "open",
        "about": "mute",
        "text": "It was about seeds.",
        "opened_at": "2026-11-21T09:00:00Z",
        "decided_at": None,
        "refusals": 0,
    }
    assert group["in_review"] == 2


async def test_a_draft_is_nobodys_business(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    outcome = outcome_row(300, sealer=each_api.sealer, chat_id=OWN)
    await each_api.add(outcome, appeal_row(outcome, state="draft"))
    assert await _cases(each_api, appealed=True) == []
    assert len(await _cases(each_api)) == 1


async def test_what_a_moderator_says_of_the_message_decides_its_appeal(
    each_api: ApiUnderTest,
) -> None:
    await _fill_with_appeals(each_api)
    await _say(each_api, 300, "ham")
    assert await _cases(each_api, appealed=True) == []
    (decided,) = await _cases(each_api, state="decided", appealed=True)
    assert decided["appeal"]["state"] == "accepted"
    async with each_api.client(subject=MODERATOR) as client:
        outcome = (await client.get(f"/api/v1/outcomes/{BOT_ID}-300-1")).json()
    assert [one["kind"] for one in outcome["actions"]] == ["mute", "undo"]


async def test_who_had_called_it_spam_refuses_by_saying_so_again(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    outcome = outcome_row(300, sealer=each_api.sealer, chat_id=OWN)
    await each_api.add(outcome, action_row(outcome, "mute"))
    await _say(each_api, 300, "spam")
    await each_api.add(
        appeal_row(outcome, state="refused"), appeal_row(outcome, number=8, words=None)
    )
    (case,) = await _cases(each_api, appealed=True)
    assert (case["appeal"]["refusals"], case["appeal"]["text"]) == (1, None)
    async with each_api.client(subject=MODERATOR) as client:
        body = {"trace_ids": [f"{BOT_ID}-300-1"], "label": "spam"}
        answer = await client.post(f"{ADDRESS}/decide", json=body)
    assert answer.json()["items"] == [{"trace_id": f"{BOT_ID}-300-1", "problem": None}]
    assert await _cases(each_api, appealed=True) == []
    (decided,) = await _cases(each_api, state="decided", appealed=True)
    assert decided["appeal"]["state"] == "refused"


async def test_pages_of_appeals_and_reviews_follow_each_other(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    for number in range(400, 408):
        outcome = outcome_row(
            number,
            sealer=each_api.sealer,
            chat_id=OWN,
            state="review" if number % 2 else "enforced",
        )
        appeal = appeal_row(outcome)
        await each_api.add(outcome)
        if not number % 2:
            await each_api.add(appeal)
    seen: list[str] = []
    cursor = None
    async with each_api.client(subject=MODERATOR) as client:
        while True:
            query = {"limit": 3} | ({} if cursor is None else {"cursor": cursor})
            page = (await client.get(ADDRESS, params=query)).json()
            seen += _ids(page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                break
    expected = [*range(407, 399, -1), 81]
    assert seen == [f"{BOT_ID}-{number}-1" for number in expected]
