"""What somebody who joins would be asked: the bot's own words, under a draft."""

from typing import Any

from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, group_row

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/gate/preview"


async def _preview(api: ApiUnderTest, **gate: Any) -> Any:
    async with api.client() as client:
        answer = await client.post(ADDRESS, json={"policy": {"gate": gate}})
    assert answer.status_code == 200
    return answer.json()


async def test_a_picture_is_asked_for_among_six_in_rows_of_three(api: ApiUnderTest) -> None:
    await api.add(group_row(title="Cats & <dogs>"))
    shown = await _preview(api, minutes=7)
    assert "Welcome to Cats & <dogs>." in shown["text"]
    assert "You have 7 minutes." in shown["text"]
    assert (len(shown["options"]), shown["in_a_row"]) == (6, 3)


async def test_the_own_question_is_asked_with_its_answers_in_another_order(
    api: ApiUnderTest,
) -> None:
    await api.add(group_row())
    answers = ["Rust", "Iron", "Tin", "Zinc"]
    shown = await _preview(api, by="question", question={"text": "What is it?", "answers": answers})
    assert "What is it?" in shown["text"]
    assert sorted(shown["options"]) == sorted(answers)
    assert shown["in_a_row"] == 1


async def test_it_is_asked_in_the_groups_language(api: ApiUnderTest) -> None:
    await api.add(group_row(language="es"))
    shown = await _preview(api, by="button")
    assert shown["language"] == "es"
    assert "Welcome" not in shown["text"]
    assert len(shown["options"]) == 1


async def test_what_the_engine_does_not_take_names_its_field(api: ApiUnderTest) -> None:
    await api.add(group_row())
    async with api.client() as client:
        answer = await client.post(ADDRESS, json={"policy": {"gate": {"minutes": 0}}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "gate.minutes"
