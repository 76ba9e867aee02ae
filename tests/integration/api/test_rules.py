"""A rule is tried before it counts: on a text, and on what the group's outcomes still hold."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, DAY, outcome_row
from tests.support.team import FOREIGN, OWN, USERS, fill

from chatwarden.storage.models import Feedback, Outcome

ADDRESS = f"/api/v1/groups/{BOT_ID}/{OWN}/rules/try"
RULE: dict[str, Any] = {
    "id": "tomato",
    "kind": "wildcard",
    "pattern": "tomato*",
    "verdict": {"message": "delete"},
}


async def _try(
    api: ApiUnderTest, *, text: str | None = None, status: int = 200, **changes: Any
) -> Any:
    async with api.client(subject=f"user:{USERS['viewer']}") as client:
        body = {"rule": {**RULE, **changes}, "text": text}
        answer = await client.post(ADDRESS, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def _said(update_id: int, label: str) -> Feedback:
    return Feedback(
        bot_id=BOT_ID,
        chat_id=OWN,
        update_id=update_id,
        message_date=DAY,
        label=label,
        given_by="user:70",
        source="admin",
        given_at=DAY,
        taken_back_at=None,
        features=None,
        sketch=None,
        picture=None,
    )


def _kept(api: ApiUnderTest, number: int, text: str, **more: Any) -> Outcome:
    values: dict[str, Any] = {"sender_id": number, "texts": [("text", text)]} | more
    return outcome_row(number, sealer=api.sealer, **values)


async def _messages(api: ApiUnderTest) -> None:
    await fill(api)
    await api.add(
        _kept(api, 300, "Cheap TOMATOES here"),
        _kept(api, 301, "My tomato seeds are up", message_verdict="review", state="review"),
        _kept(api, 302, "Tomatoes again", message_verdict="keep", state="kept"),
        _kept(api, 303, "Cucumbers only"),
        _kept(api, 304, "tomatoes next door", chat_id=FOREIGN),
        outcome_row(305, texts=[("text", "purged tomatoes")], sender_id=305),
        _said(301, "ham"),
        _said(300, "spam"),
    )


async def test_hits_are_counted_in_both_directions_with_examples(each_api: ApiUnderTest) -> None:
    await _messages(each_api)
    told = await _try(each_api)
    assert {name: told[name] for name in told if name.startswith(("hits", "were", "called"))} == {
        "hits": 3,
        "were_deleted": 1,
        "were_not_deleted": 2,
        "called_spam": 1,
        "called_ham": 1,
    }
    assert [one["trace_id"] for one in told["examples"]] == [
        f"{BOT_ID}-{number}-1" for number in (302, 301, 300)
    ]
    assert told["examples"][1]["text"] == "My tomato seeds are up"
    assert (told["looked_at"], told["is_complete"], told["on_text"]) == (6, True, None)


async def test_a_text_shows_the_words_that_are_met(api: ApiUnderTest) -> None:
    await fill(api)
    told = await _try(api, text="Ripe 🍅 TOMATOES now", enabled=False, expires_at=5)
    assert told["on_text"] == {
        "is_hit": True,
        "spans": [{"place": "text", "offset": 8, "length": 8}],
    }
    assert (await _try(api, text="No such thing"))["on_text"]["is_hit"] is False


async def test_a_hidden_link_and_a_name_are_met_where_the_rule_looks(api: ApiUnderTest) -> None:
    await fill(api)
    texts = [("text", "🍅 read this"), ("link_target:0", "https://shop.rosegarden.example/x")]
    await api.add(_kept(api, 310, "", texts=texts, sender_name="Win Big Daily"))
    link: dict[str, Any] = {"kind": "literal", "pattern": "rosegarden.example"}
    assert (await _try(api, **link, places=["links"]))["hits"] == 1
    assert (await _try(api, **link, places=["own"]))["hits"] == 0
    assert (await _try(api, kind="literal", pattern="win big", places=["names"]))["hits"] == 1


async def test_a_rule_for_newcomers_spares_whoever_was_known(api: ApiUnderTest) -> None:
    await _messages(api)
    known = _kept(api, 311, "Tomatoes of a member")
    known.verdict = known.verdict | {"context": {"messages_here": 12, "days_here": 3}}
    await api.add(known)
    assert (await _try(api))["hits"] == 4
    assert (await _try(api, applies_to="newcomers"))["hits"] == 3


async def test_more_than_one_try_may_look_at_says_so(
    api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(api)
    await api.add(
        *(_kept(api, n, "tomato", date=DAY + timedelta(days=1, seconds=n)) for n in range(320, 350))
    )
    monkeypatch.setattr("chatwarden.api.rules.service.MOST_LOOKED_AT", 25)
    told = await _try(api)
    assert (told["looked_at"], told["hits"], told["is_complete"]) == (25, 25, False)
    assert len(told["examples"]) == 20


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "regex", "pattern": "(a"}, "rule.pattern"),
        ({"pattern": "a"}, "rule.pattern"),
        ({"id": "no spaces"}, "rule.id"),
        ({"kind": "x"}, "rule.kind"),
        ({"places": []}, "rule.places"),
        ({"verdict": {"message": "keep", "sender": "ban"}}, "rule.verdict.sender"),
        ({"expires_at": "soon"}, "rule.expires_at"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field(
    api: ApiUnderTest, changes: dict[str, Any], field: str
) -> None:
    await fill(api)
    problem = await _try(api, **changes, status=422)
    assert problem["code"] == "policy_invalid"
    assert problem["errors"][0]["field"] == field
