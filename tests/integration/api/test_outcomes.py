import httpx
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, DAY, action_row, contribution, group_row, outcome_row

ADDRESS = "/api/v1/outcomes"


async def test_an_outcome_shows_its_text_its_marked_words_and_the_words_of_its_signals(
    api: ApiUnderTest,
) -> None:
    found = contribution("invite_link", 1500, spans=[("text", 17, 9)], detail="t.me/+abc")
    outcome = outcome_row(1, sealer=api.sealer, contributions=[found], bounds=["cap:links"])
    await api.add(group_row(), outcome, action_row(outcome, "delete_message"))
    async with api.client() as client:
        shown = (await client.get(f"{ADDRESS}/{BOT_ID}-1-1")).json()
    assert shown["group"]["title"] == "Balcony gardeners"
    assert shown["sender"]["name"] == "Crypto Carla"
    assert shown["texts"] == [{"place": "text", "text": "Easy money, join t.me/+abc"}]
    assert shown["texts_state"] == "readable"
    assert shown["contributions"][0]["title"] == "Invite link"
    assert shown["contributions"][0]["spans"] == [{"place": "text", "offset": 17, "length": 9}]
    assert shown["bias"] == 2300 - 1500
    assert shown["bounds"][0]["sentence"].startswith("Links: ")
    assert shown["actions"][0]["done_at"] == "2026-11-20T09:00:01.200000Z"
    assert shown["undo"]["possible"] is False


async def test_a_broken_seal_shows_the_outcome_without_its_texts(api: ApiUnderTest) -> None:
    outcome = outcome_row(1, sealer=api.sealer)
    outcome.sealed = b"\x00" * 64
    await api.add(group_row(), outcome)
    async with api.client() as client:
        shown = (await client.get(f"{ADDRESS}/{BOT_ID}-1-1")).json()
    assert shown["texts"] == []
    assert shown["texts_state"] == "unreadable"
    assert shown["sender"]["name"] is None


async def test_a_purged_outcome_says_so(api: ApiUnderTest) -> None:
    await api.add(group_row(), outcome_row(1, sealer=None))
    async with api.client() as client:
        shown = (await client.get(f"{ADDRESS}/{BOT_ID}-1-1")).json()
    assert shown["texts_state"] == "purged"


async def test_a_signal_that_the_catalogue_no_longer_knows_is_still_shown(
    api: ApiUnderTest,
) -> None:
    old = contribution("invite_link", 700) | {"signal": "of_old_times"}
    await api.add(group_row(), outcome_row(1, contributions=[old]))
    async with api.client() as client:
        shown = (await client.get(f"{ADDRESS}/{BOT_ID}-1-1")).json()
    assert shown["contributions"][0]["title"] == "Of old times"


async def test_pages_lose_and_repeat_nothing_while_outcomes_come_in(api: ApiUnderTest) -> None:
    await api.add(group_row(), *(outcome_row(number) for number in range(1, 26)))
    seen: list[str] = []
    cursor: str | None = None
    newcomer = 100
    async with api.client() as client:
        while True:
            query = {"limit": "7"} | ({} if cursor is None else {"cursor": cursor})
            page = (await client.get(ADDRESS, params=query)).json()
            seen += [item["trace_id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            newcomer += 1
            await api.add(outcome_row(newcomer))
    assert seen == [f"{BOT_ID}-{number}-1" for number in range(25, 0, -1)]


async def test_from_any_outcome_on_a_page_begins_after_it(api: ApiUnderTest) -> None:
    await api.add(group_row(), *(outcome_row(number, date=DAY) for number in range(1, 6)))
    async with api.client() as client:
        items = (await client.get(ADDRESS)).json()["items"]
        for place, item in enumerate(items):
            page = (await client.get(ADDRESS, params={"cursor": item["cursor"]})).json()
            assert page["items"] == items[place + 1 :]


async def test_pages_keep_outcomes_of_the_same_second_apart(api: ApiUnderTest) -> None:
    date = outcome_row(1).date
    await api.add(group_row(), *(outcome_row(number, date=date) for number in range(1, 6)))
    async with api.client() as client:
        first = (await client.get(ADDRESS, params={"limit": 2})).json()
        second = (
            await client.get(ADDRESS, params={"limit": 3, "cursor": first["next_cursor"]})
        ).json()
    updates = [item["trace_id"].split("-")[1] for item in first["items"] + second["items"]]
    assert updates == ["5", "4", "3", "2", "1"]
    assert second["next_cursor"] is None


async def test_a_list_can_be_narrowed_to_a_group_and_to_states(api: ApiUnderTest) -> None:
    other = -1009999999999
    await api.add(
        group_row(),
        group_row(chat_id=other, title="Another"),
        outcome_row(1, state="review"),
        outcome_row(2, state="undone"),
        outcome_row(3, state="review", chat_id=other),
    )
    async with api.client() as client:
        of_group = (await client.get(ADDRESS, params={"chat_id": other})).json()["items"]
        of_states = (await client.get(ADDRESS, params={"state": ["review", "undone"]})).json()
        of_both = (await client.get(ADDRESS, params={"chat_id": other, "state": "undone"})).json()
    assert [item["group"]["title"] for item in of_group] == ["Another"]
    assert len(of_states["items"]) == 3
    assert of_both["items"] == []


async def test_a_cursor_that_is_none_is_a_malformed_request(api: ApiUnderTest) -> None:
    async with api.client() as client:
        answers = [
            await client.get(ADDRESS, params={"cursor": cursor})
            for cursor in ("x", "é", "AAAA", "MS4yLjM", "=")
        ]
    assert {answer.status_code for answer in answers} == {422}
    assert answers[0].json()["errors"][0]["field"] == "query.cursor"


async def test_undo_is_asked_for_once_however_often_it_is_tapped(api: ApiUnderTest) -> None:
    outcome = outcome_row(1)
    await api.add(group_row(), outcome, action_row(outcome, "delete_message"))
    async with api.client() as client:
        first = await client.post(f"{ADDRESS}/{BOT_ID}-1-1/undo")
        second = await client.post(f"{ADDRESS}/{BOT_ID}-1-1/undo")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["state"] == "undoing"
    undos = [action for action in second.json()["actions"] if action["kind"] == "undo"]
    assert [undo["requested_by"] for undo in undos] == ["operator"]
    assert api.wakes


async def test_undo_of_what_was_kept_is_impossible(api: ApiUnderTest) -> None:
    await api.add(group_row(), outcome_row(1, state="kept"))
    async with api.client() as client:
        answer = await client.post(f"{ADDRESS}/{BOT_ID}-1-1/undo")
    assert answer.status_code == 409
    assert answer.json()["code"] == "undo_impossible"
    assert not api.wakes


async def test_another_subject_sees_nothing_and_undoes_nothing(api: ApiUnderTest) -> None:
    outcome = outcome_row(1)
    await api.add(group_row(), outcome, action_row(outcome, "delete_message"))
    async with api.client(subject="user:5") as client:
        answers: list[httpx.Response] = [
            await client.get(f"{ADDRESS}/{BOT_ID}-1-1"),
            await client.post(f"{ADDRESS}/{BOT_ID}-1-1/undo"),
        ]
        lists = [await client.get(ADDRESS), await client.get("/api/v1/groups")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert [answer.json()["items"] for answer in lists] == [[], []]
    async with api.client() as client:
        assert (await client.get(f"{ADDRESS}/{BOT_ID}-1-1")).json()["state"] == "enforced"


async def test_what_is_no_trace_id_is_not_found(api: ApiUnderTest) -> None:
    async with api.client() as client:
        answers = [
            await client.get(f"{ADDRESS}/{trace_id}")
            for trace_id in ("x", "1-2", "1-2-99999", "-1-2-3", "9999999999999999999-1-1")
        ]
    assert {answer.status_code for answer in answers} == {404}


async def test_nobody_reads_without_signing_in(api: ApiUnderTest) -> None:
    async with api.client(subject=None) as client:
        for path in ("me", "groups", "signals", "outcomes", "outcomes/1-1-1", "outcomes/stream"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 401, path
        assert (await client.post(f"{ADDRESS}/1-1-1/undo")).status_code == 401


async def test_an_action_that_lacked_a_right_names_the_one_it_needs(api: ApiUnderTest) -> None:
    outcome = outcome_row(1, state="failed", sender_verdict="mute")
    await api.add(
        group_row(),
        outcome,
        action_row(outcome, "delete_message", state="dead", error_code="missing_right"),
        action_row(outcome, "mute", state="dead", error_code="missing_right"),
    )
    async with api.client() as client:
        shown = (await client.get(f"{ADDRESS}/{BOT_ID}-1-1")).json()
    errors = {action["kind"]: action["error"] for action in shown["actions"]}
    assert errors["delete_message"]["text"] == "The bot may not delete messages."
    assert errors["mute"]["text"] == "The bot may not ban users."
    assert "“Delete messages”" in errors["delete_message"]["hint"]
    assert "Ban users" not in errors["delete_message"]["hint"]
