"""Reads an export of Telegram Desktop (`result.json`, one chat or all) message by message, however large it is.

In: the file's bytes as they come. Out: rows that hold Bot API updates; a message that cannot be read is a row that says so.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from chatwarden._engine import ExportSplitter
from chatwarden.message_files.export_message import ExportChat, read_chat, read_message
from chatwarden.message_files.judging import Row

_PRETTY = re.compile(rb'\s*\{\s*\n\s*"')
_KEY = re.compile(rb'"(?:messages|chats)"\s*:\s*[\[{]')


def is_export(head: bytes) -> bool:
    """Whether a file that begins so is an export: an object over several lines, or one with messages or chats in it.

    In JSON Lines every line is an object of its own, and the marks around keys inside its texts are escaped.
    """
    if _PRETTY.match(head):
        return True
    first_line, _, _ = head.partition(b"\n")
    return first_line.lstrip().startswith(b"{") and _KEY.search(first_line) is not None


def export_rows(pieces: Iterable[bytes]) -> Iterator[Row]:
    """The messages of an export, service messages left out; all are counted, from 1."""
    splitter = ExportSplitter()
    chat = ExportChat(id=-1, title="Export")
    number = chats = 0
    for piece in pieces:
        for is_chat, raw in splitter.feed(piece):
            if is_chat:
                chat = read_chat(raw)
                chats += 1
                continue
            number += 1
            row = _row(raw, chat, number=number, is_alone=chats == 1)
            if row is not None:
                yield row
    if splitter.end() is not None:
        yield Row(number + 1, fault="the file ends here, in the middle", in_export=True)
    elif not chats:
        yield Row(1, fault="the file holds no chat", in_export=True)


def _row(raw: bytes, chat: ExportChat, *, number: int, is_alone: bool) -> Row | None:
    try:
        update = read_message(raw, chat, update_id=number)
    except ValueError as error:
        return Row(number, fault=str(error), in_export=True)
    if update is None:
        return None
    message_id = update["message"]["message_id"]
    name = str(message_id) if is_alone else f"{chat.id}/{message_id}"
    return Row(number, msgspec.json.encode(update), name=name, in_export=True)
