"""Updates without the people in them: pseudonyms for ids, other letters for words.

In: an update's bytes. Out: an update of the same form. Whatever is not known to be harmless is replaced, so that a field that Telegram
adds tomorrow is, too. The same id, and the same word, gets the same pseudonym wherever it stands; lengths in UTF-16, scripts, capitals,
punctuation and links' form stay, so that offsets still fit and most signals still work. Who has no key cannot turn it back.
"""

import hashlib
import re
import unicodedata
from functools import cache
from typing import Any

import msgspec

from chatwarden.storage.sealing import derive_key

_PLAIN_NUMBERS = frozenset(
    [
        "update_id",
        "message_id",
        "message_thread_id",
        "forward_from_message_id",
        "date",
        "edit_date",
        "forward_date",
        "until_date",
        "expire_date",
        "offset",
        "length",
        "position",
        "width",
        "height",
        "duration",
        "file_size",
        "total_count",
        "voter_count",
        "message_auto_delete_time",
    ]
)
_PLAIN_WORDS = frozenset({"type", "status", "language_code"})
_PLAIN_IN_TEXTS = frozenset(
    ["http", "https", "www", "tg", "t", "me", "telegram", "joinchat", "org", "com", "net"]
)
_ROLES_OF_TELEGRAM = frozenset({777000, 1087968824, 136817688})
"""Telegram itself, anonymous admins, and who writes as a channel: nobody's ids."""
_LEAST_SUPERGROUP = 10**12
_WORD = re.compile(r"[^\W_]+")
_BLOCK = 32


class Masking:
    """One deployment's pseudonyms."""

    def __init__(self, key: bytes, *, bot_id: int, as_bot: int) -> None:
        """`bot_id`: who took the updates; it becomes `as_bot`, who will be given them."""
        self._key = derive_key(key, purpose="shadow traffic")
        self._kept = {role: role for role in _ROLES_OF_TELEGRAM} | {bot_id: as_bot}

    def update(self, raw: bytes) -> bytes | None:
        """The update, masked. None where it is no JSON object."""
        try:
            update = msgspec.json.decode(raw, type=dict[str, Any])
        except msgspec.DecodeError:
            return None
        return msgspec.json.encode(self._value("", update))

    def chosen(self, chat_id: int | None, *, share: float) -> bool:
        """Whether a chat is among the share that is copied, wholly or not at all: what is known of senders is known by chat."""
        return int.from_bytes(self._digest(f"chosen {chat_id}")[:4]) < share * 2**32

    def id(self, number: int) -> int:
        """Another id of the same kind: a person's, a group's or a supergroup's."""
        if number in self._kept:
            return self._kept[number]
        digest = int.from_bytes(self._digest(str(number))[:8])
        if number >= 0:
            return 2**51 + digest % 2**51
        if number > -_LEAST_SUPERGROUP:
            return -1 - digest % (_LEAST_SUPERGROUP - 1)
        return -_LEAST_SUPERGROUP - 1 - digest % 2**39

    def text(self, text: str) -> str:
        """The same with other letters and digits, word by word."""
        return _WORD.sub(self._word, text)

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._value(key, each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._value(name, each) for each in value]
        if isinstance(value, str):
            return value if name in _PLAIN_WORDS else self.text(value)
        if isinstance(value, float):
            return 0.0
        if isinstance(value, int) and not isinstance(value, bool):
            return value if name in _PLAIN_NUMBERS else self.id(value)
        return value

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        if word in _PLAIN_IN_TEXTS:
            return word
        digest = self._digest(word.casefold())
        return "".join(
            _letter(letter, digest[place % len(digest)]) for place, letter in enumerate(word)
        )

    def _digest(self, what: str) -> bytes:
        return hashlib.blake2b(what.encode("utf-8", "surrogatepass"), key=self._key).digest()


def _letter(letter: str, byte: int) -> str:
    others = _like(letter)
    return others[byte % len(others)]


@cache
def _like(letter: str) -> str:
    """Its neighbours of the same kind: the same script, as a capital or not, as long in UTF-16."""
    first = ord(letter) // _BLOCK * _BLOCK
    kind = unicodedata.category(letter)
    return "".join(
        other
        for other in map(chr, range(first, first + _BLOCK))
        if unicodedata.category(other) == kind
    )
