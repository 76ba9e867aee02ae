"""Every field of the Bot API's types that holds words is read by the engine, or is named here with the reason why not.

The types are aiogram's, which follow the Bot API: a new field fails this test until somebody decides.
"""

import inspect
import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, get_args, get_origin

import pytest
from aiogram import types
from aiogram.types.base import TelegramObject

from chatwarden._engine import Engine

BOT_ID = 7
INVITE = "https://t.me/+AbCdEfGhIjKl"
"""As a text or an address it sets off a signal wherever it is read as the sender's own."""

NOT_ENTERED = {
    "Message": "another message, judged when it came",
    "InaccessibleMessage": "another message, judged when it came",
    "ExternalReplyInfo": "quoted; see the test below",
    "RichMessage": "read at any depth; see the test below",
    "InlineKeyboardMarkup": "buttons; see the test below",
    "PollMedia": "read at any depth; see the test below",
    "Chat": "a name; see the test below",
    "User": "a name; see the test below",
    "Story": "a story's content is not visible to bots",
    "PaidMediaInfo": "behind a paywall: nobody reads its name",
    "PassportData": "in private chats only",
    "ChatBackground": "of admins",
}

WORDLESS = {
    # Numbers and names for machines, whatever they are part of.
    "*.file_id *.file_path *.file_unique_id *.big_file_* *.small_file_* *.mime_type *.codec": "a file's id or kind",
    "*_emoji_id *.emoji *.dice.emoji *.reaction*": "an emoji, not words",
    "*.type *.style *.align *.valign *.language *.language_code *.date_time_format *.point": "a kind",
    "*currency *.country_codes *.state *.rarity *.origin": "a code",
    "*.id *_id *.persistent_id *.set_name *.start_parameter *.invoice_payload": "an id",
    "*.google_place_* *.foursquare_*": "an id of a map",
    "*.contact.phone_number": "a contact's number; contact_carrier sees the contact",
    "author_signature forward_origin.author_signature": "of channels and anonymous admins",
    "forward_origin.sender_user_name": "shown, never read as the sender's words",
    "forward_sender_name forward_signature": "an older way to tell forward_origin",
    "game.animation.*": "a game's own picture",
    "web_app_data.button_text": "the label of the sender's own keyboard",
    "new_chat_title connected_website write_access_allowed.*": "of admins, or in private chats only",
    "community_*": "of admins",
    "users_shared.* chat_shared.* successful_payment.* refunded_payment.*": "in private chats only",
    "suggested_post_*": "in channels' own chats only",
    "unique_gift.gift.*": "the gift's own name, Telegram's",
    "poll_option_deleted.*": "what was there before",
}


def fields(
    kind: type[TelegramObject], path: tuple[str, ...] = (), seen: frozenset[type] = frozenset()
) -> Iterator[tuple[str, ...]]:
    """Paths of the strings in an object of this kind; lists end in []. A kind is entered once on a path."""
    for name, field in kind.model_fields.items():
        for part, suffix in leaves(field.annotation):
            here = (*path, (field.alias or name) + suffix)
            if part is str:
                yield here
            elif is_entered(part) and part not in seen:
                yield from fields(part, here, seen | {kind, part})


def is_entered(part: Any) -> bool:
    is_object = inspect.isclass(part) and issubclass(part, TelegramObject)
    return is_object and part.__name__ not in NOT_ENTERED


def leaves(annotation: Any, suffix: str = "") -> Iterator[tuple[Any, str]]:
    annotation = getattr(annotation, "__value__", annotation)
    if get_origin(annotation) is list:
        suffix += "[]"
    if get_args(annotation):
        for part in get_args(annotation):
            if not isinstance(part, str):
                yield from leaves(part, suffix)
    else:
        yield annotation, suffix


def plain(path: tuple[str, ...]) -> str:
    return ".".join(part.replace("[]", "") for part in path)


def reason_for(name: str) -> str | None:
    for patterns, reason in WORDLESS.items():
        if any(fnmatchcase(name, one) or fnmatchcase(f".{name}", one) for one in patterns.split()):
            return reason
    return None


def nested(path: tuple[str, ...], value: object) -> dict[str, Any]:
    """A JSON object with one string in it; beside entities stands the text they belong to."""
    head, *rest = path
    name = head.replace("[]", "")
    inner: Any = nested(tuple(rest), value) if rest else value
    for _ in range(head.count("[]")):
        inner = [inner]
    found = {name: inner}
    if name.endswith("entities") and rest:
        words = name.removesuffix("entities").removesuffix("_") or "text"
        inner[0] |= {"type": "text_link", "offset": 0, "length": 2}
        found |= {words: "see here"}
    return found


def reads(message: dict[str, Any]) -> bool:
    """Whether the engine sees the invite somewhere in a message."""
    body = {
        "message_id": 5,
        "date": 1_780_000_000,
        "chat": {"id": -1_001_234_567_890, "type": "supergroup", "title": "Gardeners"},
        "from": {"id": 42, "is_bot": False, "first_name": "Robin"},
        **message,
    }
    update = json.dumps({"update_id": 1, "message": body}).encode()
    (item,) = Engine().judge_batch(BOT_ID, [update]).items
    if item.verdict is None:
        return False
    signals = {part["signal"] for part in json.loads(item.verdict)["contributions"]}
    return bool(signals & {"invite_link", "advert_in_name", "outside_quote"})


BESIDE: dict[str, dict[str, Any]] = {
    "sender_tag": {"text": "hello"},
    "link_preview_options": {"text": "hello"},
    "quote": {"text": "hello", "external_reply": {"chat": {"id": -100_777, "type": "channel"}}},
}
"""What stands beside a field that never stands alone."""

PATHS = {plain(path): path for path in fields(types.Message)}
WITH_WORDS = sorted(name for name in PATHS if reason_for(name) is None)


@pytest.mark.parametrize("name", WITH_WORDS)
def test_a_field_with_words_is_read(name: str) -> None:
    message = nested(PATHS[name], INVITE) | BESIDE.get(name.partition(".")[0], {})
    assert reads(message), f"{name} is not read, nor named as wordless"


def test_the_list_of_fields_is_no_empty_one() -> None:
    assert {"text", "caption", "poll.question", "checklist.tasks.text", "sender_tag"} <= set(
        WITH_WORDS
    )


def test_every_reason_is_still_needed() -> None:
    used = {reason_for(name) for name in PATHS}
    assert set(WORDLESS.values()) - used == set()


@pytest.mark.parametrize(
    "sender",
    [
        {"from": {"id": 42, "first_name": INVITE}},
        {"from": {"id": 42, "first_name": "Robin", "last_name": INVITE}},
        {"sender_chat": {"id": -9, "type": "channel", "title": INVITE}},
        {"guest_bot_caller_user": {"id": 9, "first_name": INVITE}},
        {"guest_bot_caller_chat": {"id": -9, "type": "channel", "title": INVITE}},
    ],
)
def test_the_senders_name_is_read_whoever_it_is(sender: dict[str, Any]) -> None:
    assert reads({"text": "hello", **sender})


@pytest.mark.parametrize(
    "button",
    [
        {"text": INVITE},
        {"text": "Go", "url": INVITE},
        {"text": "Go", "web_app": {"url": INVITE}},
        {"text": "Go", "login_url": {"url": INVITE}},
        {"text": "Go", "copy_text": {"text": INVITE}},
    ],
)
def test_buttons_are_read(button: dict[str, Any]) -> None:
    assert reads({"text": "hello", "reply_markup": {"inline_keyboard": [[button]]}})


@pytest.mark.parametrize(
    "fragment",
    [
        {"type": "paragraph", "text": INVITE},
        {"type": "paragraph", "text": ["see ", {"type": "bold", "text": INVITE}]},
        {"type": "paragraph", "text": {"type": "url", "text": "here", "url": INVITE}},
        {"type": "details", "summary": INVITE, "blocks": []},
        {
            "type": "list",
            "items": [{"label": "1", "blocks": [{"type": "paragraph", "text": INVITE}]}],
        },
        {"type": "table", "cells": [[{"text": INVITE}]]},
        {"type": "table", "cells": [[]], "caption": INVITE},
        {"type": "pull_quotation", "text": "so", "credit": INVITE},
        {"type": "photo", "photo": [], "caption": {"text": INVITE}},
        {"type": "mathematical_expression", "expression": INVITE},
        {"type": "document", "document": {"file_id": "x", "file_name": INVITE}},
        {"type": "buttons", "buttons": [[{"text": "Go", "url": INVITE}]]},
        {"type": "buttons", "buttons": [[{"text": {"type": "bold", "text": INVITE}}]]},
        {"type": "collage", "blocks": [{"type": "audio", "audio": {"title": INVITE}}]},
    ],
    ids=str,
)
def test_rich_messages_are_read_at_any_depth(fragment: dict[str, Any]) -> None:
    assert reads({"rich_message": {"blocks": [fragment]}})


@pytest.mark.parametrize("at", ["media", "explanation_media", "options"])
@pytest.mark.parametrize(
    "media",
    [{"link": {"url": INVITE}}, {"venue": {"title": INVITE}}, {"document": {"file_name": INVITE}}],
    ids=str,
)
def test_what_is_attached_to_a_poll_is_read(at: str, media: dict[str, Any]) -> None:
    attached: Any = [{"text": "yes", "media": media}] if at == "options" else media
    assert reads({"poll": {"question": "Roses?", at: attached}})


@pytest.mark.parametrize(
    "carried",
    [
        {"poll": {"question": INVITE}},
        {"checklist": {"title": "Today", "tasks": [{"id": 1, "text": INVITE}]}},
        {"contact": {"first_name": INVITE}},
        {"venue": {"title": "Roses", "address": INVITE}},
        {"document": {"file_name": INVITE}},
        {"giveaway": {"prize_description": INVITE}},
        {"game": {"title": INVITE}},
        {"invoice": {"title": INVITE}},
        {"link_preview_options": {"url": INVITE}},
    ],
    ids=str,
)
def test_what_an_outside_message_carries_is_read_as_quoted(carried: dict[str, Any]) -> None:
    outside = {"chat": {"id": -100_777, "type": "channel"}, **carried}
    assert reads({"text": "what is this?", "external_reply": outside})
    inside = {"chat": {"id": -1_001_234_567_890, "type": "supergroup"}, **carried}
    assert not reads({"text": "what is this?", "external_reply": inside})
