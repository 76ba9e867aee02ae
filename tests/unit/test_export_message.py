"""What becomes of an exported message: an update as a bot would have got it."""

import json
from typing import Any

import pytest

from chatwarden._engine import Engine
from chatwarden.message_files.export_message import ExportChat, read_chat, read_message
from tests.support.exports import DATE, chat, exported

MAKERS = ExportChat(id=-1_000_000_000_077, title="Makers")


def message(raw: dict[str, Any]) -> dict[str, Any]:
    update = read_message(json.dumps(raw).encode(), MAKERS, update_id=3)
    assert update is not None
    judged = Engine().judge_batch(1, [json.dumps(update).encode()]).items[0]
    assert judged.status == "judged", judged.error
    found: dict[str, Any] = update["message"]
    return found


def test_a_message_keeps_its_ids_its_sender_and_its_dates() -> None:
    found = message(exported(9, "hello", edited_unixtime=str(DATE + 20), reply_to_message_id=4))

    assert (found["message_id"], found["date"], found["edit_date"]) == (9, DATE + 9, DATE + 20)
    assert found["from"] == {"id": 5, "is_bot": False, "first_name": "Rex"}
    assert found["chat"] == {"id": MAKERS.id, "type": "supergroup", "title": "Makers"}
    assert found["reply_to_message"]["message_id"] == 4


def test_entities_are_counted_in_utf16_code_units() -> None:
    pieces = [
        "😀 see ",
        {"type": "text_link", "text": "the 𝕤ite", "href": "https://scam.example/x"},
        {"type": "plain", "text": " or "},
        {"type": "mention", "text": "@rex_makes"},
        {"type": "custom_emoji", "text": "🔥", "document_id": "stickers/fire.tgs"},
        {"type": "bank_card", "text": "4000"},
        {"type": "mention_name", "text": "Ana", "user_id": 6},
    ]
    found = message(exported(1, pieces))
    units = found["text"].encode("utf-16-le")

    assert found["text"] == "😀 see the 𝕤ite or @rex_makes🔥4000Ana"
    assert [entity["type"] for entity in found["entities"]] == [
        "text_link",
        "mention",
        "custom_emoji",
        "text_mention",
    ]
    shown = [
        units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in found["entities"]
    ]
    assert shown == ["the 𝕤ite", "@rex_makes", "🔥", "Ana"]
    assert found["entities"][0]["url"] == "https://scam.example/x"
    assert found["entities"][3]["user"]["id"] == 6


def test_text_beside_media_is_its_caption() -> None:
    found = message(exported(1, ["buy ", {"type": "bold", "text": "now"}], photo="photos/1.jpg"))

    assert found["caption"] == "buy now"
    assert found["caption_entities"] == [{"type": "bold", "offset": 4, "length": 3}]
    assert "text" not in found
    assert len(found["photo"]) == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"media_type": "sticker", "file": "s.webp", "sticker_emoji": "🔥"}, "sticker"),
        ({"media_type": "video_message", "file": "v.mp4"}, "video_note"),
        ({"media_type": "voice_message", "file": "v.ogg"}, "voice"),
        ({"media_type": "animation", "file": "a.mp4"}, "animation"),
        ({"media_type": "video_file", "file": "a.mp4"}, "video"),
        ({"media_type": "audio_file", "file": "a.mp3", "performer": "P", "title": "T"}, "audio"),
        ({"file": "a.pdf", "file_name": "offer.pdf"}, "document"),
        ({"contact_information": {"phone_number": "1", "first_name": "A"}}, "contact"),
        ({"poll": {"question": "Which?", "answers": [{"text": "A"}, {"text": "B"}]}}, "poll"),
        ({"location_information": {"latitude": 1.5, "longitude": 2.5}}, "location"),
        (
            {"location_information": {"latitude": 1.5, "longitude": 2.5}, "place_name": "Casino"},
            "venue",
        ),
        ({"game_title": "Luck", "game_description": "win"}, "game"),
    ],
)
def test_media_become_their_field(more: dict[str, Any], field: str) -> None:
    assert field in message(exported(1, "", **more))


def test_words_of_media_are_kept() -> None:
    poll = {"question": "Earn?", "answers": [{"text": "yes"}, {"text": "t.me/+x"}]}
    found = message(exported(1, "", poll=poll))["poll"]
    assert (found["question"], [one["text"] for one in found["options"]]) == (
        "Earn?",
        ["yes", "t.me/+x"],
    )
    audio = {"media_type": "audio_file", "file": "x", "performer": "@earn", "title": "song"}
    assert message(exported(1, "", **audio))["audio"]["performer"] == "@earn"


def test_forwards_keep_what_is_known_of_their_origin() -> None:
    hidden = message(exported(1, forwarded_from="News"))["forward_origin"]
    channel = message(exported(1, forwarded_from="News", forwarded_from_id="channel9"))
    person = message(exported(1, forwarded_from="Ana", forwarded_from_id="user9"))

    assert (hidden["type"], hidden["sender_user_name"]) == ("hidden_user", "News")
    assert channel["forward_origin"]["chat"]["id"] == -1_000_000_000_009
    assert person["forward_origin"]["sender_user"]["id"] == 9


def test_channels_and_the_group_itself_speak_as_such() -> None:
    channel = message(exported(1, sender="channel9"))
    itself = message(exported(1, sender="channel77"))
    nobody = message(exported(1) | {"from_id": None})

    assert (channel["from"]["id"], channel["sender_chat"]["id"]) == (136817688, -1_000_000_000_009)
    assert itself["sender_chat"]["id"] == nobody["sender_chat"]["id"] == MAKERS.id


def test_inline_bots_and_buttons_are_kept() -> None:
    buttons = [
        [
            {"type": "url", "text": "Go", "data": "https://t.me/+x"},
            {"type": "callback", "text": "C"},
        ]
    ]
    found = message(exported(1, via_bot="@giftbot", inline_bot_buttons=buttons))

    assert found["via_bot"]["username"] == "giftbot"
    assert found["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://t.me/+x"


def test_old_exports_have_a_date_of_another_form_and_bare_ids() -> None:
    old = exported(1, sender="user5") | {"date_unixtime": None, "from_id": 5}
    found = message(old)

    assert found["date"] > 1_700_000_000
    assert found["from"]["id"] == 5


def test_service_messages_are_left_out() -> None:
    raw = {"id": 1, "type": "service", "date": "x", "action": "invite_members", "text": ""}
    assert read_message(json.dumps(raw).encode(), MAKERS, update_id=1) is None


def test_half_a_surrogate_pair_is_read_over() -> None:
    raw = json.dumps(exported(1, "x")).replace('"x"', r'"\ud83d alone"').encode()
    assert read_message(raw, MAKERS, update_id=1) is not None


@pytest.mark.parametrize(
    "raw",
    [
        b"oops",
        b"[]",
        b"{}",
        b'{"id":"one","type":"message","date_unixtime":"1"}',
        b'{"id":1,"type":"message","date_unixtime":"soon"}',
        b'{"id":1,"type":"message","date":"yesterday"}',
        b'{"id":1,"type":"message","date_unixtime":"1","text":7}',
        b"\xff",
    ],
)
def test_what_is_no_message_says_why_without_a_word_of_it(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        read_message(raw, MAKERS, update_id=1)
    assert "yesterday" not in str(refused.value)


def test_a_chat_is_known_by_its_fields_or_not_at_all() -> None:
    assert read_chat(json.dumps(chat(name="Makers")).encode()) == MAKERS
    assert read_chat(b'{"id":5,"type":"private_group","name":null}').id == -5
    assert read_chat(b"broken").title == "Export"
