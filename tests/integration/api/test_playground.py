"""The playground: any text or update under any policy of a group; nothing comes of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.api import ApiUnderTest, api_over
from tests.support.labelled_messages import labelled_lines
from tests.support.rows import BOT_ID, CHAT_ID, group_row

from chatwarden._engine import Engine, signals, train_text_model
from chatwarden.api.playground import service
from chatwarden.api.playground.schemas import PlaygroundTry
from chatwarden.errors import RequestInvalid
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.policies.checking import check
from chatwarden.text_model import new_engine

ADDRESS = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/playground"
SPAM = "Earn $500 a day from home, no experience, write me in private @easy_cash_now"
RULE: dict[str, Any] = {
    "id": "tulips",
    "kind": "literal",
    "pattern": "tulips",
    "verdict": {"message": "delete"},
}
CATALOGUE = Catalogue.read(signals())


def _update(text: str, **changes: Any) -> dict[str, Any]:
    message = {
        "message_id": 5,
        "date": 1_790_000_000,
        "chat": {"id": -100777, "type": "supergroup", "title": "Elsewhere"},
        "from": {"id": 5, "is_bot": False, "first_name": "A"},
        "text": text,
    }
    return {"update_id": 9, "message": message | changes}


@pytest.fixture
async def api(each_api: ApiUnderTest) -> ApiUnderTest:
    """Over each of the two databases."""
    await each_api.add(group_row())
    return each_api


async def _try(api: ApiUnderTest, body: Any, *, status: int = 200) -> Any:
    async with api.client() as client:
        answer = await client.post(ADDRESS, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_text_gets_a_verdict_whose_contributions_add_up_and_mark_its_words(
    api: ApiUnderTest,
) -> None:
    shown = await _try(api, {"text": SPAM})
    assert shown["message"] == "delete"
    assert shown["probability"] >= 600
    parts = sum(one["contribution"] for one in shown["contributions"])
    assert shown["bias"] + parts == shown["score"]
    texts = {one["place"]: one["text"] for one in shown["texts"]}
    assert texts["text"] == SPAM
    spans = [span for one in shown["contributions"] for span in one["spans"]]
    assert spans
    for span in spans:
        assert span["offset"] + span["length"] <= len(texts[span["place"]])


async def test_a_member_is_trusted_with_what_a_newcomer_is_not(api: ApiUnderTest) -> None:
    newcomer = await _try(api, {"text": SPAM, "standing": "newcomer"})
    member = await _try(api, {"text": SPAM, "standing": "member"})
    assert member["score"] < newcomer["score"]
    assert "trust" in {one["kind"] for one in member["contributions"]}


async def test_the_policy_at_hand_counts_and_the_groups_own_without_one(api: ApiUnderTest) -> None:
    text = {"text": "Who has tulips to give away?"}
    assert (await _try(api, text))["message"] == "keep"
    ruled = await _try(api, text | {"policy": {"rules": [RULE], "preset": "strict"}})
    assert ruled["message"] == "delete"
    assert [bar["probability"] for bar in ruled["bars"]] == [350, 550, 700, 840, 920]
    async with api.client() as client:
        address = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}/policy"
        body = {"policy": {"rules": [RULE]}}
        await client.put(address, json=body, headers={"If-Match": "*"})
    assert (await _try(api, text))["message"] == "delete"


async def test_an_update_is_judged_whatever_its_chat(api: ApiUnderTest) -> None:
    policy = {"rules": [RULE]}
    shown = await _try(api, {"update": _update("Tulips here"), "policy": policy})
    assert (shown["event"], shown["message"]) == ("message", "delete")


async def test_nothing_is_stored_and_a_try_teaches_the_next_nothing(api: ApiUnderTest) -> None:
    tries = [await _try(api, {"text": SPAM}) for _ in range(4)]
    assert tries == tries[:1] * 4
    async with api.client() as client:
        assert (await client.get("/api/v1/outcomes")).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"text": "a", "update": {}}, ""),
        ({"text": ""}, "text"),
        ({"text": "a" * 16_385}, "text"),
        ({"text": "a", "standing": "king"}, "standing"),
        ({"update": {}}, "update"),
        ({"update": {"update_id": 1}}, "update"),
        ({"text": "a", "policy": {"mute_days": -1}}, "mute_days"),
    ],
)
async def test_what_cannot_be_tried_is_refused_by_field(
    sqlite_url: str, body: dict[str, Any], field: str
) -> None:
    async with api_over(sqlite_url) as api:
        await api.add(group_row())
        problem = await _try(api, body, status=422)
    assert any(field in one["field"] for one in problem["errors"]), problem


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    update=st.dictionaries(
        st.sampled_from(["update_id", "message", "edited_message", "chat_member", "x"]), _JSON
    )
    | st.builds(_update, st.text(), chat=_JSON)
    | st.builds(_update, st.text())
)
def test_whatever_is_pasted_gets_a_verdict_or_a_refusal(update: dict[str, Any]) -> None:
    policy = check({})
    try:
        shown = service.judge(PlaygroundTry(update=update), policy, CATALOGUE, Engine)
    except RequestInvalid as refused:
        assert [one.field for one in refused.errors] == ["update"]
    else:
        assert shown.bias + sum(one.contribution for one in shown.contributions) == shown.score
        json.loads(shown.model_dump_json())


def test_the_deployments_own_text_model_judges_here_too(tmp_path: Path) -> None:
    sources = [(f"source_{number}", labelled_lines(number).encode()) for number in range(3)]
    file = tmp_path / "own.model"
    file.write_bytes(train_text_model(sources, set(), set(), 7))
    rows = [json.loads(line) for line in labelled_lines(0).splitlines()]

    def scores(model: Path | None) -> list[int]:
        return [
            service.judge(
                PlaygroundTry(text=row["text"]), check({}), CATALOGUE, lambda: new_engine(model)
            ).score
            for row in rows
        ]

    assert scores(file) != scores(None)
