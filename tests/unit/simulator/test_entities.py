import pytest

from chatwarden.simulator.entities import detect, entity, parse_html, utf16_length
from chatwarden.simulator.errors import ApiError


def covered(text: str, found: dict[str, int]) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    start = found["offset"] * 2
    return units[start : start + found["length"] * 2].decode("utf-16-le", "surrogatepass")


def test_offsets_count_utf16_units_after_emoji() -> None:
    text = "😀😀 see https://makers.example/plan."
    (found,) = detect(text)
    assert found["type"] == "url"
    assert found["offset"] == 9
    assert covered(text, found) == "https://makers.example/plan"


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("ask @maria_makes now", "mention", "@maria_makes"),
        ("/spam@warden_bot please", "bot_command", "/spam@warden_bot"),
        ("love #soldering", "hashtag", "#soldering"),
        ("buy $TOKN", "cashtag", "$TOKN"),
        ("write to ana@makers.example", "email", "ana@makers.example"),
        ("join t.me/+abc", "url", "t.me/+abc"),
    ],
)
def test_telegram_marks_by_itself(text: str, kind: str, part: str) -> None:
    (found,) = detect(text)
    assert (found["type"], covered(text, found)) == (kind, part)


def test_an_ordinary_sentence_has_no_entities() -> None:
    assert detect("Well. That was 3/4 of it: 50$ gone...") == []


def test_an_orphan_surrogate_counts_as_one_unit() -> None:
    assert utf16_length("a\ud83d b") == 4


def test_html_becomes_text_and_entities() -> None:
    text, found = parse_html('<b>Deleted</b> 😀 <a href="https://x.example">why</a> &lt;3')
    assert text == "Deleted 😀 why <3"
    assert [one["type"] for one in found] == ["bold", "text_link"]
    assert covered(text, found[1]) == "why"
    assert found[1]["url"] == "https://x.example"


@pytest.mark.parametrize("markup", ["<h1>x</h1>", "<b>x", "x</b>"])
def test_html_telegram_does_not_know_is_refused(markup: str) -> None:
    with pytest.raises(ApiError, match="can't parse entities"):
        parse_html(markup)


def test_an_entity_is_placed_over_its_part() -> None:
    found = entity("👋 look here", "here", "text_link", url="https://x.example")
    assert found == {"type": "text_link", "offset": 8, "length": 4, "url": "https://x.example"}
