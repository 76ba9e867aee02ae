from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import outcome_row

from chatwarden.api.outcomes.cursors import read_cursor, write_cursor
from chatwarden.errors import RequestInvalid


@given(seconds=st.floats(0, 2**33), update_id=st.integers(0, 2**52))
def test_a_cursor_is_read_as_the_row_it_was_written_of(seconds: float, update_id: int) -> None:
    date = datetime.fromtimestamp(seconds, UTC)
    row = outcome_row(update_id, date=date)
    start = read_cursor(write_cursor(row))
    assert (start.date, start.update_id, start.bot_id) == (date, update_id, row.bot_id)


@given(st.text(max_size=128))
def test_any_other_text_is_a_malformed_request(text: str) -> None:
    with pytest.raises(RequestInvalid):
        read_cursor(text)
