from sqlalchemy import select
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, action_row, group_row, outcome_row

from chatwarden.storage.models import Action, Feedback, Outcome
from chatwarden.storage.repositories.actions import actions_of

ADDRESS = f"/api/v1/outcomes/{BOT_ID}-1-1"
SPAM = {"label": "spam"}
HAM = {"label": "ham"}


async def kept(api: ApiUnderTest) -> list[Feedback]:
    async with api.ports.database.transaction() as session:
        return list(await session.scalars(select(Feedback).order_by(Feedback.id)))


async def asked_for(api: ApiUnderTest, outcome: Outcome) -> list[Action]:
    trace_id = outcome.trace_id
    async with api.ports.database.transaction() as session:
        taken = await actions_of(session, [trace_id])
    return [action for action in taken[trace_id] if action.requested_by != "verdict"]


async def test_calling_a_message_spam_deletes_it_and_is_learned(api: ApiUnderTest) -> None:
    outcome = outcome_row(1, sealer=api.sealer, state="review")
    await api.add(group_row(), outcome)
    async with api.client() as client:
        answer = await client.post(f"{ADDRESS}/feedback", json=SPAM)
    assert answer.status_code == 200
    assert answer.json()["feedback"] == "spam"
    (action,) = await asked_for(api, outcome)
    assert (action.kind, action.requested_by) == ("delete_message", "operator")
    assert action.message_date == outcome.date
    (feedback,) = await kept(api)
    assert feedback.features is not None
    assert api.changed_feedback == [(BOT_ID, CHAT_ID)]
    assert len(api.wakes) == 1


async def test_no_word_of_the_message_is_kept_with_the_feedback(api: ApiUnderTest) -> None:
    text = "cheap followers for everybody who writes to me before the weekend"
    outcome = outcome_row(1, sealer=api.sealer, texts=[("text", text)])
    await api.add(group_row(), outcome)
    async with api.client() as client:
        await client.post(f"{ADDRESS}/feedback", json=SPAM)
    (feedback,) = await kept(api)
    assert feedback.features is not None
    assert feedback.sketch is not None
    for word in text.split():
        assert len(word) < 4 or word.encode() not in feedback.features + feedback.sketch


async def test_feedback_said_twice_counts_once(api: ApiUnderTest) -> None:
    outcome = outcome_row(1, sealer=api.sealer, state="kept")
    await api.add(group_row(), outcome)
    async with api.client() as client:
        for _ in range(3):
            await client.post(f"{ADDRESS}/feedback", json=SPAM)
    assert len(await kept(api)) == 1
    assert len(await asked_for(api, outcome)) == 1


async def test_the_opposite_takes_the_place_of_what_was_said(api: ApiUnderTest) -> None:
    await api.add(group_row(), outcome_row(1, sealer=api.sealer, state="kept"))
    async with api.client() as client:
        await client.post(f"{ADDRESS}/feedback", json=SPAM)
        shown = (await client.post(f"{ADDRESS}/feedback", json=HAM)).json()
    assert shown["feedback"] == "ham"
    spam, ham = await kept(api)
    assert (spam.label, spam.taken_back_at) == ("spam", ham.given_at)
    assert (ham.label, ham.taken_back_at) == ("ham", None)


async def test_calling_it_no_spam_takes_back_what_befell_the_sender(api: ApiUnderTest) -> None:
    outcome = outcome_row(1, sealer=api.sealer)
    await api.add(group_row(), outcome, action_row(outcome, "mute", until_date=None))
    async with api.client() as client:
        shown = (await client.post(f"{ADDRESS}/feedback", json=HAM)).json()
    assert shown["state"] == "undoing"
    assert [action.kind for action in await asked_for(api, outcome)] == ["undo"]


async def test_what_is_gone_already_is_not_deleted_again(api: ApiUnderTest) -> None:
    outcome = outcome_row(1, sealer=api.sealer)
    await api.add(group_row(), outcome, action_row(outcome, "delete_message"))
    async with api.client() as client:
        await client.post(f"{ADDRESS}/feedback", json=SPAM)
    assert await asked_for(api, outcome) == []


async def test_feedback_is_taken_back_and_learned_anew(api: ApiUnderTest) -> None:
    await api.add(group_row(), outcome_row(1, sealer=api.sealer, state="kept"))
    async with api.client() as client:
        await client.post(f"{ADDRESS}/feedback", json=HAM)
        for _ in range(2):
            answer = await client.delete(f"{ADDRESS}/feedback")
            assert (answer.status_code, answer.json()["feedback"]) == (200, None)
    (feedback,) = await kept(api)
    assert feedback.taken_back_at is not None
    assert len(api.changed_feedback) == 3


async def test_of_a_purged_message_only_what_was_said_is_kept(api: ApiUnderTest) -> None:
    await api.add(group_row(), outcome_row(1, sealer=None, state="kept"))
    async with api.client() as client:
        shown = (await client.post(f"{ADDRESS}/feedback", json=SPAM)).json()
    (feedback,) = await kept(api)
    assert shown["feedback"] == "spam"
    assert feedback.features is feedback.sketch is None


async def test_what_was_said_stays_with_a_message_whose_second_round_takes_the_firsts_place(
    api: ApiUnderTest,
) -> None:
    first = outcome_row(1, sealer=api.sealer, state="review")
    await api.add(group_row(), first)
    second = outcome_row(1, sealer=api.sealer, state="review", round=2)
    async with api.client() as client:
        await client.post(f"{ADDRESS}/feedback", json=SPAM)
        async with api.ports.database.transaction() as session:
            await session.delete(await session.merge(first))
        await api.add(second)
        shown = (await client.get(ADDRESS)).json()
        assert (shown["trace_id"], shown["feedback"]) == (second.trace_id, "spam")
        taken_back = (await client.delete(f"{ADDRESS}/feedback")).json()
    assert taken_back["feedback"] is None
    assert len(await kept(api)) == 1


async def test_feedback_needs_an_outcome_in_scope_and_a_label_that_is_one(
    api: ApiUnderTest,
) -> None:
    await api.add(group_row(), outcome_row(1))
    async with api.client(subject="user:5") as stranger:
        refused = [
            await stranger.post(f"{ADDRESS}/feedback", json=SPAM),
            await stranger.delete(f"{ADDRESS}/feedback"),
        ]
    assert {answer.status_code for answer in refused} == {404}
    async with api.client() as client:
        malformed = [
            await client.post(f"{ADDRESS}/feedback", json=body)
            for body in ({"label": "maybe"}, {}, {"label": "spam", "note": "x"})
        ]
    assert {answer.status_code for answer in malformed} == {422}
    async with api.client(subject=None) as nobody:
        assert (await nobody.post(f"{ADDRESS}/feedback", json=SPAM)).status_code == 401
    assert await kept(api) == []
