"""Cursors of lists of senders: a date and the numbers that follow it, in the form of those of outcomes."""

from datetime import UTC, datetime, timedelta

from chatwarden.errors import FieldError, RequestInvalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_start(date: datetime, sender_id: int) -> str:
    """After this row of a list by date and sender."""
    return f"{(date - _EPOCH) // timedelta(microseconds=1)}.{sender_id}"


def read_start(cursor: str) -> tuple[datetime, int]:
    """Raises RequestInvalid for what is no cursor of ours."""
    microseconds, _, sender_id = cursor.partition(".")
    if (
        microseconds.isascii()
        and microseconds.isdigit()
        and sender_id.isascii()
        and sender_id.removeprefix("-").isdigit()
        and len(microseconds) < 17
        and len(sender_id) < 18
    ):
        return _EPOCH + timedelta(microseconds=int(microseconds)), int(sender_id)
    raise RequestInvalid(errors=[FieldError("query.cursor", "is no cursor of ours")])
