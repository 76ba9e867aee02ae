"""Message entities: offsets and lengths are UTF-16 code units (Bot API, MessageEntity).

In: a text. Out: the entities Telegram would find in it by itself, or those of Telegram's HTML
markup.
"""

import re
from html.parser import HTMLParser
from typing import Any

from chatwarden.simulator.errors import bad_request

Entity = dict[str, Any]

_TOP_LEVEL = (
    "com|org|net|io|me|dev|app|info|example|test|invalid|pt|es|ru|tr|id|ir|cn|uk|de"
    "|xyz|top|site|shop|club|live|vip"
)
"""Telegram knows all of them; these are enough here."""
_HINT = re.compile(r"[/@#$.:]")
_FOUND = re.compile(
    rf"""
    (?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
  | (?P<url>(?:https?://|tg://)[^\s<>"]+
        | (?<![\w@.])(?:[\w-]+\.)+(?:{_TOP_LEVEL})\b(?:[/?\#][^\s<>"]*)?)
  | (?P<mention>(?<!\w)@[A-Za-z]\w{{2,31}})
  | (?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{{1,64}}(?:@\w+)?)
  | (?P<hashtag>(?<!\w)\#\w*[^\W\d]\w*)
  | (?P<cashtag>(?<!\w)\$[A-Z]{{1,8}}\b)
    """,
    re.VERBOSE,
)
_TRAILING = ".,;:!?)('\""


def utf16_length(text: str) -> int:
    """Length of the text in UTF-16 code units; an orphan surrogate counts as one."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def entity(text: str, part: str, kind: str, **fields: Any) -> Entity:
    """The entity of `kind` over the first occurrence of `part` in `text`. Raises ValueError if it
    is not there."""
    at = text.index(part)
    return {"type": kind, "offset": utf16_length(text[:at]), "length": utf16_length(part), **fields}


def detect(text: str) -> list[Entity]:
    """What Telegram marks by itself: links, e-mail addresses, mentions, commands, hash and cash
    tags."""
    if _HINT.search(text) is None:
        return []
    found: list[Entity] = []
    for match in _FOUND.finditer(text):
        kind = match.lastgroup or "url"
        part = match.group().rstrip(_TRAILING) if kind == "url" else match.group()
        start = utf16_length(text[: match.start()])
        found.append({"type": kind, "offset": start, "length": utf16_length(part)})
    return found


def parse_html(markup: str) -> tuple[str, list[Entity]]:
    """Text and entities of Telegram's HTML style. Raises ApiError 400 for a tag Telegram does not
    know."""
    parser = _Html()
    parser.feed(markup)
    parser.close()
    if parser.open:
        raise bad_request(
            "can't parse entities: Can't find end tag corresponding to start tag "
            f'"{parser.open[-1][0]}"'
        )
    return "".join(parser.parts), parser.entities


_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.entities: list[Entity] = []
        self.open: list[tuple[str, Entity]] = []
        self._length = 0

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        self._length += utf16_length(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = _TAGS.get(tag)
        if kind is None:
            raise bad_request(f'can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append((tag, _with_target({"type": kind, "offset": self._length}, dict(attrs))))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise bad_request(f'can\'t parse entities: Unexpected end tag "{tag}"')
        _, found = self.open.pop()
        found["length"] = self._length - found["offset"]
        if found["length"]:
            self.entities.append(found)
            self.entities.sort(key=lambda one: (one["offset"], -one["length"]))


def _with_target(found: Entity, attributes: dict[str, str | None]) -> Entity:
    href = attributes.get("href") or ""
    if found["type"] == "text_link":
        if href.startswith("tg://user?id="):
            return {**found, "type": "text_mention", "user_id": int(href.rpartition("=")[2])}
        return {**found, "url": href}
    if found["type"] == "custom_emoji":
        return {**found, "custom_emoji_id": attributes.get("emoji-id") or ""}
    if found["type"] == "blockquote" and "expandable" in attributes:
        return {**found, "type": "expandable_blockquote"}
    return found
