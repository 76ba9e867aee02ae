"""What tg-spam keeps: `stop-words.txt`, and the approved users as its web API tells them.

In: the text of such a file. Out: an Incoming. A stop word is found within words there, and so it is here. It bans there; here its message is deleted
and its sender muted, which heals by itself.
"""

import csv
from typing import Any

from chatwarden.transfer.foreign import add_rule, escaped
from chatwarden.transfer.incoming import Allowed, Incoming, LeftOut, refused


def read_stop_words(text: str) -> Incoming:
    """A phrase in each line, or several in double quotes, parted by commas."""
    found = Incoming(source="tg_spam", rules=[])
    for number, line in enumerate(text.splitlines(), 1):
        for phrase in _phrases(line):
            add_rule(
                found,
                place=f"line {number}",
                prefix="tg-spam",
                kind="wildcard",
                pattern=f"*{escaped(phrase)}*",
                verdict={"message": "delete", "sender": "mute"},
            )
    return found


def read_approved(document: dict[str, Any]) -> Incoming:
    """The answer of `GET /users`: ids, or tables with a `user_id`. Raises TransferInvalid."""
    found = Incoming(source="tg_spam")
    users = document["user_ids"]
    if not isinstance(users, list):
        raise refused("user_ids", "must be a list")
    for index, user in enumerate(users):
        given = user.get("user_id") if isinstance(user, dict) else user
        digits = str(given)
        if digits.isascii() and digits.isdecimal() and 0 < int(digits[:20]) < 2**52:
            found.allowed.append(Allowed("user", int(digits)))
        else:
            found.left_out.append(LeftOut(f"user_ids[{index}]", "is no id of Telegram's"))
    return found


def _phrases(line: str) -> list[str]:
    line = line.strip()
    if not line.startswith('"'):
        return [line] if line else []
    (cells,) = csv.reader([line], skipinitialspace=True)
    return [cell.strip() for cell in cells if cell.strip()]
