"""What the bot says, in every language that it offers."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

from chatwarden.bot import words
from chatwarden.bot.words import ENGLISH, LANGUAGES, Html, known_language, plain, say

LOCALES = Path(words.__file__).parent.parent / "locales"
TRANSLATED = sorted(set(LANGUAGES) - {"en"})


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(f"/{tag}")


def tags(text: str) -> list[str]:
    parser = Tags()
    parser.feed(text)
    return sorted(parser.seen)


def read(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((LOCALES / f"{language}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_knows_no_text_that_english_lacks(language: str) -> None:
    assert set(read(language)) <= set(ENGLISH)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_lacks_only_what_needs_none(language: str) -> None:
    lacking = set(ENGLISH) - set(read(language))
    for key in lacking:
        rest = re.sub(r"<[^>]+>|\{\w+\}", "", ENGLISH[key])
        assert not any(letter.isalpha() for letter in rest), key


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_values_and_the_marks_of_the_english(language: str) -> None:
    for key, text in read(language).items():
        assert fields(text) == fields(ENGLISH[key]), key
        assert tags(text) == tags(ENGLISH[key]), key


@pytest.mark.parametrize("language", TRANSLATED)
def test_commands_and_buttons_fit_into_telegrams_limits(language: str) -> None:
    for key, text in read(language).items():
        if key.startswith("command."):
            assert 1 <= len(text) <= 256, key
        if key.startswith(("command.", "button.")):
            assert "<" not in text, key


def test_values_are_escaped_unless_they_are_html() -> None:
    shown = say("en", "spam.done", who="<b>Eve</b>")
    assert "&lt;b&gt;Eve&lt;/b&gt;" in shown
    assert "<b>Eve</b>" in say("en", "spam.done", who=Html("<b>Eve</b>"))


def test_a_language_is_known_by_its_code_and_english_stands_in() -> None:
    assert known_language("pt-BR") == "pt"
    assert known_language("tlh") == "en"
    assert plain("es", "undo.done") == "Deshecho."
    assert say("es", "card.text", text="a") == say("en", "card.text", text="a")
    with pytest.raises(KeyError):
        say("en", "no.such.text")
