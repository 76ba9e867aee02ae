"""What is left of an update that is copied to staging."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from chatwarden._engine import peek_update
from chatwarden.shadow.masking import Masking

BOT, STAGED = 4242424242, 42
MASKING = Masking(bytes(range(32)), bot_id=BOT, as_bot=STAGED)
REX = {"id": 700_100_200, "is_bot": False, "first_name": "Rex", "username": "rex_of_york"}


def message(text: str, **more: object) -> dict[str, object]:
    chat = {"id": -1001234567890, "type": "supergroup", "title": "Makers of York"}
    return {"message_id": 7, "date": 1_790_000_000, "chat": chat, "from": REX, "text": text} | more


def masked(message: dict[str, object]) -> dict[str, object]:
    raw = MASKING.update(json.dumps({"update_id": 5, "message": message}).encode())
    assert raw is not None
    update = json.loads(raw)
    assert update["update_id"] == 5
    assert isinstance(update["message"], dict)
    return update["message"]


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le"))


def test_no_name_id_or_word_of_a_person_is_left() -> None:
    text = "Call Rex at +44 7911 123456, rex_of_york or rex@york.example, https://t.me/rex_of_york"
    contact = {
        "phone_number": "+447911123456",
        "first_name": "Rex",
        "vcard": "FN:Rex",
        "user_id": 1,
    }
    place = {"latitude": 53.9583, "longitude": -1.0803}
    left = json.dumps(masked(message(text, contact=contact, location=place, never_seen={"x": 9})))

    for secret in ("rex", "york", "makers", "7911", "123456", "700100200", "1234567890", "53.9"):
        assert secret not in left.lower()


def test_what_signals_and_offsets_need_stays() -> None:
    entity = {"type": "url", "offset": 4, "length": 20}
    before = message("See https://t.me/+AbCdEf, Привет 𝐇ello!", entities=[entity])
    after = masked(before)

    text = str(after["text"])
    assert utf16(text) == utf16(str(before["text"]))
    assert re.fullmatch(r"[A-Z][a-z]{2} https://t\.me/\+[A-Za-z]{6}, [Ѐ-ӿ]{6} .[a-z]{4}!", text)
    assert (after["entities"], after["date"], after["message_id"]) == ([entity], 1_790_000_000, 7)
    chat, sender = after["chat"], after["from"]
    assert isinstance(chat, dict) and isinstance(sender, dict)
    assert chat["type"] == "supergroup" and chat["id"] < -(10**12)
    assert 2**51 <= sender["id"] < 2**52


def test_the_same_person_and_the_same_word_stay_the_same_and_others_differ() -> None:
    first, again = masked(message("@rex_of_york hello")), masked(message("HELLO @rex_of_york"))

    sender = first["from"]
    assert isinstance(sender, dict)
    assert first["from"] == again["from"]
    assert f"@{sender['username']}" == str(again["text"]).split()[1]
    assert str(first["text"]).split()[1].upper() == str(again["text"]).split()[0]
    assert MASKING.id(700_100_200) != MASKING.id(700_100_201)
    other = Masking(bytes(32), bot_id=BOT, as_bot=STAGED)
    assert other.id(700_100_200) != MASKING.id(700_100_200)
    assert other.text("hello") != MASKING.text("hello")


def test_telegrams_own_roles_stay_and_the_bot_becomes_stagings() -> None:
    assert [MASKING.id(n) for n in (777000, 1087968824, 136817688, BOT)] == [
        777000,
        1087968824,
        136817688,
        STAGED,
    ]


def test_a_chat_is_copied_wholly_or_not_at_all_and_about_as_many_as_asked_for() -> None:
    chats = [-(10**12) - n for n in range(2000)]
    chosen = {chat for chat in chats if MASKING.chosen(chat, share=0.1)}

    assert 140 < len(chosen) < 260
    assert all(MASKING.chosen(chat, share=0.5) for chat in chosen)
    assert not any(MASKING.chosen(chat, share=0.0) for chat in chats)
    assert all(MASKING.chosen(chat, share=1.0) for chat in chats)


def test_what_is_no_object_is_not_copied() -> None:
    assert [MASKING.update(raw) for raw in (b"", b"[]", b"{", b"7", b"\xff")] == [None] * 5


@given(st.text())
def test_any_text_keeps_its_length_in_utf16(text: str) -> None:
    assert utf16_lenient(MASKING.text(text)) == utf16_lenient(text)


def utf16_lenient(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass"))


def test_the_chat_of_a_masked_update_is_the_pseudonym_of_its_chat() -> None:
    raw = MASKING.update(json.dumps({"update_id": 5, "message": message("Hi")}).encode())
    assert raw is not None
    assert peek_update(raw) == (5, "message", MASKING.id(-1001234567890))
