"""Cursors: the last row of a page, in a form that nobody is tempted to build by hand."""

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta

from chatwarden.errors import FieldError, RequestInvalid
from chatwarden.storage.models import Outcome
from chatwarden.storage.repositories.outcomes import PageStart

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(r"([0-9]{1,17})\.([0-9]{1,16})\.([0-9]{1,16})\.([0-9]{1,4})")


def write_cursor(last: Outcome) -> str:
    """The cursor of the page after this row."""
    microseconds = (last.date - _EPOCH) // timedelta(microseconds=1)
    text = f"{microseconds}.{last.bot_id}.{last.update_id}.{last.round}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> PageStart:
    """Raises RequestInvalid for what is no cursor of ours."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError):
        text = ""
    found = _FORM.fullmatch(text)
    if found is None:
        wrong = FieldError("query.cursor", "is no cursor; take `next_cursor` of a page as it is")
        raise RequestInvalid(errors=[wrong])
    microseconds, bot_id, update_id, round_ = (int(part) for part in found.groups())
    return PageStart(
        date=_EPOCH + timedelta(microseconds=microseconds),
        bot_id=bot_id,
        update_id=update_id,
        round=round_,
    )
