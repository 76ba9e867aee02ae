"""Updates made round a bare text, and a sender who earned standing: for judging words that no Telegram sent.

In: a text, as a JSON string. Out: an update of one made-up sender in one made-up group, on one fixed day, so that the same text gets
the same verdict at any time.
"""

from enum import StrEnum

import msgspec

from chatwarden._engine import Engine

BOT_ID = 1
CHAT_ID = -1_000_000_000_001
UPDATE_ID = 1_000_000
SENDER_ID = 1_000_000
_DATE = 1_790_000_000
_DAY = 86_400
_MEMBER_MESSAGES = 30
_MEMBER_DAYS = 60


class Standing(StrEnum):
    """How well the sender of a text is known in its group."""

    NEWCOMER = "newcomer"
    MEMBER = "member"


def message_update(text: bytes, *, update_id: int = UPDATE_ID, date: int = _DATE) -> bytes:
    """An update with a message; `text` is a JSON string, spliced as it is."""
    return (
        b'{"update_id":%d,"message":{"message_id":%d,"date":%d,"text":%b,'
        b'"chat":{"id":%d,"type":"supergroup","title":"scan"},'
        b'"from":{"id":%d,"is_bot":false,"first_name":"A"}}}'
        % (update_id, update_id, date, text, CHAT_ID, SENDER_ID)
    )


def earn_standing(engine: Engine) -> None:
    """Let the sender of the texts have written harmless messages here for two months. The chat's settings have to be there."""
    spacing = _MEMBER_DAYS * _DAY // _MEMBER_MESSAGES
    for number in range(_MEMBER_MESSAGES):
        date = _DATE - _MEMBER_DAYS * _DAY + number * spacing
        text = msgspec.json.encode(f"Good morning, this is day {number}.")
        earlier = message_update(text, update_id=number + 1, date=date)
        engine.commit(engine.judge_batch(BOT_ID, [earlier]))
